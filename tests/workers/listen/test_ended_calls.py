"""Thousands of calls come and go: what a listener keeps of those that ended is their clocks, and little."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from tonewatch.stream.codec import decode_segment, encode_call
from tonewatch.stream.messages import AudioChunk, CallClosed, CallEnded, CallStarted
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import CALLS, SEGMENTS
from tonewatch.workers.listen.listener import COMMIT_EVERY_S

from .listeners import make_listener

if TYPE_CHECKING:
    from tests.conftest import Clock, FakeKafka

ONE = TopicPartition(CALLS.name, 0)
CALLS_BEFORE, CALLS_MEASURED = 1_000, 200
AT_ONCE = 10
"""More that begin in one second would be a flood, of which few are admitted."""
MOST_BYTES = 1_000
"""Of a call that ended: its clock, by which a late record is known."""


def call(number: int) -> list[bytes]:
    call_id = f"call-{number}"
    chunk = AudioChunk(
        call_id=call_id,
        channel=0,
        role="customer",
        seq=0,
        start_ms=0,
        codec="mulaw",
        rate_hz=8_000,
        notice_given=True,
        payload=b"\xff" * 1_600,
    )
    return [
        encode_call(CallStarted(call_id=call_id, started_at_ms=0, roles=("customer",), notice_given=True)),
        encode_call(chunk),
        encode_call(CallEnded(call_id=call_id, ended_at_ms=1_000, duration_ms=1_000)),
    ]


async def come_and_go(kafka: FakeKafka, clock: Clock, numbers: range) -> int:
    """Of these calls how many were told to have ended, once all of them are committed."""
    for start in numbers[::AT_ONCE]:
        records = [value for number in range(start, start + AT_ONCE) for value in call(number)]
        kafka.put(ONE, *enumerate(records, 3 * start))
        while kafka.commits[-1:] != [{ONE: 3 * (start + AT_ONCE)}]:
            clock.advance(COMMIT_EVERY_S)
            await asyncio.sleep(0)
    told = [decode_segment(value) for topic, value in kafka.sent if topic == SEGMENTS.name]
    kafka.sent.clear()
    kafka.commits.clear()
    return sum(isinstance(one, CallClosed) and one.reason == "ended" for one in told)


async def test_a_thousand_calls_that_ended_leave_nothing_but_their_clocks(fake_kafka: FakeKafka, clock: Clock) -> None:
    metrics, stop = Metrics(), asyncio.Event()
    listener = make_listener(fake_kafka, metrics, call_idle_s=60.0, clock=clock)
    running = asyncio.create_task(listener.run(stop))
    assert await come_and_go(fake_kafka, clock, range(CALLS_BEFORE)) == CALLS_BEFORE
    tracemalloc.start()
    try:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        others = range(CALLS_BEFORE, CALLS_BEFORE + CALLS_MEASURED)
        assert await come_and_go(fake_kafka, clock, others) == CALLS_MEASURED
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < MOST_BYTES * CALLS_MEASURED
    assert metrics.calls_open._value.get() == 0
    assert metrics.queued_bytes._value.get() == 0
    stop.set()
    await running
