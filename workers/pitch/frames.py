"""Short-time spectra, one per HOP_MS, and their autocorrelations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.audio.codecs import Samples, resample

HOP_MS: Final = 10
FLOOR_HZ: Final = 55.0
CEILING_HZ: Final = 650.0
"""A shouting voice passes 500 Hz."""

RATE_HZ: Final = 8_000
FFT: Final = 1_024
OVERSAMPLE: Final = 2
"""The autocorrelation is read at this many times the rate."""

LAGS: Final = int(RATE_HZ * OVERSAMPLE / FLOOR_HZ) + 3
"""One period of the lowest F0, and a neighbour."""

Spectrum = NDArray[np.float32]

_HOP = RATE_HZ * HOP_MS // 1000
_WIDTH = RATE_HZ * 54 // 1000  # three periods of the lowest F0
_ENVELOPE_HZ = 600.0
_ENVELOPE_FLOOR = 1e-3
_FLATTEN = 0.7
_NOTHING = 1e-20


@dataclass(frozen=True, slots=True)
class Spectra:
    """(frames, FFT // 2 + 1) each; frame i is centred at (i + 0.5) * HOP_MS.

    `flat` is `power` divided by a part of its envelope: formants would otherwise pull the period to their own.
    """

    power: Spectrum
    flat: Spectrum


def spectra(samples: Samples, rate_hz: int) -> Spectra:
    """Of the samples at RATE_HZ; other rates are resampled."""
    audio = resample(samples, rate_hz, RATE_HZ)
    count = len(audio) // _HOP
    padded = np.pad(audio, (_WIDTH // 2 - _HOP // 2, _WIDTH))
    # Padded so that frame i is centred at (i + 0.5) hops, the grid of the speech flags.
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WIDTH)[::_HOP][:count]
    bins = np.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * _window(), FFT, axis=1)
    power = (bins.real**2 + bins.imag**2).astype(np.float32)
    return Spectra(power, _flattened(power))


def bins_hz() -> NDArray[np.float64]:
    """Frequency of each bin of a spectrum."""
    return np.asarray(np.fft.rfftfreq(FFT, 1 / RATE_HZ), dtype=np.float64)


def autocorrelation(power: Spectrum) -> Spectrum:
    """(frames, LAGS), 1 at lag 0, divided by that of the window.

    So a steady voice comes near 1 at its period, with or without its fundamental (Boersma 1993, "Accurate short-term
    analysis of the fundamental frequency").
    """
    # The inverse transform of a power spectrum is the autocorrelation (Wiener and Khinchin); zero padding of the
    # spectrum interpolates it to OVERSAMPLE times the rate. By a matrix: of 2,048 lags 293 are wanted, which costs an
    # eighth of the fast transform of all.
    raw: Spectrum = power @ _cosines()
    raw /= np.maximum(raw[:, :1], np.float32(_NOTHING)) * _window_correlation()
    return raw


def _flattened(power: Spectrum) -> Spectrum:
    """A floor keeps a band empty in which there is nothing."""
    width = int(_ENVELOPE_HZ * FFT / RATE_HZ) | 1
    padded = np.pad(power, ((0, 0), (width // 2 + 1, width // 2)), mode="edge")
    # Envelope: moving mean of the power over _ENVELOPE_HZ, by the difference of two cumulative sums.
    sums = np.cumsum(padded, axis=1, dtype=np.float64)
    envelope = ((sums[:, width:] - sums[:, :-width]) / width).astype(np.float32)
    floor = np.float32(_ENVELOPE_FLOOR) * power.max(axis=1, keepdims=True, initial=0.0) + np.float32(_NOTHING)
    return cast(Spectrum, power * np.exp(np.float32(-_FLATTEN) * np.log(envelope + floor)))


@cache
def _window() -> Spectrum:
    return np.hanning(_WIDTH + 2)[1:-1].astype(np.float32)


@cache
def _cosines() -> Spectrum:
    """(FFT // 2 + 1, LAGS): the inverse transform to FFT * OVERSAMPLE points, up to LAGS of them."""
    points = FFT * OVERSAMPLE
    bins = np.arange(FFT // 2 + 1)
    # Each bin stands for its mirror image too, but for that of 0 Hz.
    weight = np.where(bins == 0, 1.0, 2.0) / points
    cosines: NDArray[np.float64] = weight[:, None] * np.cos(2 * np.pi / points * bins[:, None] * np.arange(LAGS))
    return cosines.astype(np.float32)


@cache
def _window_correlation() -> Spectrum:
    bins = np.fft.rfft(_window().astype(np.float64), FFT)
    whole = np.fft.irfft(np.abs(bins) ** 2, FFT * OVERSAMPLE)[:LAGS]
    return cast(Spectrum, (whole / whole[0]).astype(np.float32))
