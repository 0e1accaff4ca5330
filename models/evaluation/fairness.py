"""Does a model treat some people worse? Recall, false alarms and abstention by group, with intervals.

A clip counts as called degraded where its likeliest emotion is angry or sad; labels angry and sad are degraded, happy
and neutral are not. Of proportions over clips Wilson's interval is given (E. B. Wilson 1927, JASA 22, 209-212), which
takes clips for independent; clips of one voice are not, so the bootstrap over voices stands beside it where a group has
two voices or more, and what is concluded should rest on that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.estimates import LEVEL, Interval, draw_counts, percentile_interval
from tonewatch.models.evaluation.results import Answers

DEGRADED: Final = ("angry", "sad")
DRAWS: Final = 2_000
_Z: Final = 1.959963984540054
"""Of LEVEL, two-sided, in the normal distribution."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Share:
    """`part` of `whole`; the intervals are null where there is nothing to divide by, or fewer than two voices."""

    part: int
    whole: int
    wilson: Interval | None
    voices: Interval | None

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Gap:
    """A group's share less that of all others of the same grouping, with its interval over voices."""

    value: float | None
    interval: Interval | None

    @property
    def is_found(self) -> bool:
        """Does the interval leave 0 out?"""
        return self.interval is not None and not self.interval[0] <= 0.0 <= self.interval[1]


@dataclass(frozen=True)
class GroupResult:
    """One group of one grouping (`gender` = `female`). Recall: of degraded clips; false alarms: of all others."""

    grouping: str
    group: str
    clips: int
    voices: int
    recall: Share
    false_alarms: Share
    abstained: Share
    recall_gap: Gap
    false_alarms_gap: Gap
    abstained_gap: Gap


def by_groups(answers: Answers, groupings: Mapping[str, Sequence[str]], *, seed: int = 0) -> list[GroupResult]:
    """`groupings`: for each name the group of each clip, '' where it is not known; those clips are left out of it."""
    return [
        _group(answers, name, np.array(groups, dtype=np.str_), group, seed)
        for name, groups in groupings.items()
        for group in sorted({one for one in groups if one})
    ]


def wilson(part: int, whole: int) -> Interval | None:
    """
    >>> low, high = wilson(8, 10) or (0, 0)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if not whole:
        return None
    share, z2 = part / whole, _Z * _Z / whole
    # (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
    middle, half = share + z2 / 2.0, _Z * math.sqrt(share * (1.0 - share) / whole + z2 / (4.0 * whole))
    low, high = (middle - half) / (1.0 + z2), (middle + half) / (1.0 + z2)
    return max(0.0, min(share, low)), min(1.0, max(share, high))


def _group(answers: Answers, grouping: str, groups: NDArray[np.str_], group: str, seed: int) -> GroupResult:
    degraded = np.array([answers.classes.index(name) for name in DEGRADED])
    called = np.isin(answers.posteriors.argmax(1), degraded)
    is_degraded, inside, known = np.isin(answers.labels, degraded), groups == group, groups != ""
    kinds: list[tuple[Bools, Bools]] = [
        (called, is_degraded),
        (called, ~is_degraded),
        (answers.abstained != "", np.ones_like(inside)),
    ]
    voices = np.array([f"{c}/{s}" for c, s in zip(answers.corpora, answers.speakers, strict=True)], dtype=np.str_)
    shares = [_share(yes, inside & among, voices, seed) for yes, among in kinds]
    gaps = [_gap(yes, inside & among, known & ~inside & among, voices, seed) for yes, among in kinds]
    recall, false_alarms, abstained = shares
    recall_gap, false_alarms_gap, abstained_gap = gaps
    return GroupResult(
        grouping=grouping,
        group=group,
        clips=int(inside.sum()),
        voices=len(set(voices[inside])),
        recall=recall,
        false_alarms=false_alarms,
        abstained=abstained,
        recall_gap=recall_gap,
        false_alarms_gap=false_alarms_gap,
        abstained_gap=abstained_gap,
    )


def _share(yes: Bools, chosen: Bools, voices: NDArray[np.str_], seed: int) -> Share:
    part, whole = int((yes & chosen).sum()), int(chosen.sum())
    draws = _draws(yes, chosen, voices, seed)
    return Share(part, whole, wilson(part, whole), None if draws is None else percentile_interval(draws))


def _gap(yes: Bools, inside: Bools, outside: Bools, voices: NDArray[np.str_], seed: int) -> Gap:
    if not inside.any() or not outside.any():
        return Gap(None, None)
    value = float(yes[inside].mean() - yes[outside].mean())
    one, other = _draws(yes, inside, voices, seed), _draws(yes, outside, voices, seed + 1)
    return Gap(value, None if one is None or other is None else percentile_interval(one - other))


def _draws(yes: Bools, chosen: Bools, voices: NDArray[np.str_], seed: int) -> NDArray[np.float64] | None:
    """The share in each bootstrap sample of whole voices, drawn within their corpus; null with fewer than two."""
    names = sorted(set(voices[chosen].tolist()))
    if len(names) < 2:
        return None
    parts = np.array([(yes & chosen & (voices == name)).sum() for name in names], dtype=np.float64)
    wholes = np.array([(chosen & (voices == name)).sum() for name in names], dtype=np.float64)
    counts = draw_counts([name.partition("/")[0] for name in names], DRAWS, seed)
    return np.asarray((counts @ parts) / np.maximum(counts @ wholes, 1.0))


assert LEVEL == 0.95, "_Z is of this level"
