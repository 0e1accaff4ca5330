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


def later(segment: Any, first: int) -> Any:
    """The segment with its audio at another place in Kafka."""
    span = msgspec.structs.replace(segment.audio, first_offset=first, last_offset=first + 9)
    return msgspec.structs.replace(segment, audio=span)


def test_what_is_swallowed_is_counted_and_what_lies_later_in_kafka_is_not_swallowed(calls: Calls) -> None:
    memory = CallMemory()
    first, second = calls.spoken(0, 3_000), calls.spoken(4_000, 7_000)
    assert [memory.count(one) for one in (first, second, first)] == [True, True, False]
    assert memory.count(later(calls.spoken(6_900, 8_000), 40))
    assert memory.repeated == 1


def test_a_call_id_that_is_used_again_begins_anew_where_its_times_do_and_old_copies_stay_copies(calls: Calls) -> None:
    memory = CallMemory()
    calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4), memory)
    assert memory.alerts.open_on_tone is not None
    again = [later(calls.segment(i, calls.STEADY), 1_000 + 10 * i) for i in range(3)]
    outputs = calls.run(again, memory)
    assert calls.states(outputs) == ["resolved"]
    open_on_tone: object = memory.alerts.open_on_tone
    assert (memory.run, len(memory.baseline.own), open_on_tone) == (1, 3, None)
    assert calls.run([calls.segment(8, calls.SHOUTING)], memory) == []
    assert memory.repeated == 1


def test_a_state_of_the_release_before_is_read_and_swallows_as_it_did(calls: Calls) -> None:
    memory = CallMemory()
    calls.run(calls.call([calls.STEADY] * 6), memory)
    added = {"lines", "offsets", "run", "run_from", "repeated"}
    former = {name: value for name, value in msgspec.to_builtins(memory).items() if name not in added}
    read = msgspec.convert(former, CallMemory)
    assert not read.count(later(calls.segment(2, calls.STEADY), 1_000))
    assert read.count(calls.segment(7, calls.STEADY))
