"""What a listener writes of a withdrawal: a clock, and a mark that lies for longer."""

from __future__ import annotations

from typing import Any

import pytest

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.codec import decode_clock
from tonewatch.stream.messages import CallClock
from tonewatch.stream.service.traces import NO_SPAN
from tonewatch.stream.topics import CLOCKS, MARKS
from tonewatch.workers.listen.writer import Writer

from ...conftest import FakeKafka


@pytest.mark.parametrize("given", ["c-1", erased_id("c-1")])
async def test_a_withdrawal_leaves_a_mark_before_its_clock(fake_kafka: FakeKafka, given: str) -> None:
    writer: Any = object.__new__(Writer)
    writer._producer = fake_kafka
    await writer._write(CallClock(call_id=given, withdrawn=True), NO_SPAN)
    (first, mark), (second, clock) = fake_kafka.sent
    assert (first, second) == (MARKS.name, CLOCKS.name)
    assert decode_clock(mark) == CallClock(call_id=erased_id("c-1"), withdrawn=True)
    assert decode_clock(clock).call_id == given


async def test_a_clock_of_any_other_call_leaves_none(fake_kafka: FakeKafka) -> None:
    writer: Any = object.__new__(Writer)
    writer._producer = fake_kafka
    await writer._write(CallClock(call_id="c-1"), NO_SPAN)
    assert [topic for topic, _ in fake_kafka.sent] == [CLOCKS.name]
