"""Calls that were kept whole, and every other call of which anything was kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, exists, func, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.alert_page import kept_audio, sound_of
from tonewatch.stream.archive.review.connection import Reading
from tonewatch.stream.archive.review.filters import EVERYTHING, MOST, Cursor, Filter, Reach
from tonewatch.stream.archive.review.heard_calls import OfCall, of_calls, seen_whole_by, shown_calls
from tonewatch.stream.archive.review.judged import NOBODY, Blinding, by_alert
from tonewatch.stream.archive.review.moment_rows import found_texts, moment_of, moments_query
from tonewatch.stream.archive.review.views import CallDetail, CallPage, CallRow, CallTone, KeptAudio, Moment, Spoken
from tonewatch.stream.messages import Verdict, VerdictKind

_WHEN = func.coalesce(schema.calls.c.started_at_ms, 0)
_NOT_JUDGED = OfCall()


class CallReader:
    """Blocking, so to be called in a thread."""

    def __init__(self, reading: Reading, blinding: Blinding) -> None:
        self._reading = reading
        self._blinding = blinding

    def quiet(self, wanted: Filter, after: Cursor | None = None, limit: int = 50) -> CallPage:
        """The calls of the sample in which no alert fired, newest first, at most MOST at once.

        Raises:
            StoreError: the database cannot be read.
        """
        limit = max(1, min(limit, MOST))
        calls = schema.calls.c
        fired = exists().where(schema.alerts.c.call_id == calls.call_id)
        query = self._query(wanted).where(calls.sampled == 1, calls.closed_at_ms.is_not(None), ~fired)
        if after is not None:
            query = query.where(after.follows(_WHEN, calls.call_id))
        with self._reading.opened() as db:
            rows = db.execute(query.order_by(_WHEN.desc(), calls.call_id.desc()).limit(limit + 1)).mappings().all()
            shown = rows[:limit]
            ids = [row["call_id"] for row in shown]
            judged, found = of_calls(db, ids), found_texts(db, wanted.q, ids, self._reading.dialect)
        listed = tuple(_row(row, judged.get(row["call_id"], _NOT_JUDGED), wanted.person, found) for row in shown)
        last = listed[-1] if len(rows) > limit else None
        return CallPage(calls=listed, next=Cursor(last.started_at_ms or 0, last.call_id).text() if last else "")

    def call(self, call_id: str, person: str, reach: Reach = EVERYTHING) -> CallDetail | None:
        """One call, blind for `person` until they have judged it; None where the archive has no such call in reach.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading.opened() as db:
            row = db.execute(self._one(call_id, reach)).mappings().first()
            if row is None:
                return None
            of = of_calls(db, [call_id]).get(call_id, _NOT_JUDGED)
            return CallDetail(
                call=_row(row, of, person, {}),
                moments=self._moments(db, call_id, person),
                tone=_tone(db, call_id),
                spoken=_spoken(db, call_id),
                sound=sound_of([part for part, _path in _audio(db, call_id)]),
                review=seen_whole_by(person, of, self._blinding),
            )

    def audio(self, call_id: str, reach: Reach = EVERYTHING) -> list[tuple[KeptAudio, str | None]]:
        """All that was kept of the call's sound in order, with the paths in the store; none of one out of reach.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading.opened() as db:
            row = db.execute(self._one(call_id, reach)).first()
            return _audio(db, call_id) if row is not None else []

    def judged(self, wanted: Filter) -> list[tuple[CallRow, tuple[Verdict, ...]]]:
        """Every call that was judged as a whole, among those wanted whose verdicts `wanted.person` may see.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading.opened() as db:
            shown = shown_calls(db, wanted, self._blinding)
            rows = db.execute(
                self._query(wanted).where(schema.calls.c.call_id.in_(list(shown))).order_by(_WHEN)
            ).mappings()
            return [
                (_row(row, shown[row["call_id"]], wanted.person, {}), shown[row["call_id"]].verdicts) for row in rows
            ]

    def _moments(self, db: Connection, call_id: str, person: str) -> tuple[Moment, ...]:
        alerts = schema.alerts.c
        query = moments_query(Filter(), self._reading.dialect).where(alerts.call_id == call_id)
        rows = db.execute(query.order_by(alerts.onset_ms)).mappings().all()
        judged = by_alert(db, [row["alert_id"] for row in rows])
        return tuple(moment_of(row, judged.get(row["alert_id"], NOBODY), person, {}) for row in rows)

    def _one(self, call_id: str, reach: Reach) -> Select[Any]:
        return self._query(Filter(reach=reach)).where(schema.calls.c.call_id == call_id)

    def _query(self, wanted: Filter) -> Select[Any]:
        alerts = schema.alerts.c
        fired = select(func.count()).where(alerts.call_id == schema.calls.c.call_id).scalar_subquery()
        return select(schema.calls, fired.label("alerts")).where(*wanted.call_conditions(self._reading.dialect))


def _row(row: RowMapping, of: OfCall, person: str, found: Mapping[str, str]) -> CallRow:
    own = {name: row[name] for name in CallRow.__struct_fields__ if name in row and name != "sampled"}
    labels = of.labels
    mine: VerdictKind | Literal[""] = (
        "missed" if labels.get(person) == "missed" else "right" if person in labels else ""
    )
    sampled = bool(row["sampled"])
    return CallRow(**own, sampled=sampled, given=len(labels), mine=mine, found=found.get(row["call_id"], ""))


def _tone(db: Connection, call_id: str) -> tuple[CallTone, ...]:
    tone = schema.tone.c
    columns = [tone[name] for name in CallTone.__struct_fields__]
    rows = db.execute(select(*columns).where(tone.call_id == call_id).order_by(tone.start_ms)).mappings()
    return tuple(CallTone(**row) for row in rows)


def _spoken(db: Connection, call_id: str) -> tuple[Spoken, ...]:
    spoken = schema.spoken.c
    columns = [spoken[name] for name in Spoken.__struct_fields__]
    rows = db.execute(select(*columns).where(spoken.call_id == call_id).order_by(spoken.start_ms)).mappings()
    return tuple(Spoken(**row) for row in rows)


def _audio(db: Connection, call_id: str) -> list[tuple[KeptAudio, str | None]]:
    audio = schema.audio.c
    columns = [audio[name] for name in KeptAudio.__struct_fields__]
    return kept_audio(db, select(*columns, audio.path).where(audio.call_id == call_id))
