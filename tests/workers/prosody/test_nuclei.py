"""Syllable nuclei: peaks of the level with dips between them, where there is voice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.workers.prosody.nuclei import find_nuclei, peaks_with_dips

from .conftest import MakeFrames


def hills(count: int, frames: int = 20, depth_db: float = 12.0) -> NDArray[np.float64]:
    """A level that rises and falls `count` times."""
    one = np.sin(np.linspace(0, np.pi, frames, endpoint=False))
    return np.asarray(np.tile(-20 - depth_db + depth_db * one, count))


@pytest.mark.parametrize("count", [1, 4, 9])
def test_every_hill_with_voice_is_a_nucleus(make_frames: MakeFrames, count: int) -> None:
    nuclei = find_nuclei(make_frames(np.full(20 * count, 15.0), level_db=hills(count)))
    assert nuclei.at.tolist() == pytest.approx([10 + 20 * at for at in range(count)], abs=1)
    assert len(nuclei.frames) == len(nuclei.level_db) == count


def test_hills_without_voice_or_far_under_the_loudest_are_none(make_frames: MakeFrames) -> None:
    f0_st = np.repeat([15.0, np.nan, 15.0], 20)
    quiet = hills(3) - np.repeat([0, 0, 30], 20)
    assert find_nuclei(make_frames(f0_st, level_db=hills(3))).at.tolist() == pytest.approx([10, 50], abs=1)
    assert find_nuclei(make_frames(np.full(60, 15.0), level_db=quiet)).at.tolist() == pytest.approx([10, 30], abs=1)


def test_confidence_is_that_of_the_voice_and_of_the_number(make_frames: MakeFrames) -> None:
    few, many = (find_nuclei(make_frames(np.full(20 * n, 15.0), level_db=hills(n))).confidence for n in (1, 9))
    assert few == pytest.approx(0.5)
    assert many == pytest.approx(0.9)
    assert find_nuclei(make_frames(np.full(20, np.nan))).confidence == 0


def test_a_ripple_smaller_than_the_dip_is_one_peak() -> None:
    level = np.array([0.0, 5.0, 4.0, 6.0, 0.0])
    assert peaks_with_dips(level, 1.5)[0] == [3]
    assert peaks_with_dips(level, 0.5)[0] == [1, 3]


@given(st.lists(st.floats(-60, 0), min_size=1, max_size=60))
def test_there_is_one_dip_more_than_peaks_and_each_peak_lies_between_two(levels: list[float]) -> None:
    peaks, dips = peaks_with_dips(np.array(levels), 1.5)
    assert len(dips) == len(peaks) + 1
    assert all(before <= peak <= after for before, peak, after in zip(dips, peaks, dips[1:], strict=False))
