"""The tables as releases up to 0.1 made them. An archive of those has them, and begins at this revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _of_call() -> sa.Column[str]:
    return sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id"), nullable=False, index=True)


def _texts(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=null) for name in names]


def _wholes(*names: str, null: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger, nullable=null) for name in names]


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float, nullable=False)


def upgrade() -> None:
    op.create_table("calls", _key("call_id"), *_wholes("first_at_ms"))
    _alerts()
    _evidence()
    _reasons()


def _alerts() -> None:
    op.create_table(
        "alerts",
        _key("alert_id"),
        _of_call(),
        *_wholes("seq"),
        *_texts("rule", "state", "severity"),
        *_wholes("onset_ms", "fired_ms", "peak_ms"),
        _number("peak_tone"),
        *_wholes("resolved_ms", null=True),
        *_texts("resolved_by", "decided_by", "sentence"),
        *_texts("model_name", "model_version", null=True),
        *_wholes("emitted_at_ms"),
        *_texts("body"),
    )
    op.create_table(
        "alert_states",
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        *_texts("state", "decided_by"),
        *_wholes("emitted_at_ms"),
        *_texts("body"),
    )


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.alert_id"), primary_key=True),
        sa.Column("segment_id", sa.Text, primary_key=True, index=True),
        *_wholes("start_ms", "end_ms"),
        _number("tone"),
        *_texts("topic"),
        *_wholes("partition", "first_offset", "last_offset"),
    )
    op.create_table(
        "audio",
        _key("segment_id"),
        _of_call(),
        *_wholes("start_ms", "end_ms"),
        *_texts("status", "reason"),
        *_texts("path", "sha256", null=True),
        *_wholes("bytes", null=True),
        *_texts("codec", null=True),
        *_wholes("rate_hz", "duration_ms", "missing_ms", null=True),
    )


def _reasons() -> None:
    def of_alert() -> sa.Column[str]:
        return sa.Column("alert_id", sa.Text, nullable=False, index=True)

    op.create_table(
        "moments",
        _key("moment_id"),
        _of_call(),
        of_alert(),
        *_texts("kind"),
        *_wholes("at_ms"),
        *_texts("sentence"),
        *_wholes("emitted_at_ms"),
        *_texts("body"),
    )
    op.create_table(
        "rationales",
        _key("moment_id"),
        _of_call(),
        of_alert(),
        *_texts("kind"),
        *_wholes("at_ms"),
        *_texts("text", "source", "fallback", "decision", "label"),
        _number("confidence"),
        *_wholes("claims_total", "claims_false"),
        *_texts("model_name", "model_version", null=True),
        *_wholes("emitted_at_ms"),
        *_texts("body"),
    )
