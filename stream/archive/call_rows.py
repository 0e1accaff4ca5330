"""Every row of a call, in whatever table of the archive."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, delete, inspect, select

from tonewatch.stream.archive import schema


def erase_call(db: Connection, call_id: str) -> dict[str, int]:
    """Take them away; how many there were, by table. In SQLite what is deleted is overwritten too."""
    if db.dialect.name == "sqlite":
        # Else the bytes of a deleted row lie in the file until its page is used again.
        db.exec_driver_sql("PRAGMA secure_delete = ON")
    alerts = _alerts(db, call_id)
    # The audit outlives the calls that it tells of: a record taken out would break its chain.
    children_first = [table for table in reversed(_tables(db)) if table is not schema.audit]
    return {
        table.name: db.execute(delete(table).where(_of_call(table, call_id, alerts))).rowcount
        for table in children_first
    }


def read_call(db: Connection, call_id: str) -> dict[str, list[dict[str, Any]]]:
    """As plain values, by table; tables that have none are left out."""
    alerts = _alerts(db, call_id)
    found = {
        table.name: [dict(row) for row in db.execute(select(table).where(_of_call(table, call_id, alerts))).mappings()]
        for table in _tables(db)
    }
    return {name: rows for name, rows in found.items() if rows}


def _tables(db: Connection) -> list[Table]:
    """Those that are there, parents first: a database may be of a former release, or have no tables yet."""
    there = set(inspect(db).get_table_names())
    return [table for table in schema.metadata.sorted_tables if table.name in there]


def _alerts(db: Connection, call_id: str) -> list[str]:
    if not inspect(db).has_table(schema.alerts.name):
        return []
    return list(db.scalars(select(schema.alerts.c.alert_id).where(schema.alerts.c.call_id == call_id)))


def _of_call(table: Table, call_id: str, alerts: list[str]) -> Any:  # noqa: ANN401
    """By the call's id, or by the ids of its alerts where the table has no other."""
    return table.c.call_id == call_id if "call_id" in table.c else table.c.alert_id.in_(alerts)
