"""Probabilities of the four emotions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Self

from tonewatch.stream.messages.bounds import Share
from tonewatch.stream.messages.common import Plain

Emotion = Literal["angry", "happy", "neutral", "sad"]

EMOTIONS: tuple[Emotion, ...] = ("angry", "happy", "neutral", "sad")
"""The order of every posterior."""

DIGITS = 4
"""Shares are rounded to these when they are computed, so that a message and a state that went through JSON agree."""


class Posterior(Plain, frozen=True, kw_only=True):
    """Calibrated probabilities of the encoder; they add up to 1."""

    angry: Share
    happy: Share
    neutral: Share
    sad: Share

    @classmethod
    def of(cls, shares: Iterable[float]) -> Self:
        """From four probabilities in the order of EMOTIONS, rounded to DIGITS."""
        angry, happy, neutral, sad = (round(float(share), DIGITS) for share in shares)
        return cls(angry=angry, happy=happy, neutral=neutral, sad=sad)

    def shares(self) -> tuple[float, float, float, float]:
        """In the order of EMOTIONS."""
        return self.angry, self.happy, self.neutral, self.sad


def mean_posterior(posteriors: Sequence[Posterior], weights: Sequence[float] | None = None) -> Posterior | None:
    """Weighted mean; null where nothing is there or nothing weighs."""
    weights = [1.0] * len(posteriors) if weights is None else weights
    total = sum(weights)
    if not total:
        return None
    columns = zip(*(posterior.shares() for posterior in posteriors), strict=True)
    return Posterior.of(
        sum(share * weight for share, weight in zip(column, weights, strict=True)) / total for column in columns
    )
