"""The audit's records, as they came from Kafka."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    texts = [sa.Column(name, sa.Text, nullable=False) for name in ("kind", "by", "call_id", "alert_id", "body")]
    wholes = [sa.Column(name, sa.BigInteger, nullable=False) for name in ("acted_at_ms", "at_ms")]
    op.create_table(
        "audit",
        sa.Column("partition", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("record_offset", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("writer", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        *wholes,
        *texts,
    )
    for name in ("writer", "call_id", "acted_at_ms"):
        op.create_index(f"ix_audit_{name}", "audit", [name])
