"""Since when is the caller degraded: by the likeliest sequence of emotions, which knows what came afterwards.

A segment that sounded happy as much as angry is a part of the anger that followed, if nothing else explains both as
well: the most likely sequence of states of the same model that the detector filters with (A. J. Viterbi, "Error bounds
for convolutional codes and an asymptotically optimum decoding algorithm", IEEE Transactions on Information Theory 13,
1967). Of each sequence only its score and where it became degraded is kept, so nothing of it has to be traced back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tonewatch.stream.tone.evidence.likelihood import DEGRADED, Nats

LEAST_CHANCE = 1e-12
"""What an impossible step counts as, so that its logarithm can be taken."""

Steps = Sequence[Sequence[float]]
"""Chances of going from the emotion of the row to that of the column."""


class BestPath(msgspec.Struct, frozen=True, kw_only=True):
    """The likeliest sequences up to now, one for each emotion that they may end in.

    scores    their log likelihoods, the likeliest at 0
    since_ms  where each became degraded and stayed so; -1 of those that end in a calm emotion
    """

    scores: tuple[float, ...]
    since_ms: tuple[int, ...]

    @classmethod
    def of(cls, posterior: Sequence[float], since_ms: int) -> BestPath:
        """From what is known of the emotions, of which the degraded ones began at `since_ms`."""
        scores = tuple(math.log(max(LEAST_CHANCE, share)) for share in posterior)
        return cls(scores=scores, since_ms=tuple(since_ms if n in DEGRADED else -1 for n in range(len(scores))))

    def after(self, nats: Nats, steps: Steps, began_ms: int) -> BestPath:
        """With one more segment; whatever became degraded with it did so at `began_ms`."""
        froms = [self._from(to, steps) for to in range(len(nats))]
        reached = [score + found for (score, _), found in zip(froms, nats, strict=True)]
        since = [self._since(before, to, began_ms) for to, (_, before) in enumerate(froms)]
        return BestPath(scores=tuple(round(one - max(reached), 4) for one in reached), since_ms=tuple(since))

    @property
    def degraded_since_ms(self) -> int:
        """Of the likeliest sequence that ends in a degraded emotion."""
        return self.since_ms[max(DEGRADED, key=lambda n: self.scores[n])]

    def _from(self, to: int, steps: Steps) -> tuple[float, int]:
        """Score of the likeliest way into an emotion, and the emotion before it."""
        return max(
            (score + math.log(max(LEAST_CHANCE, steps[before][to])), before) for before, score in enumerate(self.scores)
        )

    def _since(self, before: int, to: int, began_ms: int) -> int:
        if to not in DEGRADED:
            return -1
        return self.since_ms[before] if before in DEGRADED else began_ms
