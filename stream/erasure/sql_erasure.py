"""A call taken out of the archive: its rows in every table, and its audio files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, delete, inspect, or_, select
from sqlalchemy.exc import SQLAlchemyError

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.clip_store import ClipStore
from tonewatch.stream.erasure.receipt import Removed
from tonewatch.stream.errors import StoreError

WHERE: Final = "archive"


def erase_rows(engine: Engine, call_id: str) -> list[Removed]:
    """All in one transaction. In SQLite what is deleted is overwritten too, in the file as well as in its journal.

    Raises:
        StoreError: the database cannot be reached or written.
    """
    with _opened(engine) as db:
        alerts = _alerts(db, call_id)
        # The audit outlives the calls that it tells of: a record taken out would break its chain.
        tables = [table for table in reversed(_tables(db)) if table is not schema.audit]
        counts = {table.name: _delete(db, table, call_id, alerts) for table in tables}
        db.commit()
    return [Removed(where=WHERE, what=f"rows of {name}", count=count) for name, count in counts.items()]


def rows_of(engine: Engine, call_id: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of a call, by table, as plain values.

    Raises:
        StoreError: the database cannot be reached.
    """
    with _opened(engine) as db:
        alerts = _alerts(db, call_id)
        found = {
            table.name: [
                dict(row) for row in db.execute(select(table).where(_belongs(table, call_id, alerts))).mappings()
            ]
            for table in _tables(db)
        }
    return {name: rows for name, rows in found.items() if rows}


def erase_files(store: ClipStore, call_id: str) -> list[Removed]:
    """Every file of the call, those that no row names too.

    Raises:
        StoreError: they are behind a symbolic link, or cannot be removed.
    """
    return [Removed(where=WHERE, what="audio files", count=store.remove_call(call_id))]


def _tables(db: Connection) -> list[Table]:
    """Those that are there, parents first: a database may be of a former release, or have no tables yet."""
    there = set(inspect(db).get_table_names())
    return [table for table in schema.metadata.sorted_tables if table.name in there]


def _alerts(db: Connection, call_id: str) -> list[str]:
    if not inspect(db).has_table(schema.alerts.name):
        return []
    return list(db.scalars(select(schema.alerts.c.alert_id).where(schema.alerts.c.call_id == call_id)))


def _belongs(table: Table, call_id: str, alerts: list[str]) -> Any:  # noqa: ANN401
    """Rows of the call by its id, or by the id of one of its alerts where the table has no other."""
    ways = [table.c.call_id == call_id] if "call_id" in table.c else []
    if "alert_id" in table.c and "call_id" not in table.c:
        ways.append(table.c.alert_id.in_(alerts))
    return or_(*ways)


def _delete(db: Connection, table: Table, call_id: str, alerts: list[str]) -> int:
    return db.execute(delete(table).where(_belongs(table, call_id, alerts))).rowcount


@contextlib.contextmanager
def _opened(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as db:
            if engine.dialect.name == "sqlite":
                # Else the bytes of a deleted row lie in the file until its page is used again.
                db.exec_driver_sql("PRAGMA secure_delete = ON")
            yield db
    except SQLAlchemyError as error:
        text = f"The archive's database cannot be used ({type(error).__name__}): see TONEWATCH_DATABASE."
        raise StoreError(text) from error
