"""What a list of moments is asked for, and the cursor with which it goes on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, or_, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.views import ReviewedBy
from tonewatch.stream.archive.search import said
from tonewatch.stream.errors import DataError

MOST = 200
"""Moments of one page."""

LATEST_MS = 2**53 - 1
"""Of a time that is asked for: no database takes every number that an address can hold."""


@dataclass(frozen=True)
class Reach:
    """The calls that a person may see at all: of these queues and these teams; empty: of all.

    A call that names no queue, or no team, is reached only by who is not confined to some. Of a call that was given
    to another queue the newest counts, as on the board: its alerts of before go with it.
    """

    queues: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()

    def conditions(self) -> list[ColumnElement[bool]]:
        """On rows of `calls`, or joined with them."""
        calls, found = schema.calls.c, list[ColumnElement[bool]]()
        if self.queues:
            queues = sorted(self.queues)
            found.append(or_(calls.queue.in_(queues), and_(calls.queue == "", _newest_queue().in_(queues))))
        if self.teams:
            found.append(calls.team.in_(sorted(self.teams)))
        return found


def _newest_queue() -> ScalarSelect[str]:
    """That of a call's newest alert: all that is known where the archive missed how the call began."""
    alerts = schema.alerts.alias("of_call")
    newest = select(alerts.c.queue).where(alerts.c.call_id == schema.calls.c.call_id).correlate(schema.calls)
    return newest.order_by(alerts.c.fired_ms.desc(), alerts.c.alert_id.desc()).limit(1).scalar_subquery()


EVERYTHING = Reach()


Time = Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]


class MomentsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which moments: all that is given must hold; '' and None leave a condition out.

    `from_ms` (from then on) and `until_ms` (before then) are wall clock, of the onset. `unreviewed`: by `me` or by
    `anybody`. `q`: words that the caller said, or their beginnings.
    """

    from_ms: Time | None = None
    until_ms: Time | None = None
    queue: str = ""
    team: str = ""
    agent: str = ""
    rule: str = ""
    severity: str = ""
    call: str = ""
    unreviewed: ReviewedBy = ""
    q: str = ""


class Filter(MomentsWanted, frozen=True, kw_only=True):
    """`person` is who asks, the one of `unreviewed` by `me`; `reach` is what that person may see at all."""

    person: str = ""
    reach: Reach = EVERYTHING

    def conditions(self, dialect: str) -> list[ColumnElement[bool]]:
        """On rows of `alerts` joined with `calls`."""
        alerts, calls = schema.alerts.c, schema.calls.c
        equal = (
            (alerts.queue, self.queue),
            (alerts.rule, self.rule),
            (alerts.severity, self.severity),
            (alerts.call_id, self.call),
            (calls.team, self.team),
            (calls.agent_id, self.agent),
        )
        found: list[ColumnElement[bool]] = [column == value for column, value in equal if value]
        if self.from_ms is not None:
            found.append(alerts.onset_at_ms >= self.from_ms)
        if self.until_ms is not None:
            found.append(alerts.onset_at_ms < self.until_ms)
        if (spoken := said(self.q, dialect)) is not None:
            found.append(alerts.call_id.in_(select(schema.spoken.c.call_id).where(spoken)))
        return [*found, *self._unreviewed(), *self.reach.conditions()]

    def call_conditions(self, dialect: str) -> list[ColumnElement[bool]]:
        """The same on rows of `calls`, by their beginning; rule and severity are nothing that a call has."""
        calls = schema.calls.c
        equal = (
            (calls.queue, self.queue),
            (calls.team, self.team),
            (calls.agent_id, self.agent),
            (calls.call_id, self.call),
        )
        found: list[ColumnElement[bool]] = [column == value for column, value in equal if value]
        if self.from_ms is not None:
            found.append(calls.started_at_ms >= self.from_ms)
        if self.until_ms is not None:
            found.append(calls.started_at_ms < self.until_ms)
        if (spoken := said(self.q, dialect)) is not None:
            found.append(calls.call_id.in_(select(schema.spoken.c.call_id).where(spoken)))
        return [*found, *self._call_unreviewed(), *self.reach.conditions()]

    def _call_unreviewed(self) -> list[ColumnElement[bool]]:
        if not self.unreviewed:
            return []
        verdicts = schema.verdicts.c
        given = and_(verdicts.call_id == schema.calls.c.call_id, verdicts.alert_id == "")
        return [~exists().where(given if self.unreviewed == "anybody" else and_(given, verdicts.by == self.person))]

    def _unreviewed(self) -> list[ColumnElement[bool]]:
        if not self.unreviewed:
            return []
        verdicts = schema.verdicts.c
        given = verdicts.alert_id == schema.alerts.c.alert_id
        return [~exists().where(given if self.unreviewed == "anybody" else and_(given, verdicts.by == self.person))]


@dataclass(frozen=True)
class Cursor:
    """Behind which row a page begins, an alert by its onset or a call by its beginning; where that is not known, 0."""

    at_ms: int
    id: str

    def text(self) -> str:
        """As it stands in an address."""
        return base64.urlsafe_b64encode(msgspec.json.encode((self.at_ms, self.id))).decode()

    @classmethod
    def read(cls, text: str) -> Cursor:
        """
        Raises:
            DataError: it was not made by `text`.
        """
        try:
            at_ms, row_id = msgspec.json.decode(base64.urlsafe_b64decode(text), type=tuple[int, str])
            if not 0 <= at_ms <= LATEST_MS:
                raise ValueError("no time")
            return cls(at_ms, row_id)
        except (msgspec.DecodeError, binascii.Error, ValueError) as error:
            raise DataError("The cursor is none of this list: begin it again without one.") from error

    def follows(self, when: ColumnElement[int], id_: ColumnElement[str]) -> ColumnElement[bool]:
        """Rows behind it, in the order of `when` and the id, both falling."""
        return or_(when < self.at_ms, and_(when == self.at_ms, id_ < self.id))
