"""Speech flags to cuts, without any audio."""

from __future__ import annotations

import numpy as np

from tonewatch.workers.audio.cutter import Cut, Cutter, SegmenterSettings

QUIET_DB, LOUD_DB = -60.0, -20.0


def flags(
    pattern: str,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """`s` and `-` to frames with speech and without."""
    speech = np.array([letter == "s" for letter in pattern])
    return speech, np.where(speech, LOUD_DB, QUIET_DB)


def cut(pattern: str, *, known: bool = True, first: int = 0) -> tuple[list[Cut], Cutter]:
    cutter = Cutter(SegmenterSettings(), first, known=known)
    return cutter.push(*flags(pattern)), cutter


def test_a_pause_closes_a_segment_that_began_with_its_lead_in() -> None:
    (found,), cutter = cut("-" * 10 + "s" * 30 + "-" * 20)
    assert (found.start, found.speech_end, found.closed_by) == (5, 40, "pause")
    assert found.speech_ms == 600
    assert cutter.speaking() is None


def test_a_lead_in_never_reaches_into_the_segment_before() -> None:
    (first, second), _ = cut("s" * 20 + "-" * 20 + "--s" + "s" * 20 + "-" * 20)
    assert first.start + len(first.speech) == 40
    assert second.start == 40


def test_speech_without_a_pause_is_cut_at_its_quietest_late_frame() -> None:
    speech, level_db = flags("s" * 200)
    level_db[180] = QUIET_DB
    cutter = Cutter(SegmenterSettings(), 0, known=True)
    (found,) = cutter.push(speech, level_db)
    assert (found.start, len(found.speech), found.closed_by) == (0, 180, "max_length")
    assert cutter.open_since() == 180


def test_silence_behind_a_cut_opens_nothing() -> None:
    (found,), cutter = cut("s" * 185 + "-" * 15)
    assert found.closed_by == "max_length"
    assert cutter.speaking() is None


def test_the_open_segment_is_told_up_to_its_newest_speech() -> None:
    _, cutter = cut("s" * 30 + "-" * 7)
    assert cutter.speaking() == (0, 30)


def test_a_flush_closes_what_is_open_and_nothing_else() -> None:
    _, cutter = cut("s" * 30)
    assert [found.closed_by for found in cutter.flush("call_end")] == ["call_end"]
    assert cutter.flush("call_end") == []


def test_in_the_middle_of_a_call_nothing_is_cut_before_a_pause() -> None:
    spoken = "s" * 400
    found, cutter = cut(spoken, known=False, first=1000)
    assert (found, cutter.flush("call_end")) == ([], [])
    found, _ = cut(spoken + "-" * 20 + "s" * 30 + "-" * 20, known=False, first=1000)
    assert [(one.start, one.speech_end) for one in found] == [(1420, 1450)]
