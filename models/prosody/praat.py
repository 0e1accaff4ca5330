"""Praat's prosody of a clip, through parselmouth, in the form of ours.

praat-parselmouth is under the GPL: it is a reference to measure against, never a part of what is shipped.
"""

from __future__ import annotations

import time
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.prosody.reading import ProsodyReading
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.pitch import CEILING_HZ, FLOOR_HZ, HOP_MS

Floats = NDArray[np.float64]

_HOP_S = HOP_MS / 1000
_INTENSITY_FLOOR_HZ = 50.0
_UNDER_LOUDEST_DB = 25.0
_DIP_DB = 2.0
_PAUSE_S = 0.1


def load() -> ModuleType:
    """parselmouth; DependencyError that says how to get it."""
    try:
        return import_module("parselmouth")
    except ImportError as error:
        raise DependencyError("Praat is missing; run: pip install praat-parselmouth") from error


def read(samples: Samples, rate_hz: int) -> ProsodyReading:
    began = time.process_time()
    sound = load().Sound(samples.astype(np.float64), rate_hz)
    count = int(len(samples) / rate_hz / _HOP_S)
    pitch = sound.to_pitch_ac(time_step=_HOP_S, pitch_floor=FLOOR_HZ, pitch_ceiling=CEILING_HZ)
    f0_hz = _on_grid(pitch.xs(), pitch.selected_array["frequency"], count)
    intensity = sound.to_intensity(minimum_pitch=_INTENSITY_FLOOR_HZ, time_step=_HOP_S)
    level_db = _on_grid(intensity.xs(), intensity.values[0], count)
    # 99th percentile, not maximum: a single click must not raise the threshold.
    sounding = _without_short_gaps(level_db > np.percentile(level_db, 99) - _UNDER_LOUDEST_DB)
    at = np.flatnonzero(sounding)
    inner = sounding[at[0] : at[-1] + 1]
    speech_s = float(sounding.sum()) * _HOP_S
    return ProsodyReading(
        f0_hz=np.where(f0_hz > 0, f0_hz, np.nan),
        syllables_per_s=_syllables(level_db, f0_hz) / speech_s,
        level_db=float(10 * np.log10(np.mean(10 ** (level_db[sounding] / 10)))),
        pause_share=float(1 - inner.mean()),
        f0_median_st=_median_st(f0_hz),
        f0_confidence=None,
        spent_s=time.process_time() - began,
    )


def _on_grid(times_s: Floats, values: Floats, count: int) -> Floats:
    """Praat's frames at the centres of ours."""
    # Frame n of ours is centred at (n + 1/2) hops; Praat's first one at times_s[0].
    at = np.rint(((np.arange(count) + 0.5) * _HOP_S - times_s[0]) / _HOP_S).astype(int)
    return cast(Floats, values[np.clip(at, 0, len(values) - 1)])


def _without_short_gaps(sounding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    filled = sounding.copy()
    at = np.flatnonzero(sounding)
    for before, after in pairwise(at):
        if after - before - 1 < _PAUSE_S / _HOP_S:
            filled[before:after] = True
    return filled


def _syllables(level_db: Floats, f0_hz: Floats) -> int:
    """Voiced peaks of Praat's intensity with a dip between them (de Jong and Wempe 2009)."""
    threshold = float(np.percentile(level_db, 99)) - _UNDER_LOUDEST_DB
    inner = level_db[1:-1]
    # + 1, because `inner` begins at the second frame.
    peaks = np.flatnonzero((inner > level_db[:-2]) & (inner >= level_db[2:]) & (inner > threshold)) + 1
    kept: list[int] = []
    for peak, after in zip(peaks, [*peaks[1:], len(level_db)], strict=True):
        dip_db = level_db[peak] - level_db[peak:after].min()
        if dip_db > _DIP_DB and f0_hz[peak] > 0:
            kept.append(int(peak))
    return len(kept)


def _median_st(f0_hz: Floats) -> float | None:
    voiced = f0_hz[f0_hz > 0]
    return float(12 * np.log2(np.median(voiced) / FLOOR_HZ)) if len(voiced) >= 10 else None
