"""The archive's database, read for the review desk; blocking, so to be called in a thread. Nothing is written here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, RowMapping, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.migrate import HEAD, revision_of
from tonewatch.stream.archive.review.agreement import agreements
from tonewatch.stream.archive.review.alert_page import alert_detail, audio_rows
from tonewatch.stream.archive.review.clips import kept_clips
from tonewatch.stream.archive.review.filters import EVERYTHING, MOST, Cursor, Filter, Reach
from tonewatch.stream.archive.review.judged import by_alert, labels, verdicts_of
from tonewatch.stream.archive.review.precision import JudgedAlert, precision_row, precision_rows
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
from tonewatch.stream.archive.search import said
from tonewatch.stream.errors import SettingsError, StoreError
from tonewatch.stream.messages import Verdict, VerdictKind

_WHEN = func.coalesce(schema.alerts.c.onset_at_ms, 0)


class ReviewReader:
    """Over the engine of `store.connect`, which it closes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_of_this_release = False

    def close(self) -> None:
        self._engine.dispose()

    def moments(self, wanted: Filter, after: Cursor | None = None, limit: int = 50) -> MomentPage:
        """Fired alerts, newest first, at most MOST at once.

        Raises:
            StoreError: the database cannot be read.
        """
        limit = max(1, min(limit, MOST))
        query = _moments(wanted, self._engine.dialect.name).order_by(_WHEN.desc(), schema.alerts.c.alert_id.desc())
        if after is not None:
            query = query.where(after.follows(_WHEN))
        with self._reading() as db:
            rows = db.execute(query.limit(limit + 1)).mappings().all()
            shown = rows[:limit]
            found = self._found(db, wanted.q, {row["call_id"] for row in shown})
            judged = by_alert(verdicts_of(db, [row["alert_id"] for row in shown]))
        moments = tuple(_moment(row, judged.get(row["alert_id"], ()), wanted.person, found) for row in shown)
        last = moments[-1] if len(rows) > limit else None
        return MomentPage(moments=moments, next=Cursor(last.onset_at_ms or 0, last.alert_id).text() if last else "")

    def choices(self, reach: Reach = EVERYTHING) -> Choices:
        """
        Raises:
            StoreError: the database cannot be read.
        """
        alerts, calls = schema.alerts.c, schema.calls.c
        with self._reading() as db:
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
        query = _moments(Filter(reach=reach), self._engine.dialect.name).where(schema.alerts.c.alert_id == alert_id)
        with self._reading() as db:
            row = db.execute(query).mappings().first()
            if row is None:
                return None
            given = by_alert(verdicts_of(db, [alert_id])).get(alert_id, ())
            return alert_detail(db, row["body"], _moment(row, given, person, {}), given, person)

    def audio(self, alert_id: str, reach: Reach = EVERYTHING) -> list[tuple[KeptAudio, str | None]]:
        """The alert's stretches of audio in order, with their paths in the audio folder; none of one out of reach.

        Raises:
            StoreError: the database cannot be read.
        """
        query = _moments(Filter(reach=reach), self._engine.dialect.name).where(schema.alerts.c.alert_id == alert_id)
        with self._reading() as db:
            return audio_rows(db, alert_id) if db.execute(query).first() is not None else []

    def has_call(self, call_id: str, reach: Reach = EVERYTHING) -> bool:
        """Is it in the archive, and in reach?

        Raises:
            StoreError: the database cannot be read.
        """
        calls = schema.calls.c
        query = select(calls.call_id).where(calls.call_id == call_id, *reach.conditions())
        with self._reading() as db:
            return db.scalar(query) is not None

    def precision(self, wanted: Filter) -> PrecisionReport:
        """Of the judged alerts among those wanted.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as db:
            alerts = self._judged(db, wanted)
            missed = int(db.scalar(_missed(wanted)) or 0)
        return PrecisionReport(
            total=precision_row(alerts),
            rows=precision_rows(alerts),
            agreement=agreements({alert.alert_id: alert.labels for alert in alerts}),
            missed=missed,
        )

    def trends(self, wanted: Wanted) -> Trends:
        """
        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as db:
            return trends(db, wanted)

    def judged(self, wanted: Filter) -> list[tuple[Moment, tuple[Verdict, ...]]]:
        """Every judged alert among those wanted, with the newest verdict of each person.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as db:
            given = by_alert(verdicts_of(db))
            rows = db.execute(_moments(wanted, self._engine.dialect.name).order_by(_WHEN)).mappings()
            return [
                (_moment(row, given[row["alert_id"]], wanted.person, {}), given[row["alert_id"]])
                for row in rows
                if row["alert_id"] in given
            ]

    def clips(self, alert_ids: Sequence[str]) -> tuple[dict[str, list[Path]], dict[str, str], dict[Path, str]]:
        """For a manifest: by alert the paths of its clips and the emotion it named, by path what was said.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as db:
            return kept_clips(db, alert_ids)

    def _judged(self, db: Connection, wanted: Filter) -> list[JudgedAlert]:
        given = by_alert(verdicts_of(db))
        rows = db.execute(_moments(wanted, self._engine.dialect.name)).mappings()
        return [
            JudgedAlert(row["alert_id"], row["rule"], row["queue"], row["onset_at_ms"], labels(given[row["alert_id"]]))
            for row in rows
            if row["alert_id"] in given
        ]

    def _found(self, db: Connection, question: str, call_ids: Iterable[str]) -> dict[str, str]:
        """By call, the first text that holds the words asked for."""
        condition = said(question, self._engine.dialect.name)
        if condition is None:
            return {}
        spoken = schema.spoken.c
        query = select(spoken.call_id, spoken.text).where(condition, spoken.call_id.in_(list(call_ids)))
        found = {}
        for call_id, text in db.execute(query.order_by(spoken.start_ms.desc())):
            found[call_id] = text
        return found

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as db:
                self._check(db)
                yield db
        except (SettingsError, SQLAlchemyError) as error:
            # The name alone: a driver's text can hold values.
            name = type(getattr(error, "orig", None) or error).__name__
            raise StoreError(f"The archive's database cannot be read ({name}): see TONEWATCH_DATABASE.") from error

    def _check(self, db: Connection) -> None:
        if not self._is_of_this_release:
            if revision_of(db) != HEAD:
                raise StoreError(
                    "The archive's database has not the tables of this release: start its `tonewatch archive`, which "
                    "makes them."
                )
            self._is_of_this_release = True


def _moments(wanted: Filter, dialect: str) -> Select[Any]:
    about = [schema.calls.c[name] for name in ("title", "team", "agent_id", "agent_name")]
    return select(schema.alerts, *about).join(schema.calls).where(*wanted.conditions(dialect))


def _missed(wanted: Filter) -> Select[Any]:
    """Marked by hand, where queue and days are those wanted."""
    verdicts, calls = schema.verdicts.c, schema.calls.c
    when = calls.started_at_ms + verdicts.at_ms
    query = select(func.count()).select_from(schema.verdicts.join(schema.calls)).where(verdicts.verdict == "missed")
    query = query.where(*wanted.reach.conditions())
    if wanted.queue:
        query = query.where(calls.queue == wanted.queue)
    if wanted.from_ms is not None:
        query = query.where(when >= wanted.from_ms)
    return query.where(when < wanted.until_ms) if wanted.until_ms is not None else query


def _moment(row: RowMapping, given: tuple[Verdict, ...], person: str, found: Mapping[str, str]) -> Moment:
    own = {name: row[name] for name in Moment.__struct_fields__ if name in row}
    mine: VerdictKind | Literal[""] = next((verdict.verdict for verdict in given if verdict.by == person), "")
    return Moment(**own, given=len(given), mine=mine, found=found.get(row["call_id"], ""))


def _distinct(db: Connection, query: Select[Any]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, db.scalars(query))))
