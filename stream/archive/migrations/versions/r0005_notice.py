"""Whether callers were told, and which calls are never kept again; rows of audio, words and tone by call and segment.

A segment's id is free text of whoever writes it: by itself it let one call's row take the place of another's. The row
of `audio` that stood for a withdrawn call becomes a mark. Of calls that go on, what their announcement said is read
from what was heard of them.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    if _is_sqlite():
        # Tables are written anew below: what the old ones held must not stay in pages that are free then.
        op.execute("PRAGMA secure_delete = ON")
    op.add_column("calls", sa.Column("told", sa.SmallInteger))
    op.add_column("calls", sa.Column("bound", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "marks", sa.Column("call_hash", sa.Text, primary_key=True), sa.Column("reason", sa.Text, nullable=False)
    )
    _mark_withdrawn()
    _read_notice()
    _spoken()
    _keyed("audio", _audio())
    _keyed("tone", _tone())


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _mark_withdrawn() -> None:
    db = op.get_bind()
    withdrawn = "FROM audio WHERE reason = 'notice_withdrawn' AND segment_id = call_id || '/withdrawn'"
    for (call_id,) in db.execute(sa.text(f"SELECT call_id {withdrawn}")).all():
        # As `call_hash.py` does it.
        hashed = hashlib.sha256(b"tonewatch call " + call_id.encode()).hexdigest()
        db.execute(sa.text("INSERT INTO marks (call_hash, reason) VALUES (:hash, 'withdrawn')"), {"hash": hashed})
    db.execute(sa.text(f"DELETE {withdrawn}"))


def _read_notice() -> None:
    """The rule holds from the next record on: a call that is in its midst must not lose the rest of its words."""
    db = op.get_bind()
    query = sa.text(
        "SELECT heard.call_id, heard.body FROM heard JOIN calls ON calls.call_id = heard.call_id"
        " WHERE calls.closed_at_ms IS NULL AND heard.body LIKE '%\"call_opened\"%'"
        " ORDER BY heard.call_id, heard.record_offset"
    )
    known: dict[str, tuple[int, dict[str, list[str]]]] = {}
    for call_id, body in db.execute(query).all():
        opened = json.loads(body)
        if opened.get("type") != "call_opened":
            continue
        bound = known[call_id][1] if call_id in known else {}
        for channel, role in enumerate(opened.get("call", {}).get("roles", [])):
            had = bound.setdefault(str(channel), [])
            if role not in had:
                had.append(role)
        known[call_id] = int(opened.get("notice_given") is True), bound
    for call_id, (told, bound) in known.items():
        values = {"told": told, "bound": json.dumps(bound), "call_id": call_id}
        db.execute(sa.text("UPDATE calls SET told = :told, bound = :bound WHERE call_id = :call_id"), values)


def _of_call(*, key: bool = False) -> sa.Column[str]:
    return sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id"), nullable=False, primary_key=key)


def _wholes(*names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=null) for name in names]


def _texts(*names: str, null: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=null) for name in names]


def _empty(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _audio() -> list[sa.Column[Any]]:
    return [
        *_wholes("start_ms", "end_ms"),
        *_texts("status", "reason"),
        *_texts("path", "sha256", null=True),
        *_wholes("bytes", null=True),
        *_texts("codec", null=True),
        *_wholes("rate_hz", "duration_ms", "missing_ms", null=True),
        _empty("role"),
    ]


def _tone() -> list[sa.Column[Any]]:
    return [
        *_wholes("start_ms", "end_ms"),
        sa.Column("tone", sa.Float),
        sa.Column("spread", sa.Float, nullable=False),
        _empty("abstained"),
    ]


def _keyed(name: str, columns: list[sa.Column[Any]]) -> None:
    """The table by segment and call, for by segment alone."""
    _made_anew(name, [sa.Column("segment_id", sa.Text, primary_key=True), _of_call(key=True), *columns])


def _made_anew(name: str, columns: list[sa.Column[Any]], *more: sa.UniqueConstraint) -> None:
    """SQLite alters no key: the rows go into a new table. So they do in PostgreSQL, where it is one statement too."""
    names = ", ".join(column.name for column in columns)
    op.create_table(f"new_{name}", *columns, *more)
    op.execute(f"INSERT INTO new_{name} ({names}) SELECT {names} FROM {name}")
    op.drop_table(name)
    op.rename_table(f"new_{name}", name)
    op.create_index(f"ix_{name}_call_id", name, ["call_id"])


def _spoken() -> None:
    if not _is_sqlite():
        # There the index of words is a column of the table.
        op.drop_constraint("spoken_segment_id_key", "spoken")
        op.create_unique_constraint("spoken_call_id_segment_id_key", "spoken", ["call_id", "segment_id"])
        return
    columns: list[sa.Column[Any]] = [
        sa.Column("id", _ID, primary_key=True),
        sa.Column("segment_id", sa.Text, nullable=False),
        _of_call(),
        *_wholes("start_ms"),
        *_wholes("end_ms", null=True),
        _empty("text"),
        sa.Column("confidence", sa.Float, nullable=False),
        _empty("source"),
    ]
    # The triggers go with the table; the index of words beside it knows its rows by their numbers, which stay.
    _made_anew("spoken", columns, sa.UniqueConstraint("call_id", "segment_id"))
    gone = "INSERT INTO spoken_words(spoken_words, rowid, text) VALUES ('delete', old.id, old.text);"
    new = "INSERT INTO spoken_words(rowid, text) VALUES (new.id, new.text);"
    for event, body in {"insert": new, "delete": gone, "update": gone + new}.items():
        op.execute(f"CREATE TRIGGER spoken_after_{event} AFTER {event} ON spoken BEGIN {body} END")
