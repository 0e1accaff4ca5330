from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import TopicPartition

from tests.conftest import FakeKafka, FakeRecord
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import Silence
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import CALLS, SEGMENTS
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.writer import CallKey, Job, Writer

ONE = TopicPartition(CALLS.name, 0)


class Rig:
    """A writer whose partition is `state`'s, and what it told of."""

    def __init__(self, kafka: FakeKafka) -> None:
        self.kafka: Any = kafka
        self.state = PartitionState(position=100)
        self.current = True
        self.told: list[CallKey] = []
        nothing: Any = None
        self.writer = Writer(
            self.kafka,
            DeadLetters(self.kafka, Metrics()),
            nothing,
            None,
            Metrics(),
            is_current=lambda _partition, _state: self.current,
            written=self.told.append,
        )

    def put(self, call_id: str, offset: int) -> None:
        self.writer.put(call_id, Job(ONE, self.state, offset, Silence(call_id=call_id, now_ms=offset)))


@pytest.fixture
async def rig(fake_kafka: FakeKafka) -> AsyncIterator[Rig]:
    made = Rig(fake_kafka)
    running = asyncio.create_task(made.writer.run())
    yield made
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_call_s_messages_are_written_in_order_and_hold_the_commit_until_then(rig: Rig) -> None:
    rig.kafka.gate.clear()
    for offset in range(5):
        rig.put("a", offset)
        rig.put("b", offset)
    await asyncio.sleep(0)
    assert rig.state.safe_offset() == 0
    assert rig.state.waiting_bytes > 0
    rig.kafka.gate.set()
    await rig.writer.join()
    found: list[Any] = [decode_segment(value) for topic, value in rig.kafka.sent if topic == SEGMENTS.name]
    assert [one.now_ms for one in found if one.call_id == "a"] == [0, 1, 2, 3, 4]
    assert (rig.state.safe_offset(), rig.state.waiting_bytes, rig.writer.bytes_of((ONE, "a"))) == (100, 0, 0)
    assert len(rig.told) == 10


async def test_one_call_that_waits_for_kafka_keeps_no_other_waiting(rig: Rig) -> None:
    stuck, real_send = asyncio.Event(), rig.kafka.send

    async def send(topic: str, value: bytes, *, key: bytes | None, **more: object) -> None:
        if key == b"stuck":
            await stuck.wait()
        await real_send(topic, value, key=key, **more)

    rig.kafka.send = send
    rig.put("stuck", 1)
    for offset in range(2, 50):
        rig.put(f"call {offset}", offset)
    await rig.kafka.until(lambda: len(rig.kafka.sent) == 48)
    assert rig.state.safe_offset() == 1
    stuck.set()
    await rig.writer.join()
    assert rig.state.safe_offset() == 100


async def test_dead_letters_hold_the_commit_too_and_no_call_waits_for_them(rig: Rig) -> None:
    record: Any = FakeRecord(CALLS.name, 0, 7, b"garbage")
    rig.writer.refuse(ONE, rig.state, record, Unprocessable("why", reason="late"))
    assert rig.state.safe_offset() == 7
    await rig.writer.join()
    assert [topic for topic, _ in rig.kafka.sent] == [CALLS.dlq]
    assert (rig.state.safe_offset(), rig.state.waiting_bytes) == (100, 0)


async def test_what_belongs_to_a_partition_that_went_away_is_not_written(rig: Rig) -> None:
    rig.current = False
    rig.put("a", 1)
    record: Any = FakeRecord(CALLS.name, 0, 2, b"garbage")
    rig.writer.refuse(ONE, rig.state, record, Unprocessable("why", reason="late"))
    await rig.writer.join()
    assert rig.kafka.sent == []
    assert rig.told == [(ONE, "a")]
