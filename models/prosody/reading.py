"""One method's reading of a clip, and the distance of readings from their references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GROSS = 0.2
"""F0 that is off by more of its value than this is a gross error (the common bound)."""

SURE = 0.8
RIGHT_ST = 1.0


@dataclass(frozen=True, slots=True)
class ProsodyReading:
    """F0 per 10 ms (NaN where unvoiced), measures of the whole clip (None where the method has none), and `spent_s` in
    seconds of one core."""

    f0_hz: Floats
    syllables_per_s: float | None
    level_db: float | None
    pause_share: float
    f0_median_st: float | None
    f0_confidence: float | None
    spent_s: float


class ProsodyMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Distance of a method from the reference over some clips; null where nothing was there to compare.

    gross_error        frames voiced in both whose F0 is off by more than 20 %, share
    voicing_error      frames voiced in one and not in the other, share
    cents              median distance of the other frames' F0, in hundredths of a semitone
    median_st          mean distance of the clips' median F0, in semitones
    median_right       clips whose median F0 is right to a semitone, share of those that carry one
    median_carried     clips that carry a median F0, share
    sure, sure_right   clips whose median has a confidence of 0.8, share; right to a semitone among them, share
    rate_syl_per_s     mean distance of the syllable rates
    rate_correlation   of the syllable rates over clips
    level_db           mean distance of the levels, a constant one left out
    pause_share        mean distance of the pauses' share
    ms_per_s           milliseconds of one core for a second of audio
    """

    clips: int
    gross_error: float | None
    voicing_error: float | None
    cents: float | None
    median_st: float | None
    median_right: float | None
    median_carried: float
    sure: float | None
    sure_right: float | None
    rate_syl_per_s: float | None
    rate_correlation: float | None
    level_db: float | None
    pause_share: float
    ms_per_s: float


def compare(readings: Sequence[ProsodyReading], references: Sequence[ProsodyReading], audio_s: float) -> ProsodyMetrics:
    """One reading and one reference a clip, at least one clip."""
    pairs = list(zip(readings, references, strict=True))
    ours, theirs = (np.concatenate(part) for part in zip(*(_aligned(*pair) for pair in pairs), strict=True))
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    # As a ratio: 1200 * log2(ratio) is the distance in cents.
    off = ours[both] / theirs[both]
    gross = np.abs(off - 1) > GROSS
    medians = [(o.f0_median_st, r.f0_median_st, o.f0_confidence) for o, r in pairs if r.f0_median_st is not None]
    carried = [(abs(o - r), sure) for o, r, sure in medians if o is not None]
    sure_off = [distance for distance, sure in carried if sure is not None and sure >= SURE]
    knows_uncertainty = any(sure is not None for _, sure in carried)
    rates = [
        (o.syllables_per_s, r.syllables_per_s)
        for o, r in pairs
        if o.syllables_per_s is not None and r.syllables_per_s is not None
    ]
    levels = np.array([o.level_db - r.level_db for o, r in pairs if o.level_db is not None and r.level_db is not None])
    return ProsodyMetrics(
        clips=len(pairs),
        gross_error=_mean(gross),
        voicing_error=_mean(np.isnan(ours) != np.isnan(theirs)),
        cents=float(np.median(np.abs(1200 * np.log2(off[~gross])))) if (~gross).any() else None,
        median_st=_mean([distance for distance, _ in carried]),
        median_right=_mean([distance < RIGHT_ST for distance, _ in carried]),
        median_carried=len(carried) / max(1, len(medians)),
        sure=len(sure_off) / max(1, len(medians)) if knows_uncertainty else None,
        sure_right=_mean([distance < RIGHT_ST for distance in sure_off]),
        rate_syl_per_s=_mean([abs(o - r) for o, r in rates]),
        rate_correlation=_correlation(np.array(rates)),
        level_db=_mean(np.abs(levels - np.median(levels))) if len(levels) else None,
        pause_share=float(np.mean([abs(o.pause_share - r.pause_share) for o, r in pairs])),
        ms_per_s=1000 * sum(reading.spent_s for reading in readings) / audio_s,
    )


def _aligned(ours: ProsodyReading, theirs: ProsodyReading) -> tuple[Floats, Floats]:
    count = min(len(ours.f0_hz), len(theirs.f0_hz))
    return ours.f0_hz[:count], theirs.f0_hz[:count]


def _correlation(pairs: Floats) -> float | None:
    """None where there are hardly any or one side never differs."""
    if len(pairs) < 3 or not np.ptp(pairs, axis=0).all():
        return None
    matrix: Floats = np.asarray(np.corrcoef(pairs.T), dtype=np.float64)
    return float(matrix[0, 1])


def _mean(values: Sequence[float] | NDArray[np.bool_] | Floats) -> float | None:
    return float(np.mean(values)) if len(values) else None
