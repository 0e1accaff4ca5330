"""How much worse one segment sounds than this caller's usual.

The posterior says in which direction the tone moved, prosody says how far: an angry and a delighted caller are both
louder and higher than usual, so differences in prosody alone never make a score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from tonewatch.stream.messages import Posterior
from tonewatch.stream.tone.baseline import negativity, usual, usual_negativity
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import Heard

AROUSAL = ("level", "pitch", "effort", "rate", "stress")
"""Features that rise with activation."""

POSTERIOR_SCALE = 2.5
"""Change in log odds that counts as a clear change of direction."""

AROUSAL_SCALE = 1.5
"""Mean robust deviation that counts as a clear change of activation."""

USUAL_KEPT = 12
"""Segments of the baseline that the caller's usual log odds are taken over, the newest ones."""

CONFIRMED = 0.3
"""Share of the score that prosody must confirm."""


def arousal(item: Heard, baseline: Sequence[Heard], config: ToneConfig) -> float:
    """Mean deviation of the activation features from the baseline, each limited to +-3 robust spreads."""
    deviations = []
    for name in AROUSAL:
        known = usual(baseline, name, config.measures[name])
        if known is not None and name in item.features:
            middle, spread = known
            deviations.append(max(-3.0, min(3.0, (item.features[name] - middle) / spread)))
    return sum(deviations) / len(deviations) if deviations else 0.0


def direction(posterior: Posterior, baseline: Sequence[Heard]) -> float:
    """In [-1, 1]: did the posterior move toward angry and sad (positive) or away from them?"""
    return math.tanh((negativity(posterior) - usual_negativity(baseline)) / POSTERIOR_SCALE)


def score(item: Heard, baseline: Sequence[Heard], config: ToneConfig) -> float:
    """In [-1, 1]; positive is worse than usual.

    Most of it is the move of the posterior; the rest is that move confirmed by how much the activation changed, up or
    (a caller who breaks down) down with sad before angry.
    """
    move = direction(item.posterior, baseline)
    activation = arousal(item, baseline, config)
    strength = math.tanh(abs(activation) / AROUSAL_SCALE)
    if activation < 0 and item.posterior.sad < item.posterior.angry:
        strength = 0.0
    return (1 - CONFIRMED) * move + CONFIRMED * move * strength


def evidence(item: Heard, baseline: Sequence[Heard], is_ready: bool, config: ToneConfig) -> float:
    """How many nats a segment speaks for a degraded tone (negative: against it).

    The log odds of a degraded tone, above what they usually are with this caller (drawn to what they are with an
    ordinary one) and what varies anyway; the score, which prosody confirms, counts beside them, and where there is no
    head it stands for them. A short segment counts for less, and so does one
    that was heard before the usual is known.
    """
    known = degraded_log_odds(item, config)
    if known is not None:
        nats = config.gain * (known - usual_log_odds(baseline, config) - config.allowance)
        nats += config.score_beside * (item.score - config.score_allowance)
    else:
        nats = config.score_gain * (item.score - config.score_allowance)
    weight = min(1.0, item.speech_ms / config.full_speech_ms) * (1.0 if is_ready else config.early)
    return max(-config.least_evidence, min(config.most_evidence, nats * weight))


def degraded_log_odds(item: Heard, config: ToneConfig) -> float | None:
    """Of the head, which knows the caller's usual, and of the segment alone, which no usual can mislead: their
    weighted mean. Null where no head judged."""
    if item.degraded is None or item.alone is None:
        return None
    alone = log_odds(item.alone.angry + item.alone.sad)
    return (1.0 - config.alone) * log_odds(item.degraded) + config.alone * alone


def usual_log_odds(baseline: Sequence[Heard], config: ToneConfig) -> float:
    """Where the log odds of a degraded tone lie with this caller."""
    known = [odds for h in baseline[-USUAL_KEPT:] if (odds := degraded_log_odds(h, config)) is not None]
    total = config.ordinary_segments + len(known)
    return (config.ordinary_segments * config.ordinary + len(known) * median(known or [0.0])) / total


def log_odds(share: float) -> float:
    """Of a chance strictly between 0 and 1."""
    bounded = min(1.0 - 1e-4, max(1e-4, share))
    return math.log(bounded / (1.0 - bounded))
