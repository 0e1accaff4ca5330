"""Calls on which nobody speaks, by a clock that the test turns."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import AudioSpan, CallClosed, Segment
from tonewatch.stream.silence import FORGET_AFTER_MS, Quiet
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import CallMemory
from tonewatch.stream.tone.turns import LATE_MS

SPOKEN_AT_MS = 1_000_000
LONG_MS = 1000 * 20 + LATE_MS


def segment(start_ms: int) -> Segment:
    return Segment(
        call_id="c",
        segment_id=f"c/0/{start_ms}",
        channel=0,
        role="agent",
        start_ms=start_ms,
        end_ms=start_ms + 2_000,
        closed_by="pause",
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=0),
        spoken_at_ms=SPOKEN_AT_MS + start_ms,
    )


@pytest.fixture
def quiet() -> Quiet:
    found = Quiet()
    found.note(segment(0), CallMemory(announced="live"), ToneConfig())
    return found


def test_a_silence_is_told_once_when_it_is_long_enough(quiet: Quiet) -> None:
    assert quiet.due(SPOKEN_AT_MS + LONG_MS - 1) == []
    told = quiet.due(SPOKEN_AT_MS + LONG_MS)
    assert [(m.call_id, m.now_ms) for m in told] == [("c", 2_000 + LONG_MS)]
    assert quiet.due(SPOKEN_AT_MS + 2 * LONG_MS) == []


def test_a_later_word_begins_a_new_silence_and_an_older_one_does_not(quiet: Quiet) -> None:
    live = CallMemory(announced="live")
    quiet.note(segment(10_000), live, ToneConfig())
    quiet.note(segment(5_000), live, ToneConfig())
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []
    assert quiet.due(SPOKEN_AT_MS + 10_000 + LONG_MS)


def test_a_call_that_is_over_or_forgotten_is_not_told_of(quiet: Quiet) -> None:
    quiet.note(CallClosed(call_id="c", reason="ended", duration_ms=3_000), CallMemory(), ToneConfig())
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []
    quiet.note(segment(0), CallMemory(announced="live"), ToneConfig())
    assert quiet.due(SPOKEN_AT_MS + FORGET_AFTER_MS + 1) == []
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []


def test_a_call_that_is_not_analysed_or_has_no_clock_is_left_alone() -> None:
    quiet = Quiet()
    quiet.note(segment(0), CallMemory(announced="not_analysed"), ToneConfig())
    quiet.note(msgspec.structs.replace(segment(0), spoken_at_ms=0), CallMemory(announced="live"), ToneConfig())
    assert quiet.due(SPOKEN_AT_MS + LONG_MS) == []
