"""How much the rules miss, by calls that were drawn before anything of them was known and then heard whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tonewatch.stream.archive.review.precision import together, wilson
from tonewatch.stream.archive.review.views import Judged, Recall

SAME_MS = 15_000
"""Marks of a missed moment that lie no further apart are of one and the same: people press at different words."""


@dataclass(frozen=True)
class HeardCall:
    """A sampled call that somebody judged whole.

    `alerts`: what people say together of each alert that fired; `said`: each person's word for the call, `right` or
    `missed`; `missed_ms`: where anybody marked something as missed.
    """

    alerts: Sequence[Judged]
    said: Mapping[str, Judged]
    missed_ms: Sequence[int]

    @property
    def is_missed(self) -> bool:
        """Something was, as most of those who heard it say."""
        return together(self.said.values()) == "missed"


def moments_of(missed_ms: Iterable[int]) -> int:
    """How many moments the marks are of."""
    count, last = 0, None
    for at_ms in sorted(missed_ms):
        if last is None or at_ms - last > SAME_MS:
            count += 1
        last = at_ms
    return count


def recall_of(calls: Iterable[HeardCall]) -> Recall:
    """Over all of these calls."""
    heard = list(calls)
    quiet = [call for call in heard if not call.alerts]
    found = sum(label == "right" for call in heard for label in call.alerts)
    missed = sum(moments_of(call.missed_ms) for call in heard if call.is_missed)
    due = found + missed
    low, high = wilson(found, due)
    return Recall(
        calls=len(heard),
        quiet=len(quiet),
        quiet_missed=sum(call.is_missed for call in quiet),
        found=found,
        missed=missed,
        recall=found / due if due else None,
        low=low if due else None,
        high=high if due else None,
    )
