"""Of which calls anything may be kept: whose caller was told, and that were neither withdrawn nor erased.

Whether the caller was told stands in the call's own row. That a call was withdrawn or erased must outlive that row, so
it is a mark under a hash of the call's id, which no record of a call can name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from sqlalchemy import Connection, insert, inspect, select, update

from tonewatch.stream.archive import schema
from tonewatch.stream.call_hash import hash_of
from tonewatch.stream.errors import NotTheCallers
from tonewatch.stream.messages import CallClosed, CallOpened
from tonewatch.stream.tone import whose_voice
from tonewatch.stream.tone.whose_voice import Bound

Reason = Literal["withdrawn", "erased"]

_bound: msgspec.json.Decoder[Bound] = msgspec.json.Decoder(Bound)


@dataclass
class CallNotice:
    """What is known of a call, as the monitor knows it (`whose_voice.CallKnown`)."""

    told: bool | None = None
    bound: Bound = field(default_factory=dict)

    def admits(self, message: object) -> bool:
        """May this record of the segments topic be kept? Null stands for one of which only the call is known."""
        if isinstance(message, CallOpened | CallClosed):
            return True
        try:
            whose_voice.check(self, message)
        except NotTheCallers:
            return False
        # What the monitor takes without a word, and makes nothing of.
        return self.told is True


def notice_of(db: Connection, call_ids: Iterable[str]) -> dict[str, CallNotice]:
    """By call; of one that nobody opened nothing is known."""
    wanted = list(call_ids)
    calls = schema.calls.c
    rows = db.execute(select(calls.call_id, calls.told, calls.bound).where(calls.call_id.in_(wanted)))
    found = {call_id: CallNotice(_told(told), _bound.decode(bound or "{}")) for call_id, told, bound in rows}
    return {call_id: found.get(call_id) or CallNotice() for call_id in wanted}


def announce(db: Connection, opened: CallOpened) -> None:
    """Note what a CallOpened says, in the call's row, which is there."""
    known = notice_of(db, [opened.call_id])[opened.call_id]
    whose_voice.bind(known.bound, opened.call.roles)
    values = {"told": int(opened.notice_given), "bound": msgspec.json.encode(known.bound).decode()}
    db.execute(update(schema.calls).where(schema.calls.c.call_id == opened.call_id).values(values))


def mark(db: Connection, call_id: str, reason: Reason) -> None:
    """Nothing of the call is to be kept from now on, and of one that was erased not even that there was one."""
    known = marked(db, [call_id]).get(call_id)
    if known is None:
        db.execute(insert(schema.marks).values(call_hash=hash_of(call_id), reason=reason))
    elif known != reason == "erased":
        db.execute(update(schema.marks).where(schema.marks.c.call_hash == hash_of(call_id)).values(reason=reason))


def marked(db: Connection, call_ids: Iterable[str]) -> dict[str, Reason]:
    """Those of the calls of which nothing may be kept, each with the reason."""
    by_hash = {hash_of(call_id): call_id for call_id in call_ids}
    marks = schema.marks.c
    rows = db.execute(select(marks.call_hash, marks.reason).where(marks.call_hash.in_(list(by_hash))))
    return {by_hash[call_hash]: reason for call_hash, reason in rows}


def has_marks(db: Connection) -> bool:
    """Not a database of a former release, nor one without tables."""
    return inspect(db).has_table(schema.marks.name)


def _told(value: int | None) -> bool | None:
    return None if value is None else bool(value)
