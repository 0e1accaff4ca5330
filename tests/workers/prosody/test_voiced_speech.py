"""The frames that all measurements share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.workers.pitch import HOP_MS
from tonewatch.workers.prosody.voiced_speech import analysed, enough, frame_power, speech_frames, theil_sen

RATE_HZ = 8000


def test_power_is_one_value_a_hop_without_the_offset_of_the_line() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 500 * np.arange(1640) / RATE_HZ) + 0.3
    power = frame_power(tone.astype(np.float32), RATE_HZ)
    assert len(power) == 20
    assert power == pytest.approx(np.full(20, 0.125), rel=0.02)
    assert len(frame_power(np.zeros(79, np.float32), RATE_HZ)) == 0


@pytest.mark.parametrize(("count", "spoken"), [(7, [1, 1, 0, 0, 1, 1, 0]), (3, [1, 1, 0])])
def test_flags_of_20_ms_cover_frames_of_10_and_no_more(count: int, spoken: list[int]) -> None:
    assert speech_frames(np.array([True, False, True]), count).tolist() == [bool(one) for one in spoken]


def test_frames_of_speech_that_have_an_f0_are_voiced(voice: Callable[..., NDArray[np.float32]]) -> None:
    samples = voice(1.0)
    power = frame_power(samples, RATE_HZ)
    speech = np.arange(len(power)) < 50
    frames = analysed(samples, RATE_HZ, power, speech)
    assert frames.speech_s == 50 * HOP_MS / 1000
    assert frames.voiced[:50].mean() > 0.6
    assert not frames.voiced[50:].any()


@given(st.integers(1, 50))
def test_confidence_by_number_is_a_half_at_half_and_never_one(half: int) -> None:
    assert (enough(0, half), enough(half, half)) == (0.0, 0.5)
    assert 0.9 < enough(1000, half) < 1


@given(st.floats(-20, 20), st.floats(-5, 5), st.integers(40, 400))
def test_the_slope_of_a_line_survives_outliers(slope: float, start: float, count: int) -> None:
    x = np.arange(count, dtype=np.float64)
    y = start + slope * x
    y[:: count // 4] += 100.0
    assert theil_sen(x, y) == pytest.approx(slope, abs=0.2)
