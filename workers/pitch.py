"""F0 of telephone speech, whose fundamental is usually filtered out.

The autocorrelation of a windowed frame, divided by that of the window, peaks at the period even when the fundamental
is missing (Boersma 1993, "Accurate short-term analysis of the fundamental frequency"). Formants pull that peak to
their own period, so the power spectrum is flattened first by a part of its envelope. Candidates of all frames go
through one Viterbi search with costs for octave jumps and for changes of voicing. A second pass looks only around the
median of the first, which repairs most octave errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.codecs import Samples, resample

HOP_MS: Final = 10
FLOOR_HZ: Final = 55.0
CEILING_HZ: Final = 500.0

Floats = NDArray[np.float64]

_RATE_HZ = 8_000
_HOP = _RATE_HZ * HOP_MS // 1000
_FFT = 1_024
_OVERSAMPLE = 2
_CANDIDATES = 6
_SILENT_PEAK = 1e-4
_ENVELOPE_HZ = 600.0
_ENVELOPE_FLOOR = 1e-3


@dataclass(frozen=True, slots=True)
class PitchSettings:
    """Costs are in units of autocorrelation; `octave_cost` favours the shorter of two equal periods.

    `around` is the range of the second pass, as factors of the first pass's median. `flatten` is the exponent of the
    envelope that the power spectrum is divided by: 0 leaves it as it is, 1 whitens it.
    """

    voicing_threshold: float = 0.40
    silence_threshold: float = 0.03
    octave_cost: float = 0.016
    octave_jump_cost: float = 0.8
    voicing_change_cost: float = 0.14
    around: tuple[float, float] = (0.6, 2.0)
    window_ms: float = 40.0
    flatten: float = 0.7


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """One value per HOP_MS, frame i centred at (i + 0.5) * HOP_MS. `f0_hz` is NaN where unvoiced.

    `confidence` is the normalised autocorrelation at the period, 0..1 (0 where unvoiced).
    """

    f0_hz: Floats
    confidence: Floats

    @property
    def voiced(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.f0_hz)

    @property
    def f0_st(self) -> Floats:
        """Semitones above FLOOR_HZ."""
        return cast(Floats, 12 * np.log2(self.f0_hz / FLOOR_HZ))


def track(samples: Samples, rate_hz: int, settings: PitchSettings | None = None) -> PitchTrack:
    """F0 between FLOOR_HZ and CEILING_HZ. Works at 8 kHz inside; other rates are resampled."""
    chosen = settings or PitchSettings()
    audio = resample(samples, rate_hz, _RATE_HZ).astype(np.float64)
    count = len(audio) // _HOP
    peak = float(np.max(np.abs(audio - audio.mean()))) if count else 0.0
    if count == 0 or peak < _SILENT_PEAK:
        return PitchTrack(np.full(count, np.nan), np.zeros(count))
    correlation, loudness = _autocorrelation(audio, count, peak, chosen)
    first = _search(correlation, loudness, FLOOR_HZ, CEILING_HZ, chosen)
    if first.voiced.sum() < 3:
        return first
    median_hz = float(np.nanmedian(first.f0_hz))
    low, high = (max(FLOOR_HZ, median_hz * chosen.around[0]), min(CEILING_HZ, median_hz * chosen.around[1]))
    return _search(correlation, loudness, low, high, chosen)


def _autocorrelation(audio: Floats, count: int, peak: float, chosen: PitchSettings) -> tuple[Floats, Floats]:
    """(frames, lags) normalised autocorrelation at _OVERSAMPLE the rate, and each frame's peak over the whole's."""
    width = int(_RATE_HZ * chosen.window_ms / 1000)
    padded = np.pad(audio, (width // 2 - _HOP // 2, width))
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[::_HOP][:count]
    frames = frames - frames.mean(axis=1, keepdims=True)
    window = np.hanning(width + 2)[1:-1]
    lags = int(_RATE_HZ * _OVERSAMPLE / FLOOR_HZ) + 2
    of_window = np.fft.irfft(np.abs(np.fft.rfft(window, _FFT)) ** 2, _FFT * _OVERSAMPLE)[:lags]
    power = _flattened(np.abs(np.fft.rfft(frames * window, _FFT, axis=1)) ** 2, chosen.flatten)
    raw = np.fft.irfft(power, _FFT * _OVERSAMPLE, axis=1)[:, :lags]
    normal = raw / np.maximum(raw[:, :1], 1e-20) / (of_window / of_window[0])
    return cast(Floats, normal), cast(Floats, np.abs(frames).max(axis=1) / peak)


def _flattened(power: Floats, exponent: float) -> Floats:
    """Divides each spectrum by its running mean over _ENVELOPE_HZ, with a floor so that an empty band stays empty."""
    width = int(_ENVELOPE_HZ * _FFT / _RATE_HZ) | 1
    sums = np.cumsum(np.pad(power, ((0, 0), (width // 2 + 1, width // 2)), mode="edge"), axis=1)
    envelope = (sums[:, width:] - sums[:, :-width]) / width
    floor = _ENVELOPE_FLOOR * power.max(axis=1, keepdims=True) + 1e-20
    return cast(Floats, power / (envelope + floor) ** exponent)


def _search(correlation: Floats, loudness: Floats, low_hz: float, high_hz: float, chosen: PitchSettings) -> PitchTrack:
    f0_hz, strength = _candidates(correlation, low_hz, high_hz)
    with np.errstate(invalid="ignore", divide="ignore"):
        octaves = np.where(f0_hz > 0, np.log2(f0_hz / low_hz), 0.0)
    merit = np.where(f0_hz > 0, strength + chosen.octave_cost * octaves, -np.inf)
    quiet = 2 - loudness * (1 + chosen.voicing_threshold) / chosen.silence_threshold
    unvoiced = chosen.voicing_threshold + np.maximum(0, quiet)
    best = _viterbi(np.column_stack((unvoiced, merit)), np.column_stack((np.zeros(len(octaves)), octaves)), chosen)
    rows = np.arange(len(best))
    voiced = best > 0
    picked = np.maximum(best - 1, 0)
    return PitchTrack(
        np.where(voiced, f0_hz[rows, picked], np.nan),
        np.where(voiced, np.clip(strength[rows, picked], 0.0, 1.0), 0.0),
    )


def _candidates(correlation: Floats, low_hz: float, high_hz: float) -> tuple[Floats, Floats]:
    """(frames, _CANDIDATES) F0 and height of the highest peaks, by a parabola through three lags; 0 Hz where none."""
    rate = _RATE_HZ * _OVERSAMPLE
    first = max(1, int(rate / high_hz))
    last = min(correlation.shape[1] - 1, int(np.ceil(rate / low_hz)) + 1)
    left, middle, right = (correlation[:, first + shift : last + shift] for shift in (-1, 0, 1))
    is_peak = (middle > left) & (middle >= right) & (middle > 0)
    height = np.where(is_peak, middle, -1.0)
    wanted = min(_CANDIDATES, height.shape[1])
    at = np.argpartition(-height, wanted - 1, axis=1)[:, :wanted]
    before, here, after = (np.take_along_axis(part, at, axis=1) for part in (left, middle, right))
    bend = before - 2 * here + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-12), 0.0)
    top = here - 0.25 * (before - after) * shift
    f0_hz = rate / (at + first + shift)
    usable = np.take_along_axis(is_peak, at, axis=1) & (f0_hz >= low_hz) & (f0_hz <= high_hz)
    top = np.where(top > 1, 1 / np.maximum(top, 1e-9), top)
    return np.where(usable, f0_hz, 0.0), np.where(usable, top, 0.0)


def _viterbi(merit: Floats, octaves: Floats, chosen: PitchSettings) -> NDArray[np.intp]:
    """The best candidate per frame; column 0 is `unvoiced`."""
    count, width = merit.shape
    came_from = np.zeros((count, width), dtype=np.intp)
    to_or_from_unvoiced = np.zeros((width, width))
    to_or_from_unvoiced[0, 1:] = to_or_from_unvoiced[1:, 0] = chosen.voicing_change_cost
    jumps = chosen.octave_jump_cost * np.abs(octaves[1:, None, :] - octaves[:-1, :, None])
    jumps[:, 0, :] = jumps[:, :, 0] = 0.0
    jumps += to_or_from_unvoiced
    columns = np.arange(width)
    score = merit[0]
    for frame in range(1, count):
        total = score[:, None] - jumps[frame - 1]
        came_from[frame] = total.argmax(axis=0)
        score = total[came_from[frame], columns] + merit[frame]
    path = np.zeros(count, dtype=np.intp)
    path[-1] = int(score.argmax())
    for frame in range(count - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path
