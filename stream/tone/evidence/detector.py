"""When did the tone begin to fall, when is it back: a Bayesian filter over emotions, and a CUSUM that dates the change.

The caller is angry, happy, neutral or sad, and goes from one to another at known rates. Each segment says how much
likelier it is under one than under another; the filter keeps what is believed of each, and a tone is degraded that is
angry or sad (the forward recursion of a hidden Markov model: L. R. Rabiner, "A tutorial on hidden Markov models",
Proceedings of the IEEE 77, 1989; as a detector of change: A. N. Shiryaev, "On optimum methods in quickest detection
problems", Theory of Probability and its Applications 8, 1963). Four states tell more than two: a delighted caller
sounds angry in one segment and happy in the next, and only one of the two explains them all. The sum of the log
likelihood ratios of degraded to calm, never under zero, last left zero where the change most likely began (E. S. Page,
"Continuous inspection schemes", Biometrika 41, 1954).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.likelihood import DEGRADED, evidence
from tonewatch.stream.tone.state import Detector, JudgedSegment


def rolling_tone(window: list[JudgedSegment]) -> tuple[float, float]:
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


def update(state: Detector, item: JudgedSegment, nats: Sequence[float], config: ToneConfig) -> float:
    """The probability that the tone is a degraded one, after a segment of these log likelihoods by emotion."""
    since_s = (item.end_ms - state.at_ms) / 1000 if state.at_ms >= 0 else 0.0
    state.at_ms = item.end_ms
    before = moved(state.posterior, since_s, config) if state.posterior else config.at_start
    state.posterior = _bounded([b * math.exp(n) for b, n in zip(before, nats, strict=True)], config.least_posterior)
    state.probability = round(sum(state.posterior[place] for place in DEGRADED), 6)
    state.fall = round(max(0.0, state.fall + evidence(nats)), 4)
    if state.fall == 0.0:
        state.fall_since_ms = -1
    elif state.fall_since_ms < 0:
        state.fall_since_ms = item.start_ms
    return state.probability


def moved(posterior: Sequence[float], seconds: float, config: ToneConfig) -> list[float]:
    """What is believed after some time in which nothing was heard, of angry, happy, neutral, sad.

    From neutral to each of the others alike, from each of them back, and, seldom, from one straight to another. The
    rates are small against one over the time between two segments.
    """
    leaves = 1.0 - math.exp(-seconds / config.leaves_every_s)
    returns = 1.0 - math.exp(-seconds / config.returns_after_s)
    turns = (1.0 - math.exp(-seconds / config.turns_every_s)) * (1.0 - returns) / 2
    angry, happy, neutral, sad = posterior
    away = angry + happy + sad
    after = [b * (1.0 - returns - 3 * turns) + away * turns + neutral * leaves / 3 for b in (angry, happy, sad)]
    return [after[0], after[1], neutral * (1.0 - leaves) + away * returns, after[2]]


def _bounded(weights: Sequence[float], least: float) -> tuple[float, ...]:
    """Shares, none so small that it cannot come back."""
    total = sum(weights)
    shares = [max(least, weight / total) for weight in weights]
    return tuple(round(share / sum(shares), 6) for share in shares)


def is_sad(state: Detector) -> bool:
    """Is the degraded tone distress rather than anger?"""
    angry, _happy, _neutral, sad = state.posterior or (0.0, 0.0, 1.0, 0.0)
    return sad > angry


def rest(state: Detector) -> None:
    """Back to the start: what was heard so far was no change after all."""
    state.posterior = None
    state.probability = None
    state.fall = 0.0
    state.fall_since_ms = -1
