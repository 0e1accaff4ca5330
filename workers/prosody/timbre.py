"""Voice quality, as far as a telephone carries it: spectral tilt, cepstral peak prominence, harmonics to noise."""

from __future__ import annotations

from functools import cache

import numpy as np

from tonewatch.workers.pitch.frames import FFT, RATE_HZ, Spectrum, bins_hz
from tonewatch.workers.prosody.voiced_speech import SpeechFrames

_TILT_SPLIT_HZ = 1_000.0
_TILT_LOW_HZ, _TILT_HIGH_HZ = 100.0, 3_600.0
_BAND_HZ = (300.0, 3_400.0)
_SHORTEST_S, _LONGEST_S = 1 / 500, 1 / 60
_QUEFRENCIES = 1_024


def tilt_db(frames: SpeechFrames) -> float | None:
    """Energy from 1 to 3.6 kHz over that from 100 Hz to 1 kHz, both inside what a telephone carries or nearly."""
    hz = bins_hz()
    total = frames.spectra.power[frames.speech].sum(axis=0, dtype=np.float64)
    low = float(total[(hz >= _TILT_LOW_HZ) & (hz < _TILT_SPLIT_HZ)].sum())
    high = float(total[(hz >= _TILT_SPLIT_HZ) & (hz <= _TILT_HIGH_HZ)].sum())
    return float(10 * np.log10(high / low)) if low > 0 and high > 0 else None


def harmonicity_db(frames: SpeechFrames) -> float:
    """Harmonics to noise, mean over voiced frames, from their periodicity (Boersma 1993)."""
    # r / (1 - r) is the power of the periodic part over that of the rest, if r is the autocorrelation at the period.
    part = np.clip(frames.track.periodicity[frames.voiced], 0.01, 0.999)
    return float(np.mean(10 * np.log10(part / (1 - part))))


def cepstral_peak_db(frames: SpeechFrames) -> float:
    """Cepstral peak prominence of the band that a telephone carries, mean over voiced frames.

    How far the highest cepstral peak at a voice's periods stands over the middle of all of them (after Hillenbrand and
    Houde 1996, "Acoustic correlates of breathy vocal quality"); the tilt of the spectrum is taken out first.
    """
    hz = bins_hz()
    band = frames.spectra.power[frames.voiced][:, (hz >= _BAND_HZ[0]) & (hz <= _BAND_HZ[1])]
    # A floor of a millionth of the frame's peak: log of digital silence would dominate the cepstrum.
    logs = np.log(band + np.float32(1e-6) * band.max(axis=1, keepdims=True) + np.float32(1e-20))
    # Least squares without an intercept, because both sides have mean zero.
    at = np.linspace(-1, 1, logs.shape[1], dtype=np.float32)
    level = logs - logs.mean(axis=1, keepdims=True)
    level -= (level @ at / (at @ at))[:, None] * at
    cosines, sines = _voice_quefrencies(len(at))
    voice = np.hypot(level @ cosines, level @ sines)
    return float(np.mean(20 * np.log10(voice.max(axis=1) / np.maximum(np.median(voice, axis=1), 1e-9))))


@cache
def _voice_quefrencies(bins: int) -> tuple[Spectrum, Spectrum]:
    """Both parts of a transform to _QUEFRENCIES points under a Hann window, of the few at a voice's periods."""
    points = np.arange(_QUEFRENCIES // 2 + 1)
    seconds = points / (_QUEFRENCIES * RATE_HZ / FFT)
    voice = points[(seconds >= _SHORTEST_S) & (seconds <= _LONGEST_S)]
    angle = 2 * np.pi / _QUEFRENCIES * np.arange(bins)[:, None] * voice
    taper = np.hanning(bins)[:, None]
    return (taper * np.cos(angle)).astype(np.float32), (taper * np.sin(angle)).astype(np.float32)
