"""Probability of a degraded tone and of each emotion, given a facts table alone: the best answer that facts allow.

A plain regression over the table's own numbers, fitted on windows of real voices. The explainer learns the answer that
the facts carry, not the emotion that the actor played: a reason must not rest on a label that no measurement shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.moments import LABEL
from tonewatch.stream.messages import EMOTIONS, Emotion, FactsTable
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.workers.reasons.checker.valence import valence
from tonewatch.workers.reasons.checker.verdicts import TALK_OVER_MS, share_of
from tonewatch.workers.reasons.engines.tokens import EMOTION_FACTS, PROSODY

UNSURE = 0.06
"""A probability this near to one half, either way, is answered with `unsure`."""


def features(facts: FactsTable) -> list[float]:
    """Differences in robust spreads (limited to 4) and their sizes, log posteriors now and at the baseline, tone,
    words, talking over.

    The sizes let a linear regression learn that where nothing moved nothing degraded, whatever the baseline is.
    """
    # An untrusted measurement counts as one at the baseline (z = 0).
    known = {fact.name: fact for fact in facts.facts if fact.confidence >= LEAST_CONFIDENCE}
    deviations = [max(-4.0, min(4.0, known[name].z)) if name in known else 0.0 for name in (*PROSODY, *EMOTION_FACTS)]
    now = [np.log(max(share_of(facts, name) or 0.02, 0.02)) for name in EMOTIONS]
    baseline = [np.log(max(share_of(facts, name, baseline=True) or 0.02, 0.02)) for name in EMOTIONS]
    words = sum(valence(quote.text) for quote in facts.quotes)
    sizes = [abs(z) for z in deviations]
    return [
        *deviations,
        float(np.mean(sizes[: len(PROSODY)])),
        max(sizes[len(PROSODY) :]),
        max(sizes),
        *now,
        *(a - b for a, b in zip(now, baseline, strict=True)),
        facts.tone,
        facts.tone - facts.tone_before,
        float(words > 0),
        float(words < 0),
        float(facts.talk_over_ms >= TALK_OVER_MS),
    ]


@dataclass(frozen=True)
class TeacherPosterior:
    """`degraded`: probability; `shares` over the four emotions."""

    degraded: float
    shares: dict[Emotion, float]

    @property
    def answer(self) -> str:
        """yes, no or unsure."""
        if abs(self.degraded - 0.5) < UNSURE:
            return "unsure"
        return "yes" if self.degraded > 0.5 else "no"

    @property
    def label(self) -> Emotion:
        """The likeliest emotion that goes with the answer: a tone does not degrade into joy."""
        fits: tuple[Emotion, ...] = ("angry", "sad") if self.answer == "yes" else EMOTIONS
        return max(fits, key=lambda name: self.shares[name])

    @property
    def confidence(self) -> float:
        return max(self.degraded, 1 - self.degraded)


class Teacher:
    """Two logistic regressions: degraded or not, and the emotion."""

    def __init__(self, tables: Sequence[FactsTable], degraded: Sequence[bool], moods: Sequence[Mood]) -> None:
        x = _matrix(tables)
        self._degraded = _regression().fit(x, np.array(degraded))
        self._mood = _regression().fit(x, np.array([LABEL[mood] for mood in moods]))

    def predict(self, tables: Sequence[FactsTable]) -> list[TeacherPosterior]:
        x = _matrix(tables)
        degraded = self._degraded.predict_proba(x)[:, 1]
        shares = self._mood.predict_proba(x)
        names: list[Emotion] = list(self._mood.classes_)
        return [
            TeacherPosterior(float(p), {name: float(s) for name, s in zip(names, row, strict=True)} | _absent(names))
            for p, row in zip(degraded, shares, strict=True)
        ]


def _absent(names: Sequence[Emotion]) -> dict[Emotion, float]:
    return {name: 0.0 for name in EMOTIONS if name not in names}


def _matrix(tables: Sequence[FactsTable]) -> NDArray[np.float64]:
    return np.array([features(facts) for facts in tables])


def _regression() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=500))
