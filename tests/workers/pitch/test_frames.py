"""Spectra and autocorrelations of sounds that are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.pitch.frames import (
    FLOOR_HZ,
    HOP_MS,
    LAGS,
    OVERSAMPLE,
    RATE_HZ,
    autocorrelation,
    bins_hz,
    spectra,
)


def tone(hz: float, seconds: float = 0.5, rate_hz: int = RATE_HZ) -> Samples:
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000])
def test_there_is_a_frame_a_hop_and_a_tone_is_in_its_bin_at_any_rate(rate_hz: int) -> None:
    found = spectra(tone(1000, rate_hz=rate_hz), rate_hz)
    assert len(found.power) == 500 // HOP_MS
    assert bins_hz()[found.power[25].argmax()] == pytest.approx(1000, abs=RATE_HZ / 1024)


def test_a_frame_is_centred_in_its_hop() -> None:
    click = np.zeros(RATE_HZ, np.float32)
    click[4_040] = 1.0  # the middle of frame 50
    power = spectra(click, RATE_HZ).power.sum(axis=1)
    assert power.argmax() == 50
    assert power[49] == pytest.approx(power[51], rel=0.02)


def test_an_offset_of_the_line_is_no_sound() -> None:
    plain, shifted = (spectra(tone(500) + np.float32(offset), RATE_HZ).power[20] for offset in (0.0, 0.3))
    assert shifted == pytest.approx(plain, abs=0.01 * float(plain.max()))


@settings(max_examples=20)
@given(st.floats(90, 400))
def test_the_autocorrelation_of_a_steady_voice_is_near_one_at_its_period(f0_hz: float) -> None:
    voice = np.sum([tone(k * f0_hz) for k in range(3, 8)], axis=0).astype(np.float32)
    found = autocorrelation(spectra(voice, RATE_HZ).power)[25]
    assert len(found) == LAGS
    assert found[0] == pytest.approx(1.0, abs=1e-3)
    assert found[round(RATE_HZ * OVERSAMPLE / f0_hz)] > 0.9


def test_silence_has_a_finite_autocorrelation() -> None:
    assert np.isfinite(autocorrelation(spectra(np.zeros(RATE_HZ, np.float32), RATE_HZ).power)).all()


def test_flattening_brings_a_weak_formant_nearer_to_a_strong_one() -> None:
    found = spectra(tone(500) + np.float32(0.05) * tone(2500), RATE_HZ)
    weak, strong = (int(np.abs(bins_hz() - hz).argmin()) for hz in (2500, 500))
    assert found.flat[25, weak] / found.flat[25, strong] > 10 * found.power[25, weak] / found.power[25, strong]


def test_the_longest_lag_holds_a_period_of_the_lowest_f0() -> None:
    assert LAGS - 1 > RATE_HZ * OVERSAMPLE / FLOOR_HZ


def test_the_autocorrelation_is_the_inverse_transform_of_the_power() -> None:
    power = spectra(tone(200) + tone(630), RATE_HZ).power
    whole = np.fft.irfft(power.astype(np.float64), 2048, axis=1)[:, :LAGS]
    window = np.hanning(RATE_HZ * 54 // 1000 + 2)[1:-1]
    taper = np.fft.irfft(np.abs(np.fft.rfft(window, 1024)) ** 2, 2048)[:LAGS]
    np.testing.assert_allclose(autocorrelation(power), whole / whole[:, :1] / (taper / taper[0]), atol=2e-5)
