"""Small statistics that the evaluations share: ratios, percentiles, and the bootstrap over voices.

Clips or calls of one voice are not independent, so whole voices are drawn again (B. Efron, R. J. Tibshirani, "An
Introduction to the Bootstrap", 1993, section 8.3 for the clusters, chapter 13 for the percentile interval).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Coverage of every interval that is reported."""

Interval = tuple[float, float]


def ratio(part: int, whole: int) -> float | None:
    """Rounded to four decimals; None where there is nothing to divide by."""
    return round(part / whole, 4) if whole else None


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Rounded to three decimals; None without a value."""
    return round(float(np.percentile(values, percent)), 3) if values else None


def draw_counts(strata: Sequence[str], draws: int, seed: int) -> NDArray[np.int64]:
    """Number of times that each voice occurs in each bootstrap sample, [draws, voices].

    `strata` names the stratum of each voice: voices are drawn with replacement within their stratum, so that every
    stratum keeps its number of voices.
    """
    names = np.array(strata, dtype=np.str_)
    rng = np.random.default_rng(seed)
    counts = np.zeros((draws, names.size), dtype=np.int64)
    for stratum in np.unique(names):
        inside = np.flatnonzero(names == stratum)
        # n draws with replacement from n voices are one multinomial draw of n with equal probabilities.
        counts[:, inside] = rng.multinomial(inside.size, np.full(inside.size, 1.0 / inside.size), size=draws)
    return counts


def percentile_interval(values: Sequence[float] | NDArray[np.float64]) -> Interval:
    """The central LEVEL of bootstrap replicates; NaN replicates are ignored."""
    low, high = np.nanpercentile(values, [50.0 * (1.0 - LEVEL), 50.0 * (1.0 + LEVEL)])
    return float(low), float(high)
