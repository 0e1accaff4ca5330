"""How often the alerts of a rule were right, as people judged them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tonewatch.stream.archive.review.views import Judged, PrecisionRow

Z_95 = 1.959964
"""Of the standard normal distribution, for an interval of 95 %."""


@dataclass(frozen=True)
class JudgedAlert:
    """An alert with what each person said of it, and what of that blind; `onset_at_ms` is null where nothing tells its
    wall clock."""

    alert_id: str
    rule: str
    queue: str
    onset_at_ms: int | None
    labels: Mapping[str, Judged]
    blind: Mapping[str, Judged] = field(default_factory=dict)


def wilson(hits: int, count: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of a proportion, within 0..1; all of it where nothing was counted.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    centre = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def together(labels: Iterable[Judged]) -> Judged:
    """What more than half of the people say; `disputed` where no such half is, '' where nobody said anything."""
    counted = Counter(labels)
    if not counted:
        return ""
    label, most = counted.most_common(1)[0]
    return label if 2 * most > counted.total() else "disputed"


def precision_rows(alerts: Iterable[JudgedAlert]) -> tuple[PrecisionRow, ...]:
    """A row for each rule, queue and week, newest week first."""
    groups: dict[tuple[str, str, str], list[JudgedAlert]] = defaultdict(list)
    for alert in alerts:
        groups[week_of(alert.onset_at_ms), alert.rule, alert.queue].append(alert)
    ordered = sorted(sorted(groups), key=lambda key: key[0], reverse=True)
    return tuple(
        precision_row(groups[week, rule, queue], rule=rule, queue=queue, week=week) for week, rule, queue in ordered
    )


def precision_row(alerts: Iterable[JudgedAlert], *, rule: str = "", queue: str = "", week: str = "") -> PrecisionRow:
    """Of all these alerts; the three words are what they have in common, '' for nothing."""
    counted = Counter(together(alert.labels.values()) for alert in alerts)
    count = counted["right"] + counted["wrong"] + counted["not_actionable"]
    low, high = wilson(counted["right"], count)
    return PrecisionRow(
        rule=rule,
        queue=queue,
        week=week,
        right=counted["right"],
        wrong=counted["wrong"],
        not_actionable=counted["not_actionable"],
        disputed=counted["disputed"],
        precision=counted["right"] / count if count else None,
        low=low if count else None,
        high=high if count else None,
    )


def week_of(at_ms: int | None) -> str:
    """ISO 8601's week of a wall clock in UTC, `2026-W48`; '' where it is not known."""
    if at_ms is None:
        return ""
    year, week, _day = datetime.fromtimestamp(at_ms / 1000, UTC).isocalendar()
    return f"{year}-W{week:02d}"
