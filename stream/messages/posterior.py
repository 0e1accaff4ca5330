"""What the encoder heard."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages.common import Plain

Emotion = Literal["angry", "happy", "neutral", "sad"]

EMOTIONS: tuple[Emotion, ...] = ("angry", "happy", "neutral", "sad")
"""The order of every posterior."""


class Posterior(Plain, frozen=True, kw_only=True):
    """Calibrated probabilities of the encoder; they add up to 1."""

    angry: float
    happy: float
    neutral: float
    sad: float
