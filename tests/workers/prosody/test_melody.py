"""Range, slope and end of an F0 contour that is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.workers.prosody import melody

from .conftest import MakeFrames

NAN = float("nan")


def test_the_range_leaves_out_one_frame_in_ten_at_either_end(make_frames: MakeFrames) -> None:
    assert melody.range_st(make_frames(np.linspace(10, 20, 101))) == pytest.approx(9.0)


def test_frames_whose_f0_is_likely_wrong_do_not_widen_the_range(make_frames: MakeFrames) -> None:
    frames = make_frames([*np.full(40, 15.0), *np.full(20, 27.0)])
    frames.track.confidence[40:] = 0.2
    assert melody.range_st(frames) == pytest.approx(0.0)


def test_a_slope_goes_through_a_pause_and_an_octave_error(make_frames: MakeFrames) -> None:
    line = 12 + 5 * np.arange(100) / 100
    line[40:50] = NAN
    line[70] += 12
    assert melody.slope_st_per_s(make_frames(line)) == pytest.approx(5.0, abs=0.05)


@pytest.mark.parametrize(("moves_st", "shape"), [(4.0, "rise"), (-4.0, "fall"), (0.5, "flat")])
def test_the_end_of_the_phrase_gives_the_shape(make_frames: MakeFrames, moves_st: float, shape: str) -> None:
    frames = make_frames([*np.full(50, 15.0), *(15 + np.linspace(0, moves_st, 50))])
    end = melody.ending(frames)
    assert end is not None
    assert end.moved_st == pytest.approx(moves_st, abs=0.3)
    assert end.st_per_s == pytest.approx(moves_st / 0.49, abs=0.5)
    assert melody.shape(frames, end) == shape


@pytest.mark.parametrize(("reach_st", "shape"), [(1.0, "flat"), (6.0, "level"), (14.0, "expressive")])
def test_without_a_turn_at_the_end_the_range_gives_the_shape(
    make_frames: MakeFrames, reach_st: float, shape: str
) -> None:
    assert melody.shape(make_frames(15 + np.linspace(0, reach_st, 100)), None) == shape


def test_only_the_last_stretch_counts_as_the_end(make_frames: MakeFrames) -> None:
    rise = 15 + np.linspace(0, 6, 40)
    end = melody.ending(make_frames([*rise, *[NAN] * 10, *np.full(15, 21.0)]))
    assert end is not None
    assert end.moved_st == pytest.approx(0.0)
    assert melody.ending(make_frames([*rise, *[NAN] * 10, *np.full(5, 21.0)])) is None
    assert melody.ending(make_frames([NAN] * 20)) is None


def test_confidence_grows_with_the_number_of_frames(make_frames: MakeFrames) -> None:
    few, many = (melody.confidence(make_frames(np.full(count, 15.0)), 10) for count in (10, 200))
    assert few == pytest.approx(0.9 * 10 / 12.5)
    assert few < many < 0.9
