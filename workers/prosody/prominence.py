"""Word stress: syllables that stand out of the segment by pitch, level and length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tonewatch.workers.pitch import HOP_MS
from tonewatch.workers.prosody.nuclei import Nuclei
from tonewatch.workers.prosody.voiced_speech import Floats, SpeechFrames

MIN_NUCLEI = 3

# What counts as one step of level, of F0 and of the natural logarithm of duration.
_STEP_DB, _STEP_ST, _STEP_DURATION = 3.0, 2.0, 0.35
_STRESSED = 1.0
_LEAST_SPREAD = 0.3
_F0_REACH = 3  # frames around a nucleus in which its F0 is looked for


@dataclass(frozen=True, slots=True)
class Stress:
    """`count` prominent syllables; the strongest one's distance from the median in robust deviations, and its time
    from the start of the segment. `confidence`: share of the syllables whose F0 is known, by how sure it is."""

    count: int
    peak_z: float
    peak_ms: int
    confidence: float


def stress(frames: SpeechFrames, nuclei: Nuclei) -> Stress | None:
    """None with fewer than MIN_NUCLEI syllables."""
    if len(nuclei.at) < MIN_NUCLEI:
        return None
    f0_st, sure = _f0_around(frames, nuclei)
    median_st = np.nanmedian(f0_st) if np.any(~np.isnan(f0_st)) else 0.0
    length = np.log(np.maximum(nuclei.frames, 1))
    # Mean of the three cues, each in its own step; a syllable without an F0 counts as one at the median.
    prominence = (
        (nuclei.level_db - np.median(nuclei.level_db)) / _STEP_DB
        + np.nan_to_num(f0_st - median_st) / _STEP_ST
        + (length - np.median(length)) / _STEP_DURATION
    ) / 3
    above = prominence - np.median(prominence)
    # 1.4826 times the median absolute deviation is the standard deviation of a normal distribution.
    spread = max(_LEAST_SPREAD, 1.4826 * float(np.median(np.abs(above))))
    strongest = int(above.argmax())
    return Stress(
        count=int((above >= _STRESSED).sum()),
        peak_z=float(above[strongest] / spread),
        peak_ms=int(nuclei.at[strongest]) * HOP_MS + HOP_MS // 2,
        confidence=nuclei.confidence * float(sure.mean()),
    )


def _f0_around(frames: SpeechFrames, nuclei: Nuclei) -> tuple[Floats, Floats]:
    """F0 at each nucleus in semitones, NaN where it has none, and the confidence of it."""
    reach = 2 * _F0_REACH + 1
    padded = np.pad(frames.track.f0_st, _F0_REACH, constant_values=np.nan)
    near = np.lib.stride_tricks.sliding_window_view(padded, reach)[nuclei.at]
    sure = np.lib.stride_tricks.sliding_window_view(np.pad(frames.track.confidence, _F0_REACH), reach)[nuclei.at]
    known = ~np.isnan(near)
    f0_st = np.full(len(near), np.nan)
    for row in np.flatnonzero(known.any(axis=1)):
        f0_st[row] = np.median(near[row][known[row]])
    return f0_st, np.asarray(sure.max(axis=1), dtype=np.float64)
