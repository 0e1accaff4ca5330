"""The archive's tables. A column that is named like a message's field holds that field; `body` is the whole message."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, MetaData, Table, Text

metadata = MetaData()


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _of_call() -> Column[str]:
    return Column("call_id", Text, ForeignKey("calls.call_id"), nullable=False, index=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _whole(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


calls = Table("calls", metadata, _key("call_id"), _whole("first_at_ms"))
"""`first_at_ms`: Kafka's time stamp of the first record that the archive kept of the call."""

alerts = Table(
    "alerts",
    metadata,
    _key("alert_id"),
    _of_call(),
    _whole("seq"),
    _text("rule"),
    _text("state"),
    _text("severity"),
    _whole("onset_ms"),
    _whole("fired_ms"),
    _whole("peak_ms"),
    Column("peak_tone", Float, nullable=False),
    _whole("resolved_ms", null=True),
    _text("resolved_by"),
    _text("decided_by"),
    _text("sentence"),
    _text("model_name", null=True),
    _text("model_version", null=True),
    _whole("emitted_at_ms"),
    _text("body"),
)
"""The newest state of each alert."""

alert_states = Table(
    "alert_states",
    metadata,
    Column("alert_id", Text, ForeignKey("alerts.alert_id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _text("state"),
    _text("decided_by"),
    _whole("emitted_at_ms"),
    _text("body"),
)
"""Every state of each alert; rows are only added."""

evidence = Table(
    "evidence",
    metadata,
    Column("alert_id", Text, ForeignKey("alerts.alert_id"), primary_key=True),
    Column("segment_id", Text, primary_key=True, index=True),
    _whole("start_ms"),
    _whole("end_ms"),
    Column("tone", Float, nullable=False),
    _text("topic"),
    _whole("partition"),
    _whole("first_offset"),
    _whole("last_offset"),
)
"""The segments that an alert rests on, and where their audio lay in Kafka."""

audio = Table(
    "audio",
    metadata,
    _key("segment_id"),
    _of_call(),
    _whole("start_ms"),
    _whole("end_ms"),
    _text("status"),
    _text("reason"),
    _text("path", null=True),
    _text("sha256", null=True),
    _whole("bytes", null=True),
    _text("codec", null=True),
    _whole("rate_hz", null=True),
    _whole("duration_ms", null=True),
    _whole("missing_ms", null=True),
)
"""One row per segment of evidence. `status`: kept, missing (Kafka no longer has it) or withheld (not the caller's
channel), with a fixed word in `reason`. `path` is relative to the audio folder; `missing_ms` of it are silence."""

moments = Table(
    "moments",
    metadata,
    _key("moment_id"),
    _of_call(),
    Column("alert_id", Text, nullable=False, index=True),
    _text("kind"),
    _whole("at_ms"),
    _text("sentence"),
    _whole("emitted_at_ms"),
    _text("body"),
)

rationales = Table(
    "rationales",
    metadata,
    _key("moment_id"),
    _of_call(),
    Column("alert_id", Text, nullable=False, index=True),
    _text("kind"),
    _whole("at_ms"),
    _text("text"),
    _text("source"),
    _text("fallback"),
    _text("decision"),
    _text("label"),
    Column("confidence", Float, nullable=False),
    _whole("claims_total"),
    _whole("claims_false"),
    _text("model_name", null=True),
    _text("model_version", null=True),
    _whole("emitted_at_ms"),
    _text("body"),
)
"""The newest reason for each moment (an explainer that starts again may answer a moment twice)."""
