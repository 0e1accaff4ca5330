"""Has what the encoder hears drifted? The population stability index of its posterior against a reference.

For each emotion, over ten bins of its share, with p the proportion of the recent segments in a bin and q that of the
reference: the sum of (p - q) ln(p / q). It is the symmetric Kullback-Leibler divergence (Jeffreys 1946), known as PSI
from credit scoring, where below 0.1 is taken for no change and above 0.25 for one that somebody must look into
(Siddiqi, Credit Risk Scorecards, 2006). Half a segment is added to every bin, so that an empty one gives no infinity.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tonewatch.stream.errors import ModelError
from tonewatch.stream.messages import Posterior
from tonewatch.stream.messages.posterior import EMOTIONS, Emotion
from tonewatch.stream.service.metrics import Metrics

BINS = 10
WINDOW_SEGMENTS = 1000
LEAST_SEGMENTS = 200
"""Fewer say little: chance alone gives an index of about (BINS - 1) / segments for each of the two sides."""

EVERY_SEGMENTS = 10
"""The index is computed again after so many."""

Counts = dict[Emotion, list[int]]


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """How the shares were distributed when the encoder was right: segments a bin, by emotion.

    `space` names the weights that it belongs to, `made_from` says in words whose segments these were.
    """

    space: str
    made_from: str
    segments: int
    counts: Counts


def bin_of(share: float) -> int:
    """Bins are [0, .1), [.1, .2), ... [.9, 1]."""
    return min(BINS - 1, int(share * BINS))


def count(posteriors: Iterable[Posterior]) -> Counts:
    """Segments a bin, by emotion."""
    counts: Counts = {emotion: [0] * BINS for emotion in EMOTIONS}
    for posterior in posteriors:
        _add(counts, posterior, 1)
    return counts


def stability_index(recent: Sequence[int], reference: Sequence[int]) -> float:
    """PSI of two histograms over the same bins; 0 where they are alike, in nats."""
    pairs = zip(_proportions(recent), _proportions(reference), strict=True)
    return sum((p - q) * math.log(p / q) for p, q in pairs)


def _proportions(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + 0.5 * len(counts)
    return [(one + 0.5) / total for one in counts]


def read_reference(path: Path) -> Reference:
    """
    Raises:
        ModelError: the file is missing, damaged, or has other bins.
    """
    try:
        reference = msgspec.json.decode(path.read_bytes(), type=Reference)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(f"{path} is no reference of a posterior ({error}): see TONEWATCH_DRIFT_REFERENCE.") from error
    if set(reference.counts) != set(EMOTIONS) or any(len(bins) != BINS for bins in reference.counts.values()):
        raise ModelError(f"{path} has other emotions or bins than this release: make it again.")
    return reference


class PosteriorDrift:
    """The newest segments of one listener beside the reference."""

    def __init__(
        self,
        reference: Reference,
        metrics: Metrics,
        *,
        window: int = WINDOW_SEGMENTS,
        least: int = LEAST_SEGMENTS,
        every: int = EVERY_SEGMENTS,
    ) -> None:
        self._reference = reference
        self._metrics = metrics
        self._window = window
        self._least = least
        self._every = every
        self._recent: deque[Posterior] = deque()
        self._counts = count(())
        self._seen = 0
        self._lock = threading.Lock()  # Segments are analysed in threads.

    def see(self, posterior: Posterior) -> None:
        """One more segment; the oldest beyond the window is forgotten."""
        with self._lock:
            self._recent.append(posterior)
            _add(self._counts, posterior, 1)
            if len(self._recent) > self._window:
                _add(self._counts, self._recent.popleft(), -1)
            self._seen += 1
            if len(self._recent) >= self._least and self._seen % self._every == 0:
                self._tell()

    def _tell(self) -> None:
        self._metrics.posterior_window.set(len(self._recent))
        for emotion in EMOTIONS:
            index = stability_index(self._counts[emotion], self._reference.counts[emotion])
            self._metrics.posterior_psi.labels(emotion=emotion).set(index)


def _add(counts: Counts, posterior: Posterior, amount: int) -> None:
    for emotion, share in zip(EMOTIONS, posterior.shares(), strict=True):
        counts[emotion][bin_of(share)] += amount
