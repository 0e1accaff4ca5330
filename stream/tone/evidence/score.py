"""The tone of one segment, beside this caller's baseline.

The posterior says in which direction the tone moved, prosody says how far: an angry and a delighted caller are both
louder and higher than their baseline, so differences in prosody alone never make a tone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tonewatch.stream.messages import Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.baseline import baseline_negativity, negativity, spread_around_median
from tonewatch.stream.tone.judged_segment import JudgedSegment

AROUSAL = ("level", "pitch", "effort", "rate", "stress")
"""Features that rise with activation."""

POSTERIOR_SCALE = 2.5
"""Change in log odds that counts as a clear change of direction."""

AROUSAL_SCALE = 1.5
"""Mean robust deviation that counts as a clear change of activation."""

CONFIRMED = 0.3
"""Share of the tone that prosody must confirm."""


def arousal(item: JudgedSegment, baseline: Sequence[JudgedSegment], config: ToneConfig) -> float:
    """Mean deviation of the activation features from the baseline, each limited to +-3 robust spreads."""
    deviations = []
    for name in AROUSAL:
        known = spread_around_median(baseline, name, config.measures[name])
        if known is not None and name in item.features:
            middle, spread = known
            deviations.append(max(-3.0, min(3.0, (item.features[name] - middle) / spread)))
    return sum(deviations) / len(deviations) if deviations else 0.0


def direction(posterior: Posterior, baseline: Sequence[JudgedSegment]) -> float:
    """In [-1, 1]: did the posterior move toward angry and sad (positive) or away from them?"""
    return math.tanh((negativity(posterior) - baseline_negativity(baseline)) / POSTERIOR_SCALE)


def own_tone(item: JudgedSegment, baseline: Sequence[JudgedSegment], config: ToneConfig) -> float:
    """In [-1, 1]; negative is worse than the caller's baseline.

    Most of it is the move of the posterior; the rest is that move confirmed by how much the activation changed, up or
    (a caller who breaks down) down with sad before angry.
    """
    move = direction(item.posterior, baseline)
    activation = arousal(item, baseline, config)
    strength = math.tanh(abs(activation) / AROUSAL_SCALE)
    # A voice that sinks confirms sadness; it never confirms anger.
    if activation < 0 and item.posterior.sad < item.posterior.angry:
        strength = 0.0
    return -((1 - CONFIRMED) * move + CONFIRMED * move * strength)
