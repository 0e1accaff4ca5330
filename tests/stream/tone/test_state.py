"""The state of a call: what is counted once, and what stays of a call that is over."""

from __future__ import annotations

from typing import Any

import msgspec

from tonewatch.stream.tone.state import CallMemory

Calls = Any


def test_a_segment_is_counted_once_on_its_channel(calls: Calls) -> None:
    memory = CallMemory()
    first, second, agent = calls.spoken(0, 3_000), calls.spoken(4_000, 7_000), calls.spoken(500, 900, channel=1)
    assert [memory.count(one) for one in (first, second, first, second, agent)] == [True, True, False, False, True]
    assert memory.now_ms == 7_000


def test_a_state_is_the_same_after_json(calls: Calls, recorded: list[Any]) -> None:
    memory = CallMemory()
    calls.run(recorded[:30], memory)
    assert msgspec.json.decode(msgspec.json.encode(memory), type=CallMemory) == memory


def test_what_is_kept_of_a_call_that_is_over_knows_its_segments_and_its_alerts(calls: Calls) -> None:
    memory = CallMemory()
    calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 3), memory)
    calls.run([calls.closed()], memory)
    kept = memory.forgotten()
    assert len(msgspec.json.encode(kept)) < len(msgspec.json.encode(memory)) / 2
    assert calls.run([calls.segment(3, calls.SHOUTING)], kept) == []
    assert {alert.state for alert in kept.alerts.closed.values()} == {"resolved"}
