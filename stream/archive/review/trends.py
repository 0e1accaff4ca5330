"""How much there was to do and how it went: calls, alerts, answers and verdicts by hour, queue and team."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Integer, cast, func, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.filters import EVERYTHING, Reach
from tonewatch.stream.archive.review.judged import Blinding, by_alert
from tonewatch.stream.archive.review.precision import together, wilson
from tonewatch.stream.archive.review.views import Judged

Key = TypeVar("Key", int, str)

HOUR_MS = 3_600_000

LONGEST_HOURS = 14 * 24
"""Of one question: each alert in it is looked at."""


class TrendRow(msgspec.Struct, frozen=True, kw_only=True):
    """What began within an hour, or of a queue or a team in all hours; what a row is not of stays 0 or ''.

    `acknowledge_s`: median from firing to the first acknowledgement, of those that were acknowledged. `right` of
    `judged` alerts were right, as in the precision of the review desk; `low` and `high` are Wilson's interval of 95 %.
    """

    hour_at_ms: int = 0
    queue: str = ""
    team: str = ""
    calls: int = 0
    alerts: int = 0
    acknowledged: int = 0
    acknowledge_s: float | None = None
    right: int = 0
    judged: int = 0
    low: float | None = None
    high: float | None = None


class Trends(msgspec.Struct, frozen=True, kw_only=True):
    """Every hour from `from_ms` on, empty ones too; then the queues and the teams, those with most alerts first."""

    from_ms: int
    until_ms: int
    hours: tuple[TrendRow, ...]
    queues: tuple[TrendRow, ...]
    teams: tuple[TrendRow, ...]


@dataclass(frozen=True)
class Wanted:
    """From an hour on, wall clock, so many hours; '' is any queue or team; `reach` is what who asks may see."""

    from_ms: int
    hours: int
    queue: str = ""
    team: str = ""
    reach: Reach = EVERYTHING

    @property
    def until_ms(self) -> int:
        return self.from_ms + self.hours * HOUR_MS


@dataclass(frozen=True)
class Place:
    """Where and when something began."""

    hour_at_ms: int
    queue: str
    team: str


@dataclass
class Tally:
    """What is counted of one row."""

    calls: int = 0
    alerts: int = 0
    waits_s: list[float] = field(default_factory=list)
    verdicts: list[Judged] = field(default_factory=list)


def trends(db: Connection, wanted: Wanted, blinding: Blinding) -> Trends:
    """Calls count in the hour in which they began, alerts in that in which they fired; verdicts when closed."""
    tallies: dict[Place, Tally] = defaultdict(Tally)
    _count_calls(db, wanted, tallies)
    _count_alerts(db, wanted, tallies, blinding)
    hours = {wanted.from_ms + hour * HOUR_MS: Tally() for hour in range(wanted.hours)}
    by_hour = _together(tallies, lambda place: place.hour_at_ms, hours)
    by_queue = _together(tallies, lambda place: place.queue, {})
    by_team = _together(tallies, lambda place: place.team, {})
    return Trends(
        from_ms=wanted.from_ms,
        until_ms=wanted.until_ms,
        hours=tuple(_row(tally, hour_at_ms=hour) for hour, tally in sorted(by_hour.items())),
        queues=_ordered(_row(tally, queue=queue) for queue, tally in by_queue.items() if queue),
        teams=_ordered(_row(tally, team=team) for team, tally in by_team.items() if team),
    )


def _count_calls(db: Connection, wanted: Wanted, tallies: dict[Place, Tally]) -> None:
    calls = schema.calls.c
    began = func.coalesce(calls.started_at_ms, calls.first_at_ms)
    hour = cast((began - wanted.from_ms) / HOUR_MS, Integer)
    query = select(hour, calls.queue, calls.team, func.count()).where(
        began >= wanted.from_ms, began < wanted.until_ms, *wanted.reach.conditions()
    )
    if wanted.queue:
        query = query.where(calls.queue == wanted.queue)
    if wanted.team:
        query = query.where(calls.team == wanted.team)
    for index, queue, team, count in db.execute(query.group_by(hour, calls.queue, calls.team)):
        tallies[Place(wanted.from_ms + index * HOUR_MS, queue, team)].calls += count


def _count_alerts(db: Connection, wanted: Wanted, tallies: dict[Place, Tally], blinding: Blinding) -> None:
    alerts, calls = schema.alerts.c, schema.calls.c
    query = (
        select(alerts.alert_id, alerts.queue, calls.team, alerts.fired_at_ms, alerts.acknowledged_at_ms)
        .select_from(schema.alerts.join(schema.calls))
        .where(alerts.fired_at_ms >= wanted.from_ms, alerts.fired_at_ms < wanted.until_ms)
        .where(*wanted.reach.conditions())
    )
    if wanted.queue:
        query = query.where(alerts.queue == wanted.queue)
    if wanted.team:
        query = query.where(calls.team == wanted.team)
    given = by_alert(db)
    for alert_id, queue, team, fired_at_ms, acknowledged_at_ms in db.execute(query):
        hour = wanted.from_ms + (fired_at_ms - wanted.from_ms) // HOUR_MS * HOUR_MS
        tally = tallies[Place(hour, queue, team)]
        tally.alerts += 1
        if acknowledged_at_ms is not None:
            # Clocks of two machines may differ by more than a quick hand needs.
            tally.waits_s.append(max(0.0, (acknowledged_at_ms - fired_at_ms) / 1000))
        # Who may still judge a moment must not read here what others said of it.
        if (of := given.get(alert_id)) and of.is_closed(blinding):
            tally.verdicts.append(together(of.labels().values()))


def _together(tallies: Mapping[Place, Tally], key: Callable[[Place], Key], found: dict[Key, Tally]) -> dict[Key, Tally]:
    for place, tally in tallies.items():
        into = found.setdefault(key(place), Tally())
        into.calls += tally.calls
        into.alerts += tally.alerts
        into.waits_s += tally.waits_s
        into.verdicts += tally.verdicts
    return found


def _row(tally: Tally, *, hour_at_ms: int = 0, queue: str = "", team: str = "") -> TrendRow:
    right = tally.verdicts.count("right")
    judged = right + tally.verdicts.count("wrong") + tally.verdicts.count("not_actionable")
    low, high = wilson(right, judged)
    return TrendRow(
        hour_at_ms=hour_at_ms,
        queue=queue,
        team=team,
        calls=tally.calls,
        alerts=tally.alerts,
        acknowledged=len(tally.waits_s),
        acknowledge_s=round(statistics.median(tally.waits_s), 1) if tally.waits_s else None,
        right=right,
        judged=judged,
        low=low if judged else None,
        high=high if judged else None,
    )


def _ordered(rows: Iterable[TrendRow]) -> tuple[TrendRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.alerts, -row.calls, row.queue, row.team)))
