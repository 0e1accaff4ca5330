from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from aiokafka import TopicPartition

from tests.conftest import FakeKafka, FakeRecord
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import AudioSpan, Segment, Silence
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import CALLS, SEGMENTS
from tonewatch.workers.audio.segmenter import SpeechSegment
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.writer import CallKey, Job, Writer

ONE = TopicPartition(CALLS.name, 0)


class Counting:
    """An analysis that takes a segment when it may, and tells of which call each was."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.begun = threading.Event()
        self.may_go_on = threading.Event()

    def segment(self, closed: ClosedSegment, _partition: TopicPartition, _span: object) -> tuple[Segment, None]:
        self.begun.set()
        self.may_go_on.wait()
        self.order.append(closed.call_id)
        audio = closed.segment
        return Segment(
            call_id=closed.call_id,
            segment_id=closed.segment_id,
            channel=0,
            role="customer",
            start_ms=audio.start_ms,
            end_ms=audio.end_ms,
            closed_by="pause",
            audio=AudioSpan(topic=CALLS.name, partition=0, first_offset=0, last_offset=1),
            spoken_at_ms=0,
        ), None


class Rig:
    """A writer whose partition is `state`'s, and what it told of."""

    def __init__(self, kafka: FakeKafka) -> None:
        self.analysis = Counting()
        analysis: Any = self.analysis
        self.kafka: Any = kafka
        self.state = PartitionState(position=100)
        self.current = True
        self.told: list[CallKey] = []
        self.writer = Writer(
            self.kafka,
            DeadLetters(self.kafka, Metrics()),
            analysis,
            None,
            Metrics(),
            is_current=lambda _partition, _state: self.current,
            written=self.told.append,
        )

    def put(self, call_id: str, offset: int) -> None:
        self.writer.put(call_id, Job(ONE, self.state, offset, Silence(call_id=call_id, now_ms=offset)))

    def speak(self, call_id: str, offset: int, *, first: bool) -> None:
        """A segment of the call was closed."""
        spoken = SpeechSegment(
            samples=np.zeros(8_000, dtype=np.float32),
            rate_hz=8_000,
            start_ms=offset * 1_000,
            end_ms=offset * 1_000 + 900,
            speech=np.ones(50, dtype=np.bool_),
            closed_by="pause",
            first_offset=offset,
            last_offset=offset,
            missing_ms=0,
            spoken_at_ms=0,
        )
        work = ClosedSegment(call_id, 0, "customer", spoken)
        self.writer.put(call_id, Job(ONE, self.state, offset, work, first=first))


@pytest.fixture
async def rig(fake_kafka: FakeKafka) -> AsyncIterator[Rig]:
    made = Rig(fake_kafka)
    running = asyncio.create_task(made.writer.run())
    yield made
    made.analysis.may_go_on.set()
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


async def test_a_segment_whose_call_is_withdrawn_while_it_is_analysed_is_not_written(rig: Rig) -> None:
    for number, call_id in enumerate(("a", "b")):
        rig.speak(call_id, number, first=True)
    while not rig.analysis.begun.is_set():
        await asyncio.sleep(0)
    rig.state.withdraw("a")
    rig.analysis.may_go_on.set()
    await rig.writer.join()
    assert rig.analysis.order == ["a", "b"]
    assert [decode_segment(value).call_id for topic, value in rig.kafka.sent if topic == SEGMENTS.name] == ["b"]
    assert (rig.state.safe_offset(), rig.state.waiting_bytes) == (100, 0)


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


async def test_a_segment_of_a_call_that_comes_first_waits_for_few_of_a_flood_of_others(rig: Rig) -> None:
    for number in range(285):
        rig.speak(f"short {number}", number, first=False)
    await rig.kafka.until(lambda: rig.writer.waited_s > 0)
    rig.speak("mine", 1_000, first=True)
    rig.analysis.may_go_on.set()
    await rig.writer.join()
    # The one under way, the one whose end makes room for a write, and at most every fourth of the turns.
    assert rig.analysis.order.index("mine") <= 3
    assert len(rig.analysis.order) == 286


async def test_the_others_are_analysed_too_while_segments_of_calls_that_come_first_never_end(rig: Rig) -> None:
    for number in range(40):
        rig.speak(f"first {number}", number, first=True)
    rig.speak("stranger", 1_000, first=False)
    rig.analysis.may_go_on.set()
    await rig.writer.join()
    assert rig.analysis.order.index("stranger") < 40


async def test_segments_of_one_call_are_written_in_their_order(rig: Rig) -> None:
    rig.analysis.may_go_on.set()
    for number in range(20):
        rig.speak("a", number, first=bool(number % 2))
        rig.put("a", number)
    await rig.writer.join()
    found: list[Any] = [decode_segment(value) for topic, value in rig.kafka.sent if topic == SEGMENTS.name]
    assert [getattr(one, "start_ms", -1) for one in found] == [n for one in range(20) for n in (one * 1_000, -1)]
