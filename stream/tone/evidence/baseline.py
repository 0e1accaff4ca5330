"""The caller's own usual: robust, running, and wary of a caller who is angry from the first word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from tonewatch.stream.messages import EMOTIONS, Posterior, Prosody
from tonewatch.stream.tone.config import Measure, ToneConfig
from tonewatch.stream.tone.state import JudgedSegment

MAD_TO_DEVIATION = 1.4826
"""A median absolute deviation times this is the standard deviation of a normal distribution."""

PRIOR_NEGATIVITY = -0.8
"""Log odds that a caller is taken to begin with; it weighs as much as PRIOR_SEGMENTS segments."""

PRIOR_SEGMENTS = 2

LEAST_CONFIDENCE = 0.4
"""A measurement that is less sure than this is left out: nothing is judged by it, and no sentence speaks of it."""

_PROSODY = {
    "pitch": "f0_median_st",
    "pitch_range": "f0_range_st",
    "level": "level_db",
    "effort": "tilt_db",
    "rate": "rate_syl_per_s",
    "pauses": "pause_share",
    "stress": "stress_per_s",
}


def features(prosody: Prosody, posterior: Posterior) -> dict[str, float]:
    """The measurements of one segment under the names of the facts; what was not carried is left out."""
    sure = confidences(prosody)
    found = {
        name: getattr(prosody, attribute)
        for name, attribute in _PROSODY.items()
        if sure.get(name, 1.0) >= LEAST_CONFIDENCE
    }
    found |= {name: getattr(posterior, name) for name in ("angry", "happy", "sad")}
    return {name: float(value) for name, value in found.items() if value is not None}


def confidences(prosody: Prosody) -> dict[str, float]:
    """Of the measurements, under the names of the facts; none for what an older listener wrote."""
    found = {name: getattr(prosody.confidence, attribute, None) for name, attribute in _PROSODY.items()}
    return {name: sure for name, sure in found.items() if sure is not None}


def usual(heard: Sequence[JudgedSegment], name: str, measure: Measure) -> tuple[float, float] | None:
    """Median and robust spread of one feature over the baseline; null when fewer than two segments carry it."""
    values = [h.features[name] for h in heard if name in h.features]
    if len(values) < 2:
        return None
    middle = median(values)
    deviation = MAD_TO_DEVIATION * median(abs(v - middle) for v in values)
    return middle, max(deviation, measure.spread_floor)


def mean_posterior(heard: Sequence[JudgedSegment]) -> Posterior | None:
    """Mean posterior weighted by speech; null when nothing was heard."""
    total = sum(h.speech_ms for h in heard)
    if not total:
        return None
    return Posterior(
        **{name: round(sum(getattr(h.posterior, name) * h.speech_ms for h in heard) / total, 4) for name in EMOTIONS}
    )


def usual_negativity(heard: Sequence[JudgedSegment]) -> float:
    """Median negativity of the baseline, pulled toward an ordinary caller's.

    The pull keeps a caller who is angry from the first word from making anger the usual.
    """
    if not heard:
        return PRIOR_NEGATIVITY
    middle = median(negativity(h.posterior) for h in heard)
    return (PRIOR_SEGMENTS * PRIOR_NEGATIVITY + len(heard) * middle) / (PRIOR_SEGMENTS + len(heard))


def ready(heard: Sequence[JudgedSegment], config: ToneConfig) -> bool:
    """Has enough of this caller been heard to speak of a change?"""
    return len(heard) >= config.baseline_segments and sum(h.speech_ms for h in heard) >= config.baseline_speech_ms


def negativity(posterior: Posterior) -> float:
    """Log odds of angry or sad against happy or neutral."""
    return math.log((posterior.angry + posterior.sad + 0.02) / (posterior.happy + posterior.neutral + 0.02))
