"""What whole calls need: the calls of the sample, whose voice a clip is, what was measured, and the tone line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("calls", sa.Column("sampled", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_index("ix_calls_sampled", "calls", ["sampled"])
    op.create_index("ix_calls_first_at_ms", "calls", ["first_at_ms"])
    op.add_column("audio", sa.Column("role", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "heard",
        sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id"), primary_key=True),
        sa.Column("record_offset", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "tone",
        sa.Column("segment_id", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id"), nullable=False, index=True),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("end_ms", sa.BigInteger, nullable=False),
        sa.Column("tone", sa.Float),
        sa.Column("spread", sa.Float, nullable=False),
        sa.Column("abstained", sa.Text, nullable=False, server_default=""),
    )
