"""When did the tone begin to fall, when is it back: a one-sided CUSUM with separate thresholds to fire and to clear.

E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954): the sum of (score - drift), never under zero; where
it last left zero is the estimate of the onset. Scores are weighted with the seconds of speech they were measured on.
"""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import Detector, Heard

Verdict = Literal["none", "onset", "recovery"]


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


def update(state: Detector, item: Heard, window: list[Heard], config: ToneConfig) -> Verdict:
    """Take one segment into account; `item` is the last of `window`, with its score and rolling tone set."""
    if state.degraded:
        return _watch_for_recovery(state, item, config)
    state.fall = max(0.0, state.fall + (item.score - config.drift) * item.speech_ms / 1000)
    if state.fall == 0.0:
        state.fall_since_ms = -1
        return "none"
    if state.fall_since_ms < 0:
        state.fall_since_ms = item.start_ms
    since = [h for h in window if h.start_ms >= state.fall_since_ms]
    if (
        state.fall >= config.evidence
        and item.tone <= config.fire
        and len(since) >= config.min_segments
        and item.start_ms >= state.quiet_until_ms
    ):
        state.degraded = True
        state.clear_since_ms = -1
        return "onset"
    return "none"


def _watch_for_recovery(state: Detector, item: Heard, config: ToneConfig) -> Verdict:
    if item.tone < config.clear:
        state.clear_since_ms = -1
        return "none"
    if state.clear_since_ms < 0:
        state.clear_since_ms = item.start_ms
    if item.end_ms - state.clear_since_ms < config.hold_ms:
        return "none"
    rest(state, item.end_ms, config)
    return "recovery"


def rest(state: Detector, at_ms: int, config: ToneConfig) -> None:
    """Back to the start, with a cool-down before the next alert."""
    state.degraded = False
    state.fall = 0.0
    state.fall_since_ms = -1
    state.clear_since_ms = -1
    state.quiet_until_ms = at_ms + config.cooldown_ms
