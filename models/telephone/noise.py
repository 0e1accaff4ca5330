"""Sounds beside the voice: coloured noise, other voices, the hum of the mains."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

import numpy as np

from tonewatch.models.telephone.g711 import Samples
from tonewatch.models.telephone.shape import rms

_HARMONICS = 8


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Noise is repeated or cut to length, and scaled to the ratio over the whole clip."""
    fitted: Samples = np.resize(noise, samples.size)
    signal_rms, noise_rms = rms(samples), rms(fitted)
    if signal_rms == 0.0 or noise_rms == 0.0:
        return samples
    scale = signal_rms / noise_rms * 10.0 ** (-snr_db / 20.0)
    return np.asarray(samples + scale * fitted, dtype=np.float32)


def coloured_noise(size: int, slope: float, rng: np.random.Generator) -> Samples:
    """Power falls as 1 / f ** slope: 0 is white, 1 pink, 2 brown."""
    if size == 0:
        return np.zeros(0, dtype=np.float32)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    # Amplitude is the square root of power: f^(-slope / 2). The mean (bin 0) is removed.
    spectrum[1:] *= np.arange(1, spectrum.size) ** (-slope / 2.0)
    spectrum[0] = 0.0
    return np.fft.irfft(spectrum, size).astype(np.float32)


def babble(voices: Sequence[Samples], size: int, talkers: int, rng: np.random.Generator) -> Samples:
    """So many talkers at once, each at the same level: stretches of clips drawn with replacement, from a random place.

    ValueError when every voice is silent.
    """
    sounding = [voice for voice in voices if voice.any()]
    if not sounding:
        raise ValueError("babble needs at least one clip that is not silent")
    mixed = np.zeros(size, dtype=np.float32)
    for drawn in rng.integers(0, len(sounding), talkers):
        voice = sounding[int(drawn)]
        mixed += np.resize(np.roll(voice, -int(rng.integers(0, voice.size))), size) / np.float32(rms(voice))
    return mixed


def hum(size: int, rate_hz: int, mains_hz: int, rng: np.random.Generator) -> Samples:
    """The mains and its harmonics, falling by about 6 dB an octave, each at a random phase and within 3 dB."""
    orders = np.arange(1, 1 + _HARMONICS)
    strengths = 10.0 ** (rng.uniform(-3.0, 3.0, _HARMONICS) / 20.0) / orders
    phases = rng.uniform(0.0, 2.0 * np.pi, _HARMONICS)
    # It repeats itself after a whole number of samples: 160 at 50 Hz and 8 kHz, 400 at 60 Hz.
    turns = 2.0 * np.pi * mains_hz / rate_hz * np.arange(rate_hz // gcd(rate_hz, mains_hz))
    once = strengths @ np.sin(np.outer(orders, turns) + phases[:, None])
    return np.resize(once.astype(np.float32), size)
