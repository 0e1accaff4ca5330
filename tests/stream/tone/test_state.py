"""The state of a call: what is counted once, and what stays of a call that is over."""

from __future__ import annotations

from typing import Any

import msgspec

from tonewatch.stream.messages import Words
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


def test_what_waits_for_its_segment_or_was_not_judged_is_kept_for_two_minutes(
    calls: Calls, recorded: list[Any]
) -> None:
    memory = CallMemory()
    words = next(m for m in recorded if isinstance(m, Words))
    assert not memory.admit(words)
    memory.note_abstention(calls.spoken(0, 3_000, abstained="noisy"))
    memory.count(calls.spoken(300_000, 303_000))
    memory.note_abstention(calls.spoken(300_000, 303_000, abstained="noisy"))
    assert list(memory.abstained) == ["c/0/300000"]
    assert not memory.admit(words)
    assert not memory.admit(msgspec.structs.replace(words, segment_id="c/0/400000", start_ms=400_000, end_ms=401_000))
    assert [waiting.segment_id for waiting in memory.early] == ["c/0/400000"]
