"""Which syllables stand out of a segment."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tonewatch.workers.prosody.nuclei import Nuclei
from tonewatch.workers.prosody.prominence import MIN_NUCLEI, Stress, stress

from .conftest import MakeFrames


def nuclei(level_db: list[float], frames: list[float] | None = None) -> Nuclei:
    """A syllable every 200 ms."""
    count = len(level_db)
    at: NDArray[np.intp] = np.arange(count, dtype=np.intp) * 20 + 10
    return Nuclei(at, np.array(level_db), np.array(frames or [20.0] * count), np.full(count, 0.9))


def measured(make_frames: MakeFrames, syllables: Nuclei, f0_st: list[float]) -> Stress:
    found = stress(make_frames(np.repeat(f0_st, 20)), syllables)
    assert found is not None
    return found


def test_even_syllables_carry_no_stress(make_frames: MakeFrames) -> None:
    found = measured(make_frames, nuclei([-20.0] * 6), [15.0] * 6)
    assert (found.count, found.peak_z) == (0, 0.0)


def test_a_louder_longer_and_higher_syllable_is_stressed_where_it_stands(make_frames: MakeFrames) -> None:
    found = measured(
        make_frames, nuclei([-20, -20, -20, -14, -20, -20], [20, 20, 20, 40, 20, 20]), [15, 15, 15, 19, 15, 15]
    )
    assert (found.count, found.peak_ms) == (1, 705)
    assert found.peak_z > 3


def test_loudness_alone_must_be_far_above_the_others(make_frames: MakeFrames) -> None:
    counts = [
        measured(make_frames, nuclei([-20.0, -20.0, -20.0 + above, -20.0]), [15.0] * 4).count for above in (3, 12)
    ]
    assert counts == [0, 1]


def test_a_syllable_without_f0_counts_by_its_level_and_length(make_frames: MakeFrames) -> None:
    found = measured(make_frames, nuclei([-20, -20, -8, -20], [20, 20, 40, 20]), [15, 15, float("nan"), 15])
    assert (found.count, found.peak_ms) == (1, 505)


def test_confidence_is_that_of_the_syllables_and_of_their_f0(make_frames: MakeFrames) -> None:
    known = measured(make_frames, nuclei([-20.0] * 4), [15.0] * 4)
    half = measured(make_frames, nuclei([-20.0] * 4), [15.0, 15.0, float("nan"), float("nan")])
    assert half.confidence == pytest.approx(known.confidence / 2)


def test_fewer_syllables_have_nothing_to_stand_out_of(make_frames: MakeFrames) -> None:
    assert stress(make_frames(np.full(60, 15.0)), nuclei([-20.0] * (MIN_NUCLEI - 1))) is None
