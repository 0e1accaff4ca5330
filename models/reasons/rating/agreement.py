"""Krippendorff's alpha for ordinal ratings, with ratings missing.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011: alpha = 1 - D_o / D_e over the coincidence matrix,
with the ordinal difference: the square of the number of ratings between two ranks, those at either end counted half.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def ordinal_alpha(units: Sequence[Sequence[int]]) -> float | None:
    """`units`: the ratings of each text. Null where no text has two, or all ratings are the same (nothing to agree on).

    1 is agreement in everything, 0 what chance would give.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    ranks = sorted({rating for unit in pairable for rating in unit})
    if len(ranks) < 2:
        return None
    coincidences = _coincidences(pairable, ranks)
    totals = coincidences.sum(axis=1)
    differences = _ordinal_differences(totals)
    expected = (np.outer(totals, totals) * differences).sum() / (totals.sum() - 1)
    return float(1.0 - (coincidences * differences).sum() / expected)


def _coincidences(units: Sequence[Sequence[int]], ranks: Sequence[int]) -> NDArray[np.float64]:
    """How often two ranks were given to the same text, each unit of m ratings counting m in all: [ranks, ranks]."""
    found = np.zeros((len(ranks), len(ranks)))
    for unit in units:
        counts = np.array([unit.count(rank) for rank in ranks], dtype=np.float64)
        # A rating makes no pair with itself: the diagonal has n(n-1) pairs, not n squared.
        found += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    return found


def _ordinal_differences(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    reached = np.cumsum(totals) - totals / 2
    squared: NDArray[np.float64] = (reached[:, None] - reached[None, :]) ** 2
    return squared
