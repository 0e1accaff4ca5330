"""The audit's records in the archive's database: as they came, in their order, never altered by us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from tonewatch.stream.archive import schema
from tonewatch.stream.audit.record import Record
from tonewatch.stream.codec import decode_access
from tonewatch.stream.errors import BadRecord, StoreError

HEX: Final = "hex:"
"""Before the bytes of a record that is no text: a column of text has no room for them as they are."""


def audit_row(partition: int, offset: int, at_ms: int, value: bytes) -> dict[str, Any]:
    """The row of a record. One that cannot be read is kept too: that somebody wrote it is part of the audit."""
    row: dict[str, Any] = {
        "partition": partition,
        "record_offset": offset,
        "at_ms": at_ms,
        "body": _text(value),
        **dict.fromkeys(("writer", "kind", "by", "call_id", "alert_id"), ""),
        "seq": -1,
        "acted_at_ms": 0,
    }
    try:
        access = decode_access(value)
    except BadRecord:
        return {**row, "kind": "unreadable"}
    names = ("writer", "seq", "kind", "by", "call_id", "alert_id", "acted_at_ms")
    return {**row, **{name: getattr(access, name) for name in names}}


def table_records(engine: Engine) -> list[Record]:
    """All rows, partition by partition in the order of their offsets.

    Raises:
        StoreError: the database cannot be read, or has no such table.
    """
    try:
        with engine.connect() as db:
            return list(_rows(db))
    except SQLAlchemyError as error:
        raise StoreError(
            f"The archive's database has no audit to be read ({type(getattr(error, 'orig', None) or error).__name__}): "
            "see TONEWATCH_DATABASE; `tonewatch archive` makes the table when it begins."
        ) from error


def _rows(db: Connection) -> Iterator[Record]:
    table = schema.audit
    wanted = select(table.c.partition, table.c.record_offset, table.c.body, table.c.at_ms)
    for partition, offset, body, at_ms in db.execute(wanted.order_by(table.c.partition, table.c.record_offset)):
        # The column proves nothing: who can write rows chooses it.
        yield Record(partition, offset, _bytes(body), at_ms=at_ms)


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return HEX + value.hex()
    # PostgreSQL has no room for NUL in a text.
    return HEX + value.hex() if "\0" in text or text.startswith(HEX) else text


def _bytes(body: str) -> bytes:
    try:
        return bytes.fromhex(body[len(HEX) :]) if body.startswith(HEX) else body.encode()
    except ValueError:  # altered by somebody: no record had it
        return body.encode()
