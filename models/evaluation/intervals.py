"""How far a figure would move with other speakers: clips of one voice are not independent, so voices are redrawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.evaluation.metrics import Labels, Posteriors, confusion_matrix, recall_of_matrices

DRAWS = 2_000
LEVEL = 0.95

Interval = tuple[float, float]


def recall_interval(
    posteriors: Posteriors, labels: Labels, speakers: Sequence[str], strata: Sequence[str], *, seed: int = 0
) -> Interval | None:
    """Percentile bootstrap of the unweighted recall at LEVEL (Efron and Tibshirani 1993, chapter 13).

    Speakers are drawn with replacement within each stratum (a corpus), so that every corpus keeps its number of
    voices. With few voices the interval is too narrow. None with fewer than two speakers in all.
    """
    voices = sorted(set(zip(strata, speakers, strict=True)))
    if len(voices) < 2:
        return None
    place = {voice: index for index, voice in enumerate(voices)}
    whose = np.array([place[voice] for voice in zip(strata, speakers, strict=True)])
    matrices = np.array(
        [confusion_matrix(posteriors[whose == one], labels[whose == one]) for one in range(len(voices))]
    )
    times = _draw_within(np.array([stratum for stratum, _ in voices]), np.random.default_rng(seed))
    recalls = recall_of_matrices(np.einsum("dv,vij->dij", times, matrices))
    low, high = np.nanpercentile(recalls, [50.0 * (1.0 - LEVEL), 50.0 * (1.0 + LEVEL)])
    return float(low), float(high)


def _draw_within(strata: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each voice is drawn, [DRAWS, voices]."""
    times = np.zeros((DRAWS, strata.size), dtype=np.int64)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        times[:, inside] = rng.multinomial(inside.size, np.full(inside.size, 1.0 / inside.size), size=DRAWS)
    return times
