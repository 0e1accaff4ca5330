"""The archive's alerts, read for the review desk; blocking, so to be called in a thread. Nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review import heard_calls
from tonewatch.stream.archive.review.agreement import agreements
from tonewatch.stream.archive.review.alert_page import alert_detail, audio_rows
from tonewatch.stream.archive.review.call_reader import CallReader
from tonewatch.stream.archive.review.clips import kept_clips
from tonewatch.stream.archive.review.connection import Reading
from tonewatch.stream.archive.review.filters import EVERYTHING, MOST, Cursor, Filter, Reach
from tonewatch.stream.archive.review.judged import NOBODY, Blinding, by_alert
from tonewatch.stream.archive.review.moment_rows import found_texts, moment_of, moments_query
from tonewatch.stream.archive.review.precision import JudgedAlert, precision_row, precision_rows
from tonewatch.stream.archive.review.recall import recall_of
from tonewatch.stream.archive.review.trends import Trends, Wanted, trends
from tonewatch.stream.archive.review.views import (
    Agent,
    AlertDetail,
    Choices,
    KeptAudio,
    Moment,
    MomentPage,
    PrecisionReport,
)
from tonewatch.stream.messages import Verdict

_WHEN = func.coalesce(schema.alerts.c.onset_at_ms, 0)


class ReviewReader:
    """Over the engine of `store.connect`, which it closes. `blinding`: whom verdicts are shown to."""

    def __init__(self, engine: Engine, blinding: Blinding = Blinding()) -> None:  # noqa: B008
        self._reading = Reading(engine)
        self._blinding = blinding
        self.calls = CallReader(self._reading, blinding)

    def close(self) -> None:
        self._reading.close()

    def moments(self, wanted: Filter, after: Cursor | None = None, limit: int = 50) -> MomentPage:
        """Fired alerts, newest first, at most MOST at once.

        Raises:
            StoreError: the database cannot be read.
        """
        limit = max(1, min(limit, MOST))
        query = self._query(wanted).order_by(_WHEN.desc(), schema.alerts.c.alert_id.desc())
        if after is not None:
            query = query.where(after.follows(_WHEN, schema.alerts.c.alert_id))
        with self._reading.opened() as db:
            rows = db.execute(query.limit(limit + 1)).mappings().all()
            shown = rows[:limit]
            found = found_texts(db, wanted.q, {row["call_id"] for row in shown}, self._reading.dialect)
            judged = by_alert(db, [row["alert_id"] for row in shown])
        moments = tuple(moment_of(row, judged.get(row["alert_id"], NOBODY), wanted.person, found) for row in shown)
        last = moments[-1] if len(rows) > limit else None
        return MomentPage(moments=moments, next=Cursor(last.onset_at_ms or 0, last.alert_id).text() if last else "")

    def choices(self, reach: Reach = EVERYTHING) -> Choices:
        """
        Raises:
            StoreError: the database cannot be read.
        """
        alerts, calls = schema.alerts.c, schema.calls.c
        with self._reading.opened() as db:
            joined, seen = schema.alerts.join(schema.calls), reach.conditions()
            queues, rules, teams = (
                _distinct(db, select(column).select_from(joined).where(*seen).distinct())
                for column in (alerts.queue, alerts.rule, calls.team)
            )
            named_agents = select(calls.agent_id, calls.agent_name).select_from(joined).where(*seen).distinct()
            agents = db.execute(named_agents).all()
        named = tuple(Agent(id=one, name=name) for one, name in sorted(agents) if one)
        return Choices(queues=queues, teams=teams, agents=named, rules=rules)

    def alert(self, alert_id: str, person: str, reach: Reach = EVERYTHING) -> AlertDetail | None:
        """One alert, blind for `person` until they have judged it; None where the archive has no such alert in reach.

        Raises:
            StoreError: the database cannot be read.
        """
        query = self._query(Filter(reach=reach)).where(schema.alerts.c.alert_id == alert_id)
        with self._reading.opened() as db:
            row = db.execute(query).mappings().first()
            if row is None:
                return None
            given = by_alert(db, [alert_id]).get(alert_id, NOBODY)
            return alert_detail(db, row["body"], moment_of(row, given, person, {}), given, self._blinding, person)

    def audio(self, alert_id: str, reach: Reach = EVERYTHING) -> list[tuple[KeptAudio, str | None]]:
        """The alert's stretches of audio in order, with their paths in the store; none of one out of reach.

        Raises:
            StoreError: the database cannot be read.
        """
        query = self._query(Filter(reach=reach)).where(schema.alerts.c.alert_id == alert_id)
        with self._reading.opened() as db:
            return audio_rows(db, alert_id) if db.execute(query).first() is not None else []

    def precision(self, wanted: Filter) -> PrecisionReport:
        """Of the judged alerts among those wanted that `wanted.person` may see the verdicts of.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading.opened() as db:
            alerts, hidden = self._judged(db, wanted)
            missed = heard_calls.missed_marks(db, wanted, self._blinding)
            recall = recall_of(heard_calls.heard_calls(db, wanted, self._blinding))
        return PrecisionReport(
            total=precision_row(alerts),
            rows=precision_rows(alerts),
            agreement=agreements({alert.alert_id: alert.blind for alert in alerts}),
            missed=missed,
            recall=recall,
            hidden=hidden,
        )

    def trends(self, wanted: Wanted) -> Trends:
        """
        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading.opened() as db:
            return trends(db, wanted, self._blinding)

    def judged(self, wanted: Filter) -> list[tuple[Moment, tuple[Verdict, ...]]]:
        """Every judged alert among those wanted whose verdicts `wanted.person` may see: the newest of each person.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading.opened() as db:
            given = by_alert(db)
            rows = db.execute(self._query(wanted).order_by(_WHEN)).mappings()
            return [
                (moment_of(row, of, wanted.person, {}), of.newest)
                for row in rows
                if (of := given.get(row["alert_id"])) and of.is_shown_to(wanted.person, self._blinding)
            ]

    def clips(self, alert_ids: Sequence[str]) -> tuple[dict[str, list[Path]], dict[str, str], dict[Path, str]]:
        """For a manifest: by alert the paths of its clips and the emotion it named, by path what was said.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading.opened() as db:
            return kept_clips(db, alert_ids)

    def _judged(self, db: Connection, wanted: Filter) -> tuple[list[JudgedAlert], int]:
        """Those that are shown, and how many are not."""
        given = by_alert(db)
        rows = [row for row in db.execute(self._query(wanted)).mappings() if row["alert_id"] in given]
        shown = [row for row in rows if given[row["alert_id"]].is_shown_to(wanted.person, self._blinding)]
        alerts = [
            JudgedAlert(row["alert_id"], row["rule"], row["queue"], row["onset_at_ms"], of.labels(), of.blind_labels())
            for row in shown
            for of in (given[row["alert_id"]],)
        ]
        return alerts, len(rows) - len(shown)

    def _query(self, wanted: Filter) -> Select[Any]:
        return moments_query(wanted, self._reading.dialect)


def _distinct(db: Connection, query: Select[Any]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, db.scalars(query))))
