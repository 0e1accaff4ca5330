"""Candidates of F0 and the cues for and against each.

A candidate is a peak of the autocorrelation. Whether it is the period, or two of them, or half of one, shows in the
correlation at half of its lag, in the frames around, and in the spectrum: harmonics stand over what lies between them
only if F0 is right (the idea of Hermes 1988, "Measurement of pitch by subharmonic summation", and of Drugman and Alwan
2011, "Joint robust voicing detection and pitch estimation based on residual harmonics").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.pitch.frames import (
    CEILING_HZ,
    FFT,
    FLOOR_HZ,
    LAGS,
    OVERSAMPLE,
    RATE_HZ,
    Spectra,
    Spectrum,
    autocorrelation,
    bins_hz,
)

CANDIDATES: Final = 8

CUES: Final = (
    "period",  # autocorrelation of the flattened spectrum, at the lag
    "behind_best",  # period less that of the frame's best candidate, -0.3 at least
    "plain",  # autocorrelation of the spectrum as it is, at the lag
    "half_as_good",  # how far `period` at half of the lag comes near to it
    "steady",  # mean of `period` over the frames around: a hum, or the line, rather than a voice
    "comb_low",  # harmonics over what lies between them below 1.2 kHz, in nepers
    "comb_odd",  # the same over all of the band, odd harmonics only: they vanish where F0 is an octave too low
    "loud",  # level under the loud frames of the whole, in 20 dB
    "loud_squared",
    "hiss",  # power over 2 kHz against that below, from -10 dB on, in 20 dB
    "clutter",  # mean of the three best candidates' `period`
)
"""What is measured of each candidate, in this order; nothing in it depends on the gain."""

NEARNESS: Final = ("away", "away_squared")
"""Cues of the second pass: octaves between the candidate and the speaker's centre."""

Cues = NDArray[np.float32]

_LAG_RATE_HZ = RATE_HZ * OVERSAMPLE
_HARMONICS = 12
_LOW_HZ, _SPLIT_HZ, _HIGH_HZ = 300.0, 1_200.0, 3_400.0
_HISS_HZ = 2_000.0
_LOWS_HZ, _LOWS_SHARE = 800.0, 0.03
_AROUND_FRAMES = 7
_FAR_OCTAVES = 1.2
_AS_GOOD = np.float32(0.85)
_HALVES = np.float32(0.5) * np.arange(1, 2 * _HARMONICS + 2, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Observed:
    """(frames, CANDIDATES) F0, 0 where there is no candidate; periodicity 0..1; (frames, CANDIDATES, CUES) cues."""

    f0_hz: Spectrum
    periodicity: Spectrum
    cues: Cues

    @property
    def octaves(self) -> Spectrum:
        """log2 of F0; 0 where there is no candidate."""
        return cast(Spectrum, np.log2(np.maximum(self.f0_hz, np.float32(1))))


def observe(frames: Spectra) -> Observed:
    flat, plain = autocorrelation(frames.flat), autocorrelation(frames.power)
    f0_hz, period, lag = _candidates(flat)
    best = period.max(axis=1, keepdims=True)
    periodicity = _at(plain, lag)
    comb_low, comb_odd = _combs(frames.flat, f0_hz, _lowest_hz(frames.power))
    loud = _loudness(frames.power)
    of_frame = (loud, loud**2, _hiss(frames.power), np.sort(period, axis=1)[:, -3:].mean(axis=1))
    found = (
        period,
        np.maximum(period - best, -0.3),
        periodicity,
        np.maximum(_nearly_at(flat, lag * np.float32(0.5)) - _AS_GOOD * period, 0),
        _at(_averaged(flat), lag),
        comb_low,
        comb_odd,
        *(np.broadcast_to(value[:, None], f0_hz.shape) for value in of_frame),
    )
    return Observed(f0_hz, np.clip(periodicity, 0, 1), np.stack(found, axis=-1).astype(np.float32))


def nearness(seen: Observed, centre: float) -> Cues:
    """(frames, CANDIDATES, NEARNESS); `centre`: log2 of the F0 around which this speaker's voice lies."""
    away = np.minimum(np.abs(seen.octaves - np.float32(centre)), _FAR_OCTAVES)
    return np.stack((away, np.minimum(away**2, 1)), axis=-1).astype(np.float32)


def _candidates(correlation: Spectrum) -> tuple[Spectrum, Spectrum, Spectrum]:
    """F0, height and lag of the highest peaks, by a parabola through three lags; 0 Hz and 0 where there is none."""
    first, last = int(_LAG_RATE_HZ / CEILING_HZ), LAGS - 1
    left, middle, right = (correlation[:, first + shift : last + shift] for shift in (-1, 0, 1))
    is_peak = (middle > left) & (middle >= right) & (middle > 0)
    ranked = np.where(is_peak, middle, np.float32(-1))
    at = np.argpartition(-ranked, CANDIDATES - 1, axis=1)[:, :CANDIDATES]
    before, here, after = (np.take_along_axis(part, at, axis=1) for part in (left, middle, right))
    # Vertex of the parabola through three neighbours; `bend` is its second derivative, negative at a peak.
    bend = np.minimum(before - 2 * here + after, np.float32(-1e-9))
    shift = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    lag = (at + first + shift).astype(np.float32)
    f0_hz = _LAG_RATE_HZ / lag
    known = np.take_along_axis(is_peak, at, axis=1) & (f0_hz >= FLOOR_HZ) & (f0_hz <= CEILING_HZ)
    height = np.clip(here - 0.25 * (before - after) * shift, 0, 1)
    zero = np.float32(0)
    return np.where(known, f0_hz, zero), np.where(known, height, zero), np.where(known, lag, np.float32(100))


def _at(correlation: Spectrum, lag: Spectrum) -> Spectrum:
    """Correlation at a lag between two of the grid."""
    lag = np.clip(lag, 0, LAGS - 2)
    below = lag.astype(np.intp)
    part = lag - below
    start = (np.arange(len(correlation)) * LAGS)[:, None] + below
    flat = correlation.ravel()
    return cast(Spectrum, (flat[start] * (1 - part) + flat[start + 1] * part).astype(np.float32))


def _nearly_at(correlation: Spectrum, lag: Spectrum) -> Spectrum:
    """The highest correlation at a lag, 2 % before it, and 2 % after it."""
    return cast(Spectrum, np.maximum.reduce([_at(correlation, lag * np.float32(by)) for by in (0.98, 1, 1.02)]))


def _averaged(correlation: Spectrum) -> Spectrum:
    reach = _AROUND_FRAMES
    # A moving mean by the difference of two cumulative sums.
    sums = np.cumsum(np.pad(correlation, ((reach + 1, reach), (0, 0)), mode="edge"), axis=0)
    return cast(Spectrum, (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / np.float32(2 * reach + 1))


def _combs(flat: Spectrum, f0_hz: Spectrum, lowest_hz: Spectrum) -> tuple[Spectrum, Spectrum]:
    """`comb_low` and `comb_odd`, of the first _HARMONICS harmonics in the band that the line carries."""
    logs = np.log(flat + np.float32(1e-3) * flat.mean(axis=1, keepdims=True) + np.float32(1e-20))
    # Where there is no candidate F0 is 0; FLOOR_HZ keeps the division finite, and the candidate is masked later.
    step = np.maximum(f0_hz, np.float32(FLOOR_HZ))[..., None]
    lowest = lowest_hz[:, None, None]
    # Harmonics below the band are not on the line: count from the first one inside it.
    first = np.floor(lowest / step).astype(np.float32)
    contrast = _contrast(logs, (first + _HALVES) * step)
    order = first + np.arange(1, _HARMONICS + 1, dtype=np.float32)
    hz = order * step
    inside = (hz > lowest - 10) & (hz < _HIGH_HZ)
    return _mean(contrast, inside & (hz < _SPLIT_HZ)), _mean(contrast, inside & (order % 2 == 1))


def _contrast(logs: Spectrum, halves_hz: Spectrum) -> Spectrum:
    """How far every second one stands over the mean of its two neighbours; (..., n) from (..., 2 n + 1)."""
    bins = np.clip(halves_hz * np.float32(FFT / RATE_HZ) + 0.5, 0, logs.shape[1] - 1).astype(np.intp)
    level = logs.ravel()[(np.arange(len(logs)) * logs.shape[1])[:, None, None] + bins]
    on, between = level[..., 1::2], level[..., 0::2]
    return cast(Spectrum, np.clip(on - 0.5 * (between[..., :-1] + between[..., 1:]), -4, 6))


def _mean(values: Spectrum, where: NDArray[np.bool_]) -> Spectrum:
    return cast(Spectrum, (values * where).sum(axis=-1) / np.maximum(where.sum(axis=-1), 1))


def _lowest_hz(power: Spectrum) -> Spectrum:
    """Per frame, where the band begins: at _LOW_HZ on a telephone, at FLOOR_HZ where there is something below."""
    hz = bins_hz()
    lows = power[:, (hz > FLOOR_HZ) & (hz < 0.9 * _LOW_HZ)].sum(axis=1)
    beside = power[:, (hz >= 0.9 * _LOW_HZ) & (hz < _LOWS_HZ)].sum(axis=1)
    carried = lows > _LOWS_SHARE * (lows + beside)
    return np.where(carried, np.float32(FLOOR_HZ), np.float32(_LOW_HZ))


def _loudness(power: Spectrum) -> Spectrum:
    level_db = 10 * np.log10(power.sum(axis=1, dtype=np.float64) + 1e-12)
    return cast(Spectrum, np.clip(level_db - np.percentile(level_db, 95), -60, 10) / 20)


def _hiss(power: Spectrum) -> Spectrum:
    hz = bins_hz()
    high = power[:, (hz >= _HISS_HZ) & (hz < _HIGH_HZ)].sum(axis=1, dtype=np.float64)
    low = power[:, (hz >= _LOW_HZ) & (hz < _HISS_HZ)].sum(axis=1, dtype=np.float64)
    tilt = np.clip(10 * np.log10((high + 1e-12) / (low + 1e-12)), -40, 30) / 20
    return cast(Spectrum, np.maximum(tilt + 0.5, 0))
