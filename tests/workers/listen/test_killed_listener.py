"""A listener that is killed in the middle of a flood: the next one, from the last commit on, leaves nothing out.

The whole listener with a consumer and a producer without a broker; what it analyses carries times only.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from functools import cache

import pytest
from aiokafka import TopicPartition

from tests.conftest import FakeKafka
from tonewatch.stream.bench.floods import one_chunk_calls
from tonewatch.stream.codec import decode_clock, decode_segment, encode_call
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import AudioSpan, CallClock, CallClosed, Segment
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.traces import Span
from tonewatch.stream.topics import CALLS, CLOCKS, SEGMENTS
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.wire_command import read_call

from .listeners import make_listener

ONE = TopicPartition(CALLS.name, 0)
RECORDING = "billing_dispute"
CALL = "billing_dispute-wire"
RECORDS = 240
FLOOD = 400
BATCH = 40

Heard = tuple[str, int]


class TimesOnly:
    """In the place of an analysis."""

    def segment(self, closed: ClosedSegment, partition: TopicPartition, _span: Span) -> tuple[Segment, None]:
        audio = closed.segment
        span = AudioSpan(
            topic=partition.topic,
            partition=partition.partition,
            first_offset=audio.first_offset,
            last_offset=audio.last_offset,
        )
        found = Segment(
            call_id=closed.call_id,
            segment_id=closed.segment_id,
            channel=closed.channel,
            role=closed.role,
            start_ms=audio.start_ms,
            end_ms=audio.end_ms,
            closed_by=audio.closed_by,
            audio=span,
        )
        return found, None


class KnownClocks:
    """What the clocks topic holds."""

    def __init__(self, known: dict[str, CallClock]) -> None:
        self._known = known

    async def read(self, partition: int) -> OrderedDict[str, CallClock]:
        return OrderedDict(self._known)


@cache
def log() -> list[bytes]:
    """A call in whose middle a flood comes; the number of a record is its offset."""
    messages = read_call(default_folder() / f"{RECORDING}.flac")
    assert messages[0].call_id == CALL
    call = [encode_call(one) for one in [*messages[:RECORDS], messages[-1]]]
    flood = [one.value for one in one_chunk_calls(FLOOD)]
    half = RECORDS // 2
    between = [value for pair in zip(call[half : half + 40], _parts(flood, 40), strict=True) for value in flat(pair)]
    return [*call[:half], *between, *call[half + 40 :]]


@pytest.fixture(autouse=True, scope="module")
def _log_is_read() -> None:
    """Before a loop runs: a recording is read in a loop of its own."""
    log()


def _parts(values: list[bytes], count: int) -> list[list[bytes]]:
    return [values[number::count] for number in range(count)]


def flat(pair: tuple[bytes, list[bytes]]) -> list[bytes]:
    return [pair[0], *pair[1]]


async def live(clocks: dict[str, CallClock], begin: int, ticks: int | None) -> FakeKafka:
    """A listener's life from an offset on, for so many turns of the loop; or until the call is closed."""
    fake = FakeKafka()
    for at in range(begin, len(log()), BATCH):
        fake.put(ONE, *((at + n, value) for n, value in enumerate(log()[at : at + BATCH])))
    metrics, stop = Metrics(), asyncio.Event()
    now_s = [0.0]

    def clock() -> float:
        now_s[0] += 0.01  # Commits come now and then.
        return now_s[0]

    listener = make_listener(
        fake, metrics, call_idle_s=10_000.0, analysis=TimesOnly(), clocks=KnownClocks(clocks), clock=clock
    )
    running = asyncio.create_task(listener.run(stop))
    seen = 0
    while ticks is None or ticks > 0:
        fresh, seen = fake.sent[seen:], len(fake.sent)
        if any(is_the_end(topic, value) for topic, value in fresh):
            break
        ticks = None if ticks is None else ticks - 1
        assert not running.done(), running.exception()
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return fake


def is_the_end(topic: str, value: bytes) -> bool:
    message = decode_segment(value) if topic == SEGMENTS.name else None
    return isinstance(message, CallClosed) and message.call_id == CALL


def heard(fake: FakeKafka) -> set[Heard]:
    found = [decode_segment(value) for topic, value in fake.sent if topic == SEGMENTS.name]
    return {(one.segment_id, one.end_ms) for one in found if isinstance(one, Segment) and one.call_id == CALL}


@pytest.mark.parametrize("seed", range(4))
async def test_the_next_listener_leaves_no_segment_out_and_invents_none(seed: int) -> None:
    whole = heard(await live({}, 0, None))
    assert len(whole) >= 5
    ticks = random.Random(seed).randint(100, 900)
    first = await live({}, 0, ticks)
    clocks = {one.call_id: one for one in (decode_clock(v) for t, v in first.sent if t == CLOCKS.name)}
    committed = first.commits[-1][ONE] if first.commits else 0
    second = await live(clocks, committed, None)
    assert heard(first) | heard(second) == whole
