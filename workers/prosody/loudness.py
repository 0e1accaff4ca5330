"""Level, its slope, pauses, and the share of the line's noise in the power of the speech."""

from __future__ import annotations

from typing import cast

import numpy as np

from tonewatch.workers.audio.voice_activity import Mask
from tonewatch.workers.pitch import HOP_MS
from tonewatch.workers.prosody.voiced_speech import SILENCE, Floats, theil_sen

_PAUSE_MS = 100
_MIN_LEVEL_SLOPE = 100
_SMOOTH_FRAMES = 7
_MIN_NOISE_FRAMES = 10
_ASSUMED_NOISE_SHARE = 0.05
"""Where the segment has too few frames without speech."""


def level_db(power: Floats, speech: Mask) -> float:
    """Over frames of speech, dB re full scale."""
    return float(10 * np.log10(float(power[speech].mean()) + SILENCE))


def noise_share(power: Floats, speech: Mask) -> float:
    """Power of the frames without speech over that of the frames with it, 0..1."""
    rest = power[~speech]
    if len(rest) < _MIN_NOISE_FRAMES:
        return _ASSUMED_NOISE_SHARE
    # The median: a click or the onset of a word among the frames without speech is not the noise floor.
    return float(min(1.0, np.median(rest) / max(float(power[speech].mean()), SILENCE)))


def level_slope_db_per_s(power: Floats, speech: Mask) -> float | None:
    """Of a robust line; None with less than a second of speech."""
    at = np.flatnonzero(speech)
    return theil_sen(at * HOP_MS / 1000, smoothed_db(power)[at]) if len(at) >= _MIN_LEVEL_SLOPE else None


def smoothed_db(power: Floats) -> Floats:
    """dB re full scale per frame, over some 40 ms around it."""
    window = np.hanning(_SMOOTH_FRAMES + 2)[1:-1]
    padded = np.pad(power, _SMOOTH_FRAMES // 2, mode="edge")
    return cast(Floats, 10 * np.log10(np.convolve(padded, window / window.sum(), mode="valid") + SILENCE))


def pauses(speech: Mask) -> tuple[float, int]:
    """Share of the time between first and last speech that lies in pauses from _PAUSE_MS, and the longest one in ms."""
    at = np.flatnonzero(speech)
    gaps_ms = (np.diff(at) - 1) * HOP_MS
    pauses_ms = gaps_ms[gaps_ms >= _PAUSE_MS]
    whole_ms = int(at[-1] - at[0] + 1) * HOP_MS
    return float(pauses_ms.sum() / whole_ms), int(pauses_ms.max()) if len(pauses_ms) else 0
