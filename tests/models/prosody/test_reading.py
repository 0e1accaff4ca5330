"""Metrics of a method against a reference, on readings made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tonewatch.models.prosody.reading import ProsodyReading, compare

REFERENCE = ProsodyReading(
    f0_hz=np.array([np.nan, 100.0, 100.0, 200.0]),
    syllables_per_s=4.0,
    level_db=-20.0,
    pause_share=0.1,
    f0_median_st=12.0,
    f0_confidence=None,
    spent_s=0.002,
)


def test_the_reference_is_at_no_distance_from_itself() -> None:
    metrics = compare([REFERENCE], [REFERENCE], 1.0)
    assert (metrics.gross_error, metrics.voicing_error, metrics.cents, metrics.median_st) == (0, 0, 0, 0)
    assert (metrics.rate_syl_per_s, metrics.level_db, metrics.pause_share) == (0, 0, 0)
    assert metrics.ms_per_s == pytest.approx(2.0)


def test_an_octave_is_a_gross_error_and_a_quarter_tone_is_not() -> None:
    off = replace(REFERENCE, f0_hz=np.array([np.nan, 50.0, 100 * 2 ** (0.5 / 12), 200 * 2 ** (0.5 / 12)]))
    metrics = compare([off], [REFERENCE], 1.0)
    assert metrics.gross_error == pytest.approx(1 / 3)
    assert metrics.cents == pytest.approx(50)


def test_voiced_in_one_of_them_only_is_a_voicing_error() -> None:
    off = replace(REFERENCE, f0_hz=np.array([100.0, np.nan, 100.0, 200.0]))
    assert compare([off], [REFERENCE], 1.0).voicing_error == 0.5


def test_a_constant_gain_of_the_line_is_no_distance_of_levels() -> None:
    references = [replace(REFERENCE, level_db=level) for level in (-20.0, -30.0, -25.0)]
    louder = [replace(REFERENCE, level_db=level + 6) for level in (-20.0, -30.0, -25.0)]
    assert compare(louder, references, 3.0).level_db == 0


def test_a_median_that_is_not_carried_counts_as_such_and_not_as_wrong() -> None:
    readings = [replace(REFERENCE, f0_confidence=0.9), replace(REFERENCE, f0_median_st=None)]
    metrics = compare(readings, [REFERENCE, REFERENCE], 2.0)
    assert (metrics.median_carried, metrics.median_right) == (0.5, 1.0)
    assert (metrics.sure, metrics.sure_right) == (0.5, 1.0)


def test_nothing_voiced_has_no_pitch_metrics() -> None:
    silent = replace(REFERENCE, f0_hz=np.full(4, np.nan), f0_median_st=None, syllables_per_s=None, level_db=None)
    metrics = compare([silent], [silent], 1.0)
    assert (metrics.gross_error, metrics.cents, metrics.median_st, metrics.level_db) == (None, None, None, None)
