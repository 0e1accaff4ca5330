"""The caller's own usual: robust, running, and wary of a caller who is angry from the first word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median

from tonewatch.stream.messages import EMOTIONS, Posterior, Prosody
from tonewatch.stream.tone.config import Measure, ToneConfig
from tonewatch.stream.tone.memory import Heard

MAD_TO_DEVIATION = 1.4826
"""A median absolute deviation times this is the standard deviation of a normal distribution."""

PRIOR = Posterior(angry=0.15, happy=0.15, neutral=0.55, sad=0.15)
"""What a caller is taken for before anything was heard; it weighs as much as two segments."""

PRIOR_SEGMENTS = 2

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
    found = {name: getattr(prosody, attribute) for name, attribute in _PROSODY.items()}
    found |= {name: getattr(posterior, name) for name in ("angry", "happy", "sad")}
    return {name: float(value) for name, value in found.items() if value is not None}


def usual(heard: Sequence[Heard], name: str, measure: Measure) -> tuple[float, float] | None:
    """Median and robust spread of one feature over the baseline; null when fewer than two segments carry it."""
    values = [h.features[name] for h in heard if name in h.features]
    if len(values) < 2:
        return None
    middle = median(values)
    deviation = MAD_TO_DEVIATION * median(abs(v - middle) for v in values)
    return middle, max(deviation, measure.spread_floor)


def mean_posterior(heard: Iterable[Heard], *, prior: bool) -> Posterior:
    """Mean posterior weighted by speech; with the prior, pulled toward an ordinary caller.

    The pull keeps a caller who is angry from the first word from making anger the usual.
    """
    items = list(heard)
    total = sum(h.speech_ms for h in items)
    if not total:
        return PRIOR
    weight = PRIOR_SEGMENTS / (PRIOR_SEGMENTS + len(items)) if prior else 0.0
    values = {
        name: weight * getattr(PRIOR, name)
        + (1 - weight) * sum(getattr(h.posterior, name) * h.speech_ms for h in items) / total
        for name in EMOTIONS
    }
    return Posterior(**values)


def ready(heard: Sequence[Heard], config: ToneConfig) -> bool:
    """Has enough of this caller been heard to speak of a change?"""
    return len(heard) >= config.baseline_segments and sum(h.speech_ms for h in heard) >= config.baseline_speech_ms


def negativity(posterior: Posterior) -> float:
    """Log odds of angry or sad against happy or neutral."""
    return math.log((posterior.angry + posterior.sad + 0.02) / (posterior.happy + posterior.neutral + 0.02))
