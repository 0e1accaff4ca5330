"""Every row of a call, in whatever table of the archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, inspect, select

from tonewatch.stream.archive import schema


def erase_call(db: Connection, call_id: str) -> dict[str, int]:
    """Take them away; how many there were, by table. In SQLite what is deleted is overwritten too."""
    return erase_calls(db, [call_id])


def erase_calls(db: Connection, call_ids: Sequence[str]) -> dict[str, int]:
    """As `erase_call`, of a lot of calls: which tables there are is looked up once."""
    overwrite_deleted(db)
    tables = _tables(db)
    alerts = _alerts(db, call_ids) if schema.alerts in tables else []
    # The audit outlives the calls that it tells of: a record taken out would break its chain.
    children_first = [table for table in reversed(tables) if table is not schema.audit]
    return {
        table.name: db.execute(delete(table).where(_of_calls(table, call_ids, alerts))).rowcount
        for table in children_first
    }


def overwrite_deleted(db: Connection) -> None:
    """In SQLite, for this connection."""
    if db.dialect.name == "sqlite":
        # Else the bytes of a deleted row lie in the file until its page is used again.
        db.exec_driver_sql("PRAGMA secure_delete = ON")


def read_call(db: Connection, call_id: str) -> dict[str, list[dict[str, Any]]]:
    """As plain values, by table; tables that have none are left out, and the audit: it tells of who looked."""
    tables = [table for table in _tables(db) if table is not schema.audit]
    alerts = _alerts(db, [call_id]) if schema.alerts in tables else []
    queries = {table.name: select(table).where(_of_calls(table, [call_id], alerts)) for table in tables}
    found = {name: [dict(row) for row in db.execute(query).mappings()] for name, query in queries.items()}
    return {name: rows for name, rows in found.items() if rows}


def _tables(db: Connection) -> list[Table]:
    """Those that are there and name a call, parents first: a database may be of a former release, or have none yet."""
    there = set(inspect(db).get_table_names())
    known = [table for table in schema.metadata.sorted_tables if table.name in there]
    return [table for table in known if {"call_id", "alert_id"} & set(table.c.keys())]


def _alerts(db: Connection, call_ids: Sequence[str]) -> list[str]:
    return list(db.scalars(select(schema.alerts.c.alert_id).where(schema.alerts.c.call_id.in_(call_ids))))


def _of_calls(table: Table, call_ids: Sequence[str], alerts: list[str]) -> Any:  # noqa: ANN401
    """By the call's id, or by the ids of its alerts where the table has no other."""
    return table.c.call_id.in_(call_ids) if "call_id" in table.c else table.c.alert_id.in_(alerts)
