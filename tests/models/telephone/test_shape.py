from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.models import telephone
from tonewatch.models.telephone import Samples


def white(size: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


def power_db(samples: Samples, rate_hz: int, low_hz: float, high_hz: float) -> float:
    hz = np.fft.rfftfreq(samples.size, 1.0 / rate_hz)
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(10.0 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-12))


@given(low_hz=st.floats(50.0, 400.0), high_hz=st.floats(2500.0, 3500.0), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_the_band_limit_removes_what_lies_outside_and_keeps_what_lies_inside(
    low_hz: float, high_hz: float, seed: int
) -> None:
    before = white(16_000, seed)
    after = telephone.band_limit(before, 8000, low_hz, high_hz)
    outside, inside = [(0.0, 0.9 * low_hz - 1.0), (1.1 * high_hz + 1.0, 4000.0)], (low_hz + 1.0, high_hz - 1.0)
    assert all(power_db(after, 8000, *band) < power_db(before, 8000, *band) - 20.0 for band in outside)
    assert power_db(after, 8000, *inside) == pytest.approx(power_db(before, 8000, *inside), abs=0.05)


def test_gain_and_clipping_do_what_their_units_say() -> None:
    samples = white(1000)
    np.testing.assert_allclose(telephone.gain(samples, 20.0), 10.0 * samples, rtol=1e-5)
    assert np.abs(telephone.clip(samples, 0.5)).max() == pytest.approx(0.5 * np.abs(samples).max())


def test_a_level_control_brings_a_whisper_near_a_shout() -> None:
    speech = np.concatenate([white(8_000), 0.05 * white(8_000)])
    pressed = telephone.level_control(speech, 8_000, 0.8)

    def steps_db(samples: telephone.Samples) -> float:
        return 20.0 * float(np.log10(telephone.rms(samples[:8_000]) / telephone.rms(samples[10_000:])))

    assert steps_db(speech) == pytest.approx(26.0, abs=0.5)
    assert 4.0 < steps_db(pressed) < 9.0
    assert pressed.size == speech.size


def test_a_crop_lies_within_the_clip_and_a_short_clip_stays_whole() -> None:
    samples = np.arange(64_000, dtype=np.float32)
    cropped = telephone.crop(samples, 16_000, np.random.default_rng(0), 0.8, 3.0)
    assert 0.8 * 16_000 <= cropped.size <= 3.0 * 16_000
    assert np.all(np.diff(cropped) == 1.0)
    assert telephone.crop(samples[:8000], 16_000, np.random.default_rng(0), 0.8, 4.0).size == 8000


def test_silence_at_both_ends_is_trimmed_but_for_a_tenth_of_a_second() -> None:
    silence = np.zeros(16_000, dtype=np.float32)
    trimmed = telephone.trim_silence(np.concatenate([silence, white(32_000), silence]), 16_000)
    assert 32_000 <= trimmed.size <= 32_000 + 2 * 1600 + 2 * 320


def test_levels_are_measured_and_set() -> None:
    samples = white(1000)
    assert np.abs(telephone.peak_normalise(samples, 0.5)).max() == pytest.approx(0.5)
    assert telephone.rms(np.full(10, -0.25, dtype=np.float32)) == pytest.approx(0.25)


@pytest.mark.parametrize("size", [0, 1, 2, 1000])
def test_silence_of_any_length_stays_silence(size: int) -> None:
    silence = np.zeros(size, dtype=np.float32)
    shaped = [
        telephone.band_limit(silence, 8000, 300.0, 3400.0),
        telephone.gain(silence, 6.0),
        telephone.clip(silence, 0.5),
        telephone.level_control(silence, 8000, 0.5),
        telephone.peak_normalise(silence),
        telephone.trim_silence(silence, 8000),
    ]
    assert all(one.size == size and not one.any() for one in shaped)
    assert telephone.rms(silence) == 0.0
