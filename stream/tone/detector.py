"""When did the tone begin to fall, when is it back: a two-state Bayesian filter, and a CUSUM that dates the change.

The caller is either as usual or degraded, and changes between the two at known rates. Each segment says how much
likelier it is under one than under the other; the filter keeps the chance of "degraded" (A. N. Shiryaev, "On optimum
methods in quickest detection problems", Theory of Probability and its Applications 8, 1963; with a way back). The sum
of the same log likelihood ratios, never under zero, last left zero where the change most likely began (E. S. Page,
"Continuous inspection schemes", Biometrika 41, 1954).
"""

from __future__ import annotations

import math

from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import Detector, Heard
from tonewatch.stream.tone.score import log_odds


def rolling_tone(window: list[Heard]) -> tuple[float, float]:
    """Tone in [-1, 1] and its spread over the window; a segment weighs by its speech and by its nearness.

    The weight halves with each segment back. The spread is that of the weighted mean, never under 0.05.
    """
    weights = [h.speech_ms * 0.5**age for age, h in enumerate(reversed(window))]
    values = [-h.score for h in reversed(window)]
    total = sum(weights)
    if not total:
        return 0.0, 1.0
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / total
    variance = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True)) / total
    effective = total**2 / sum(w * w for w in weights)
    return mean, max(0.05, (variance / effective) ** 0.5)


def update(state: Detector, item: Heard, evidence: float, config: ToneConfig) -> float:
    """The chance that the tone is a degraded one, after a segment that speaks for it by `evidence` nats."""
    since_s = (item.end_ms - state.at_ms) / 1000 if state.at_ms >= 0 else 0.0
    state.at_ms = item.end_ms
    before = log_odds(moved(state.chance if state.chance is not None else config.chance_at_start, since_s, config))
    state.chance = round(chance(max(-config.most_certain, min(config.most_certain, before + evidence))), 6)
    state.fall = round(max(0.0, state.fall + evidence), 4)
    if state.fall == 0.0:
        state.fall_since_ms = -1
    elif state.fall_since_ms < 0:
        state.fall_since_ms = item.start_ms
    return state.chance


def moved(before: float, seconds: float, config: ToneConfig) -> float:
    """The chance after some time in which nothing was heard: both rates are small against one over the time."""
    falls = 1.0 - math.exp(-seconds / config.falls_every_s)
    recovers = 1.0 - math.exp(-seconds / config.recovers_after_s)
    return before * (1.0 - recovers) + (1.0 - before) * falls


def rest(state: Detector) -> None:
    """Back to the start: what was heard so far was no change after all."""
    state.chance = None
    state.fall = 0.0
    state.fall_since_ms = -1


def chance(odds: float) -> float:
    """The inverse of `log_odds`."""
    return 1.0 / (1.0 + math.exp(-odds))
