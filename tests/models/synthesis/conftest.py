"""A vowel, and what is measured of a sound: pitch, spread of the pitch, level, balance of the bands."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from numpy.typing import NDArray

from tonewatch.models.synthesis.engines import RATE_HZ
from tonewatch.models.synthesis.vocoder import Frames, analyse

needs_world = pytest.mark.skipif(
    importlib.util.find_spec("pyworld") is None, reason="pyworld is missing: pip install 'tonewatch[synthesis]'"
)

Sound = NDArray[np.float32]


def vowel(f0_hz: float = 140.0, seconds: float = 1.2, glide_st: float = 4.0) -> Sound:
    """An /a/: a pulse train that glides up through `f0_hz`, through four resonances."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    track_hz = f0_hz * 2.0 ** (glide_st * (time / seconds - 0.5) / 12.0)
    phase = np.cumsum(track_hz) / RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0)
    spectrum = np.fft.rfft(pulses)
    hz = np.fft.rfftfreq(pulses.size, 1.0 / RATE_HZ)
    for centre_hz, width_hz in ((700.0, 90.0), (1200.0, 110.0), (2600.0, 160.0), (3300.0, 200.0)):
        spectrum *= centre_hz**2 / (centre_hz**2 - hz**2 + 1j * hz * width_hz)
    sound = np.fft.irfft(spectrum, pulses.size)
    return np.asarray(0.1 * sound / np.abs(sound).max(), dtype=np.float32)


def pitch_track_hz(sound: Sound, window: int = 1200) -> NDArray[np.float64]:
    """The autocorrelation's strongest lag between 70 and 500 Hz, every 10 ms."""
    found = []
    for start in range(window, sound.size - 2 * window, RATE_HZ // 100):
        part = sound[start : start + 2 * window].astype(np.float64)
        spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size), 4 * window)) ** 2
        lags = np.fft.irfft(spectrum)[RATE_HZ // 500 : RATE_HZ // 70]
        found.append(RATE_HZ / (RATE_HZ // 500 + int(np.argmax(lags))))
    return np.asarray(found)


def median_st(sound: Sound) -> float:
    return float(12.0 * np.log2(np.median(pitch_track_hz(sound))))


def spread_st(sound: Sound) -> float:
    low, high = np.percentile(12.0 * np.log2(pitch_track_hz(sound)), [10, 90])
    return float(high - low)


def level_db(sound: Sound) -> float:
    return float(10.0 * np.log10(np.mean(np.square(sound, dtype=np.float64))))


def band_balance_db(sound: Sound, edge_hz: float = 1000.0) -> float:
    """Power above `edge_hz` against power below it, within 300 to 3400 Hz."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(sound.size, 1.0 / RATE_HZ)
    above, below = (hz >= edge_hz) & (hz < 3400.0), (hz >= 300.0) & (hz < edge_hz)
    return float(10.0 * np.log10(power[above].sum() / power[below].sum()))


@pytest.fixture(scope="session")
def frames() -> Frames:
    return analyse(vowel(), RATE_HZ)
