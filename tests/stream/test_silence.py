"""Calls on which nobody speaks, by a clock that the test turns."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import AudioSpan, CallClosed, Segment
from tonewatch.stream.silence import FORGET_AFTER_MS, SEVERAL, Quiet
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import CallMemory
from tonewatch.stream.tone.turns import LATE_MS

SPOKEN_AT_MS = 1_000_000
LONG_MS = 1000 * 20 + LATE_MS


def segment(start_ms: int, call_id: str = "c") -> Segment:
    return Segment(
        call_id=call_id,
        segment_id=f"{call_id}/0/{start_ms}",
        channel=0,
        role="agent",
        start_ms=start_ms,
        end_ms=start_ms + 2_000,
        closed_by="pause",
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=0),
        spoken_at_ms=SPOKEN_AT_MS + start_ms,
    )


def note(quiet: Quiet, message: Segment | CallClosed, *, late_ms: int = 0, announced: str = "live") -> None:
    """A message that came so late."""
    spoken_at_ms = message.spoken_at_ms if isinstance(message, Segment) else SPOKEN_AT_MS
    quiet.note(message, CallMemory(announced=announced), ToneConfig(), spoken_at_ms + late_ms)


@pytest.fixture
def quiet() -> Quiet:
    found = Quiet()
    note(found, segment(0))
    return found


def test_a_silence_is_told_once_when_it_is_long_enough(quiet: Quiet) -> None:
    assert quiet.due(SPOKEN_AT_MS + LONG_MS - 1) == []
    told = quiet.due(SPOKEN_AT_MS + LONG_MS)
    assert [(m.call_id, m.now_ms) for m in told] == [("c", 2_000 + LONG_MS)]
    assert quiet.due(SPOKEN_AT_MS + 2 * LONG_MS) == []


def test_a_later_word_begins_a_new_silence_and_an_older_one_does_not(quiet: Quiet) -> None:
    note(quiet, segment(10_000))
    note(quiet, segment(5_000))
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []
    assert quiet.due(SPOKEN_AT_MS + 10_000 + LONG_MS)


def test_a_call_that_is_over_or_forgotten_is_not_told_of(quiet: Quiet) -> None:
    note(quiet, CallClosed(call_id="c", reason="ended", duration_ms=3_000))
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []
    note(quiet, segment(0))
    assert quiet.due(SPOKEN_AT_MS + FORGET_AFTER_MS + 1) == []
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []


def test_a_call_that_is_not_analysed_or_has_no_clock_is_left_alone() -> None:
    quiet = Quiet()
    note(quiet, segment(0), announced="not_analysed")
    note(quiet, msgspec.structs.replace(segment(0), spoken_at_ms=0))
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []


def test_what_a_listener_is_behind_is_no_silence() -> None:
    quiet = Quiet()
    note(quiet, segment(0), late_ms=40_000)
    assert quiet.due(SPOKEN_AT_MS + 40_000 + LONG_MS - 1) == []
    told = quiet.due(SPOKEN_AT_MS + 40_000 + LONG_MS)
    assert [m.now_ms for m in told] == [2_000 + LONG_MS]


def test_a_listener_that_has_caught_up_is_believed_again() -> None:
    quiet = Quiet()
    note(quiet, segment(0), late_ms=40_000)
    note(quiet, segment(75_000))
    assert quiet.due(SPOKEN_AT_MS + 75_000 + LONG_MS) != []


def test_many_calls_that_fall_silent_at_once_are_a_silent_listener() -> None:
    quiet = Quiet()
    for number in range(SEVERAL):
        note(quiet, segment(0, f"c{number}"))
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []
    note(quiet, segment(LONG_MS - 1_000, "c0"))
    told = quiet.due(SPOKEN_AT_MS + LONG_MS)
    assert [m.call_id for m in told] == [f"c{number}" for number in range(1, SEVERAL)]
