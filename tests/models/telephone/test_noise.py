from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.models import telephone
from tonewatch.models.telephone import Samples


def tone(hz: float, size: int = 16_000, rate_hz: int = 8000) -> Samples:
    return np.asarray(0.3 * np.sin(2.0 * np.pi * hz * np.arange(size) / rate_hz), dtype=np.float32)


def octave_db(samples: Samples, low_hz: float, rate_hz: int = 16_000) -> float:
    """Power from `low_hz` on over that of the octave above."""
    hz, power = np.fft.rfftfreq(samples.size, 1.0 / rate_hz), np.abs(np.fft.rfft(samples)) ** 2
    lower, upper = ((hz >= low) & (hz < 2.0 * low) for low in (low_hz, 2.0 * low_hz))
    return float(10.0 * np.log10(power[lower].sum() / power[upper].sum()))


@given(wanted_db=st.floats(-5.0, 40.0), slope=st.floats(0.0, 2.0), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_noise_is_added_at_the_ratio_asked_for(wanted_db: float, slope: float, seed: int) -> None:
    clean = tone(440.0)
    noise = telephone.coloured_noise(5000, slope, np.random.default_rng(seed))
    added = telephone.add_noise(clean, noise, wanted_db) - clean
    assert 20.0 * np.log10(telephone.rms(clean) / telephone.rms(added)) == pytest.approx(wanted_db, abs=0.5)


@pytest.mark.parametrize("size", [0, 1, 100])
def test_noise_leaves_silence_alone(size: int) -> None:
    silence = np.zeros(size, dtype=np.float32)
    np.testing.assert_array_equal(telephone.add_noise(silence, np.ones(10, dtype=np.float32), 10.0), silence)


def test_silent_or_absent_noise_changes_nothing() -> None:
    for noise in (np.zeros(5, dtype=np.float32), np.zeros(0, dtype=np.float32)):
        np.testing.assert_array_equal(telephone.add_noise(tone(440.0), noise, 10.0), tone(440.0))


@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0])
def test_coloured_noise_falls_by_its_slope(slope: float) -> None:
    noise = telephone.coloured_noise(1 << 16, slope, np.random.default_rng(0))
    assert octave_db(noise, 1000.0) == pytest.approx(3.01 * (slope - 1.0), abs=0.3)


@pytest.mark.parametrize("size", [0, 1, 2, 997])
def test_coloured_noise_has_the_length_asked_for(size: int) -> None:
    noise = telephone.coloured_noise(size, 1.0, np.random.default_rng(0))
    assert noise.size == size
    assert np.isfinite(noise).all()


def test_babble_is_made_of_all_voices_at_the_same_level() -> None:
    voices = [tone(500.0, 4000), 0.01 * tone(1500.0, 7000), np.zeros(100, dtype=np.float32)]
    mixed = telephone.babble(voices, 16_000, 400, np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(mixed * np.hanning(16_000)))
    loudest = sorted(int(np.argmax(np.where(band, spectrum, 0.0))) for band in _halves(spectrum.size, 2000))
    # A voice is repeated to length, so its lines spread by a few bins.
    assert loudest == [pytest.approx(1000, abs=4), pytest.approx(3000, abs=4)]
    assert 0.2 < spectrum[loudest[0]] / spectrum[loudest[1]] < 5.0


def _halves(size: int, border: int) -> list[np.ndarray]:
    below = np.arange(size) < border
    return [below, ~below]


def test_babble_without_a_voice_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one clip that is not silent"):
        telephone.babble([np.zeros(100, dtype=np.float32)], 1000, 3, np.random.default_rng(0))


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_has_its_power_at_the_mains_and_its_harmonics(mains_hz: int) -> None:
    noise = telephone.hum(8000, 8000, mains_hz, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(noise)) ** 2
    assert power[mains_hz * np.arange(1, 9)].sum() > 0.999 * power.sum()
    assert int(np.argmax(power)) == mains_hz


@given(seed=st.integers(0, 999))
@settings(max_examples=25)
def test_the_same_generator_makes_the_same_noise(seed: int) -> None:
    first, again = (
        [
            telephone.coloured_noise(50, 1.0, rng),
            telephone.babble([tone(300.0, 90)], 50, 3, rng),
            telephone.hum(50, 8000, 50, rng),
        ]
        for rng in (np.random.default_rng(seed), np.random.default_rng(seed))
    )
    np.testing.assert_array_equal(first, again)
