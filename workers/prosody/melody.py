"""Median, range and slope of F0, and its movement at the end of the phrase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.pitch import HOP_MS
from tonewatch.workers.prosody.voiced_speech import SpeechFrames, enough, theil_sen

Shape = Literal["rise", "fall", "flat", "expressive", "level", "uncertain"]

MIN_VOICED, MIN_VOICED_RANGE, MIN_SLOPE = 10, 25, 40
"""Frames of HOP_MS with an F0 that the median, the range and the slope need."""

# A final movement from here on is a rise or a fall; below and above these ranges a phrase is flat or expressive.
_TURN_ST = 2.0
_FLAT_ST = 3.0
_EXPRESSIVE_ST = 9.0
_END_MS = 500
_END_GAP_MS = 60
_END_LEAST_MS = 100


@dataclass(frozen=True, slots=True)
class Ending:
    """F0's movement over the last voiced stretch, in semitones, and how fast it was."""

    moved_st: float
    st_per_s: float
    confidence: float


def range_st(frames: SpeechFrames) -> float:
    """From the 5th to the 95th percentile, of the frames whose F0 is likelier right than wrong where they suffice."""
    likely = frames.voiced & (frames.track.confidence >= 0.5)
    used = likely if likely.sum() >= MIN_VOICED else frames.voiced
    low, high = np.percentile(frames.track.f0_st[used], (5, 95))
    return float(high - low)


def slope_st_per_s(frames: SpeechFrames) -> float:
    """Of a robust line; pauses are left out and not bridged by values."""
    at = np.flatnonzero(frames.voiced)
    return theil_sen(at * HOP_MS / 1000, frames.track.f0_st[at])


def confidence(frames: SpeechFrames, least: int) -> float:
    """Mean probability that a voiced frame's F0 is right, lowered where there are hardly more than `least` of them."""
    voiced = frames.voiced
    return float(frames.track.confidence[voiced].mean()) * enough(int(voiced.sum()), least / 4)


def ending(frames: SpeechFrames) -> Ending | None:
    """None where the last voiced stretch is too short. Gaps end a stretch, they are not bridged."""
    stretch = _last_stretch(np.flatnonzero(frames.voiced))
    if len(stretch) < _END_LEAST_MS // HOP_MS:
        return None
    # A robust line, not last less first: one octave error at an end would turn a fall into a rise.
    st_per_s = theil_sen(stretch * HOP_MS / 1000, frames.track.f0_st[stretch])
    seconds = float(stretch[-1] - stretch[0]) * HOP_MS / 1000
    sure = float(frames.track.confidence[stretch].mean()) * enough(len(stretch), _END_LEAST_MS / HOP_MS / 2)
    return Ending(st_per_s * seconds, st_per_s, sure)


def shape(frames: SpeechFrames, end: Ending | None) -> Shape:
    """Rise or fall at the end of the phrase, else by the range of the whole of it."""
    if end is not None and abs(end.moved_st) >= _TURN_ST:
        return "rise" if end.moved_st > 0 else "fall"
    moves_st = range_st(frames)
    if moves_st > _EXPRESSIVE_ST:
        return "expressive"
    return "flat" if moves_st < _FLAT_ST else "level"


def _last_stretch(at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of at most _END_MS."""
    if not len(at):
        return at
    broken = np.flatnonzero(np.diff(at) > _END_GAP_MS // HOP_MS)
    last = at[broken[-1] + 1 :] if len(broken) else at
    return cast(NDArray[np.intp], last[last > last[-1] - _END_MS // HOP_MS])
