"""When did the tone begin to fall, when is it back: a filter over emotions, and a path that dates the change.

The caller is angry, happy, neutral or sad, and goes from one to another at known rates. Each segment says how much
likelier it is under one than under another; the filter keeps the posterior of the four, and a tone is degraded that is
angry or sad (the forward recursion of a hidden Markov model: L. R. Rabiner, "A tutorial on hidden Markov models",
Proceedings of the IEEE 77, 1989; as a detector of change: A. N. Shiryaev, "On optimum methods in quickest detection
problems", Theory of Probability and its Applications 8, 1963). Four states tell more than two: a delighted caller
sounds angry in one segment and happy in the next, and only one of the two explains them all. The sum of the log
likelihood ratios of degraded to calm, never under zero, says which segments speak for a change (E. S. Page,
"Continuous inspection schemes", Biometrika 41, 1954); it began where the likeliest path became degraded
(`best_path.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tonewatch.stream.messages import Said, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence import word_evidence
from tonewatch.stream.tone.evidence.best_path import BestPath
from tonewatch.stream.tone.evidence.likelihood import DEGRADED, Nats, evidence, with_words
from tonewatch.stream.tone.evidence.word_evidence import SpokenTopics
from tonewatch.stream.tone.judged_segment import JudgedSegment

FURTHEST_MS = 9_000
"""How far the path may go back before the evidence began to add up."""


class Detector(msgspec.Struct, kw_only=True):
    """What a call's segments say of its tone so far.

    posterior    of angry, happy, neutral, sad as of `at_ms`; null before any segment, and after a withdrawn alert
    probability  that the tone is degraded: angry and sad together
    at_ms        end of the newest segment; -1 before any
    cusum_nats   sum of the evidence for a degraded tone, never under zero
    rises_since_ms  where that sum last left zero; -1 while it is zero
    path         the likeliest sequences of emotions; null before any segment, and after a withdrawn alert
    window       the segments that the rolling tone is taken over, the newest last
    spoken       what the words of segments spoke of; each counts once, at the segment at which it is due
    """

    posterior: tuple[float, ...] | None = None
    probability: float | None = None
    at_ms: int = -1
    cusum_nats: float = 0.0
    rises_since_ms: int = -1
    path: BestPath | None = None
    window: list[JudgedSegment] = msgspec.field(default_factory=list)
    spoken: list[SpokenTopics] = msgspec.field(default_factory=list)

    @property
    def is_sad(self) -> bool:
        """Is the degraded tone distress rather than anger?"""
        angry, _happy, _neutral, sad = self.posterior or (0.0, 0.0, 1.0, 0.0)
        return sad > angry

    @property
    def degraded_since_ms(self) -> int:
        """Where the tone became degraded; -1 where nothing speaks for that.

        By the likeliest path, which goes back over a segment or two that left it open. Far before where the evidence
        began to add up it is the leaning of a voice, and no change.
        """
        if self.path is None or self.path.degraded_since_ms < self.rises_since_ms - FURTHEST_MS:
            return self.rises_since_ms
        return self.path.degraded_since_ms if self.rises_since_ms >= 0 else -1

    @property
    def tone(self) -> float | None:
        """The rolling tone now; null before any segment."""
        return self.window[-1].tone if self.window else None

    def hear_words(self, message: Words, language: str, config: ToneConfig) -> None:
        """Words came: they wait for the segment at which they count, if it has not been yet."""
        if self.at_ms < message.end_ms + config.words_wait_ms:
            self.spoken = word_evidence.with_topics_of(self.spoken, message, language, config)

    def words_between(self, start_ms: int, end_ms: int) -> tuple[Said, ...]:
        """What was said between the two times, and has counted by now."""
        return word_evidence.counted(self.spoken, start_ms, end_ms, self.at_ms)

    def add(self, item: JudgedSegment, voice: Nats, config: ToneConfig) -> float:
        """Take a segment in, by its voice and by the words that are due at it; returns the spread of the rolling tone.

        Sets the item's `tone` and `probability`. `voice`: log likelihoods by emotion.
        """
        self.window = [h for h in self.window if h.end_ms >= item.end_ms - config.window_ms] + [item]
        item.tone, spread = rolling_tone(self.window)
        said = word_evidence.due(self.spoken, self.at_ms, item.end_ms)
        words_nats = word_evidence.weigh(said, config)
        since_s = (item.end_ms - self.at_ms) / 1000 if self.at_ms >= 0 else 0.0
        nats = with_words(voice, words_nats)
        self._follow_path(nats, since_s, self._began_ms(item, said if words_nats > 0 else []), config)
        self._update(item, nats, since_s, config)
        item.probability = self.probability
        if words_nats > 0 and self.rises_since_ms == item.start_ms:
            # The change began when the words were said, which is before the segment at which they count.
            self.rises_since_ms = min(one.start_ms for one in said)
        return spread

    def leave_voice(self, item: JudgedSegment) -> None:
        """The window goes on without the embedding of this segment, which was judged."""
        self.window = [msgspec.structs.replace(one, embedding=b"") if one is item else one for one in self.window]

    def _began_ms(self, item: JudgedSegment, said: Sequence[SpokenTopics]) -> int:
        """Where a change began that this segment shows: with the words that count at it, if their voice was judged."""
        judged = {one.segment_id for one in self.window}
        return min([item.start_ms, *(one.start_ms for one in said if one.segment_id in judged)])

    def reset(self) -> None:
        """Back to the start: what was heard so far was no change after all."""
        self.posterior = None
        self.probability = None
        self.cusum_nats = 0.0
        self.rises_since_ms = -1
        self.path = None

    def _update(self, item: JudgedSegment, nats: Nats, since_s: float, config: ToneConfig) -> None:
        self.at_ms = item.end_ms
        # Forward recursion: posterior(t) ~ likelihood(t) * transition(dt) * posterior(t - 1).
        before = moved(self.posterior, since_s, config) if self.posterior else config.at_start
        likelihoods = [math.exp(n) for n in nats]
        weights = [share * likelihood for share, likelihood in zip(before, likelihoods, strict=True)]
        self.posterior = _bounded(weights, config.least_posterior)
        self.probability = round(sum(self.posterior[index] for index in DEGRADED), 6)
        # CUSUM: S(t) = max(0, S(t - 1) + log(p(degraded) / p(calm))).
        self.cusum_nats = round(max(0.0, self.cusum_nats + evidence(nats)), 4)
        if self.cusum_nats == 0.0:
            self.rises_since_ms = -1
        elif self.rises_since_ms < 0:
            self.rises_since_ms = item.start_ms

    def _follow_path(self, nats: Nats, since_s: float, began_ms: int, config: ToneConfig) -> None:
        """Before the filter takes the segment in."""
        if self.path is None:
            # A state of a release that knew no paths goes on from what it knew of the emotions.
            since_ms = self.rises_since_ms if self.posterior and self.rises_since_ms >= 0 else began_ms
            self.path = BestPath.of(self.posterior or config.at_start, since_ms)
        self.path = self.path.after(nats, steps(since_s, config), began_ms)


def steps(seconds: float, config: ToneConfig) -> list[list[float]]:
    """Chances of going from each emotion to each, in the order of EMOTIONS, in a time in which nothing was heard."""
    return [moved([float(one == now) for one in range(4)], seconds, config) for now in range(4)]


def rolling_tone(window: Sequence[JudgedSegment]) -> tuple[float, float]:
    """Tone in [-1, 1] and its spread over the window; a segment weighs by its speech and by its nearness.

    The weight halves with each segment back. The spread is that of the weighted mean, never under 0.05.
    """
    weights = [h.speech_ms * 0.5**age for age, h in enumerate(reversed(window))]
    values = [h.own_tone for h in reversed(window)]
    total = sum(weights)
    if not total:
        return 0.0, 1.0
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / total
    variance = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True)) / total
    # Kish's effective number of segments: (sum w)^2 / sum w^2.
    effective = total**2 / sum(w * w for w in weights)
    return mean, max(0.05, (variance / effective) ** 0.5)


def moved(posterior: Sequence[float], seconds: float, config: ToneConfig) -> list[float]:
    """The posterior after some time in which nothing was heard, of angry, happy, neutral, sad.

    From neutral to each of the others alike, from each of them back, and, seldom, from one straight to another. The
    rates are small against one over the time between two segments. A segment that ends before the one that was taken in
    last moves nothing.
    """
    seconds = max(0.0, seconds)
    leaves = 1.0 - math.exp(-seconds / config.leaves_every_s)
    returns = 1.0 - math.exp(-seconds / config.returns_after_s)
    turns = (1.0 - math.exp(-seconds / config.turns_every_s)) * (1.0 - returns) / 2
    angry, happy, neutral, sad = posterior
    away = angry + happy + sad
    # Columns of the transition matrix add up to 1: what leaves one state arrives in the others.
    after = [b * (1.0 - returns - 3 * turns) + away * turns + neutral * leaves / 3 for b in (angry, happy, sad)]
    return [after[0], after[1], neutral * (1.0 - leaves) + away * returns, after[2]]


def _bounded(weights: Sequence[float], least: float) -> tuple[float, ...]:
    """Shares, none so small that it cannot come back."""
    total = sum(weights)
    shares = [max(least, weight / total) for weight in weights]
    return tuple(round(share / sum(shares), 6) for share in shares)
