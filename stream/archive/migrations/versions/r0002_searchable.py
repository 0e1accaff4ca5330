"""What a review desk searches by: whose call it was, when by the wall clock, what was said; and what people judged.

Rows that are there are filled from the messages they hold.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# SQLite counts up an INTEGER only.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _columns()
    _spoken()
    _verdicts()
    _fill()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _whole(name: str, *, null: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _of_call() -> sa.Column[str]:
    return sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id"), nullable=False, index=True)


def _columns() -> None:
    of_calls: list[sa.Column[Any]] = [
        _text(name) for name in ("queue", "team", "agent_id", "agent_name", "title", "language")
    ]
    of_calls += [_whole(name) for name in ("started_at_ms", "closed_at_ms", "duration_ms")]
    for column in of_calls:
        op.add_column("calls", column)
    of_alerts: list[sa.Column[Any]] = [_text(name) for name in ("queue", "cause", "acknowledged_by", "assigned_to")]
    of_alerts += [_whole(f"{event}_at_ms") for event in ("onset", "fired", "acknowledged", "resolved")]
    for column in of_alerts:
        op.add_column("alerts", column)
    for table, names in {
        "calls": ("team", "agent_id", "closed_at_ms"),
        "alerts": ("onset_at_ms", "queue", "rule"),
    }.items():
        for name in names:
            op.create_index(f"ix_{table}_{name}", table, [name])


def _spoken() -> None:
    op.create_table(
        "spoken",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("segment_id", sa.Text, nullable=False, unique=True),
        _of_call(),
        _whole("start_ms", null=False),
        _whole("end_ms"),
        _text("text"),
        sa.Column("confidence", sa.Float, nullable=False),
        _text("source"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE spoken ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED"
        )
        op.execute("CREATE INDEX ix_spoken_words ON spoken USING gin (words)")
        return
    # https://www.sqlite.org/fts5.html, "External Content Tables": triggers keep the index beside the table.
    op.execute("DROP TABLE IF EXISTS spoken_words")
    op.execute("CREATE VIRTUAL TABLE spoken_words USING fts5(text, content='spoken', content_rowid='id')")
    gone = "INSERT INTO spoken_words(spoken_words, rowid, text) VALUES ('delete', old.id, old.text);"
    new = "INSERT INTO spoken_words(rowid, text) VALUES (new.id, new.text);"
    for event, body in {"insert": new, "delete": gone, "update": gone + new}.items():
        op.execute(f"CREATE TRIGGER spoken_after_{event} AFTER {event} ON spoken BEGIN {body} END")


def _verdicts() -> None:
    ratings = [sa.Column(name, sa.SmallInteger) for name in ("factual", "interpretative", "completeness")]
    op.create_table(
        "verdicts",
        sa.Column("verdict_id", sa.Text, primary_key=True),
        _of_call(),
        sa.Column("alert_id", sa.Text, nullable=False, index=True, server_default=""),
        _whole("at_ms", null=False),
        _text("verdict"),
        _text("reason"),
        _text("note"),
        _text("by"),
        _whole("judged_at_ms", null=False),
        _text("moment_id"),
        *ratings,
        *[sa.Column(name, sa.SmallInteger) for name in ("fluency", "useful")],
        _text("body"),
    )


def _fill() -> None:
    db = op.get_bind()
    alerts = sa.table(
        "alerts",
        *[
            sa.column(name)
            for name in (
                *("alert_id", "call_id", "body", "queue", "cause", "acknowledged_by", "assigned_to"),
                *("onset_at_ms", "fired_at_ms", "acknowledged_at_ms", "resolved_at_ms"),
            )
        ],
    )
    for alert_id, body in db.execute(sa.select(alerts.c.alert_id, alerts.c.body)).all():
        told = json.loads(body)
        db.execute(sa.update(alerts).where(alerts.c.alert_id == alert_id).values(_of_alert(told)))
        _keep_quotes(db, told)
        if told.get("queue"):
            calls = sa.table("calls", sa.column("call_id"), sa.column("queue"))
            db.execute(sa.update(calls).where(calls.c.call_id == told["call_id"]).values(queue=told["queue"]))
    moments = sa.table("moments", sa.column("body"))
    for (body,) in db.execute(sa.select(moments.c.body)).all():
        _keep_quotes(db, json.loads(body))


def _of_alert(told: dict[str, Any]) -> dict[str, Any]:
    """As `wall_clock.py` has it of a call whose beginning is not known, when this revision was written."""
    heard_ms = max((item["end_ms"] for item in told.get("evidence", [])), default=told["fired_ms"])
    spoken, emitted = told.get("spoken_at_ms", 0), told.get("emitted_at_ms", 0)
    base = spoken - heard_ms if spoken else emitted - told["fired_ms"] if emitted else None
    acted = told.get("acted", [])
    acknowledged = [one["acted_at_ms"] for one in acted if one["action"] == "acknowledge"]
    by_hand = [one["acted_at_ms"] for one in acted if one["action"] == "resolve"]
    resolved_ms = told.get("resolved_ms")
    resolved = None if base is None or resolved_ms is None else base + resolved_ms
    return {
        "queue": told.get("queue", ""),
        "cause": told.get("cause", "tone"),
        "acknowledged_by": told.get("acknowledged_by", ""),
        "assigned_to": told.get("assigned_to", ""),
        "onset_at_ms": None if base is None else base + told["onset_ms"],
        "fired_at_ms": None if base is None else base + told["fired_ms"],
        "acknowledged_at_ms": acknowledged[0] if acknowledged else None,
        "resolved_at_ms": by_hand[-1] if told.get("resolved_by") == "person" and by_hand else resolved,
    }


def _keep_quotes(db: sa.Connection, told: dict[str, Any]) -> None:
    spoken = sa.table(
        "spoken", *[sa.column(name) for name in ("segment_id", "call_id", "start_ms", "text", "confidence", "source")]
    )
    for quote in told["facts"].get("quotes", []):
        known = sa.select(spoken.c.segment_id).where(spoken.c.segment_id == quote["segment_id"])
        if db.execute(known).first() is None:
            values = {name: quote[name] for name in ("segment_id", "start_ms", "text")}
            row = {**values, "call_id": told["call_id"], "confidence": quote.get("confidence", 1.0), "source": "quote"}
            db.execute(sa.insert(spoken).values(row))
