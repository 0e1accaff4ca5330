"""The archive's tables. A column that is named like a message's field holds that field; `body` is the whole message.
A segment's id is free text: what belongs to a segment is known by its call too.

They are made and altered by the revisions in `migrations/`: what changes here needs a revision there.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _of_call(*, key: bool = False) -> Column[str]:
    return Column("call_id", Text, ForeignKey("calls.call_id"), nullable=False, index=True, primary_key=key)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _whole(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


def _word(name: str, *, index: bool = False) -> Column[str]:
    """A text that is '' where it is not known, as in rows of before it was kept."""
    return Column(name, Text, nullable=False, server_default="", index=index)


def _time(name: str, *, index: bool = False) -> Column[int]:
    return Column(name, BigInteger, index=index)


calls = Table(
    "calls",
    metadata,
    _key("call_id"),
    Column("first_at_ms", BigInteger, nullable=False, index=True),
    _word("queue"),
    _word("team", index=True),
    _word("agent_id", index=True),
    _word("agent_name"),
    _word("title"),
    _word("language"),
    _time("started_at_ms"),
    _time("closed_at_ms", index=True),
    _time("duration_ms"),
    Column("sampled", SmallInteger, nullable=False, server_default="0", index=True),
    Column("told", SmallInteger),
    _word("bound"),
)
"""`first_at_ms`: Kafka's time stamp of the first record that the archive kept of the call; `closed_at_ms`: of its end.
`sampled`: 1 where it was drawn at its beginning to be kept whole (`sample.py`). `told`: 1 where its newest announcement
says that the caller was told of the analysis, 0 where not, null where none came; `bound`: as JSON, by channel the roles
that it has had (`call_notice.py`).
The rest is as the call's own attributes say, '' and null where they do not."""

marks = Table("marks", metadata, _key("call_hash"), _text("reason"))
"""Calls of which nothing is kept any more, `withdrawn` or `erased`, by a hash of their ids (`call_notice.py`). In no
column does a call's id stand, and no erasure or retention takes a mark away."""

alerts = Table(
    "alerts",
    metadata,
    _key("alert_id"),
    _of_call(),
    _whole("seq"),
    Column("rule", Text, nullable=False, index=True),
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
    _word("queue", index=True),
    _word("cause"),
    _word("acknowledged_by"),
    _word("assigned_to"),
    _time("onset_at_ms", index=True),
    _time("fired_at_ms"),
    _time("acknowledged_at_ms"),
    _time("resolved_at_ms"),
)
"""The newest state of each alert; the times of the wall clock are those of `wall_clock.py`."""

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
    _of_call(key=True),
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
    _word("role"),
)
"""One row per segment of evidence, alert (`context_audio.py`) and minute of a sampled call (`whole_call.py`). `status`:
kept, missing (Kafka no longer has it) or withheld (not the caller's channel), with a fixed word in `reason`. `path` is
relative to the audio folder; `missing_ms` of it are silence. `role`: whose voice it is, '' for the caller's."""

heard = Table(
    "heard",
    metadata,
    Column("call_id", Text, ForeignKey("calls.call_id"), primary_key=True),
    Column("record_offset", BigInteger, primary_key=True, autoincrement=False),
    _text("body"),
)
"""What the listener measured of a call, its records of `tonewatch.segments.v1` as they came: to replay rules over."""

tone = Table(
    "tone",
    metadata,
    _key("segment_id"),
    _of_call(key=True),
    _whole("start_ms"),
    _whole("end_ms"),
    Column("tone", Float),
    Column("spread", Float, nullable=False),
    _word("abstained"),
)
"""The rolling tone after each segment, as the board showed it; `tone` is null where `abstained` says why."""

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

spoken = Table(
    "spoken",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    _text("segment_id"),
    _of_call(),
    _whole("start_ms"),
    _time("end_ms"),
    _word("text"),
    Column("confidence", Float, nullable=False),
    _word("source"),
    UniqueConstraint("call_id", "segment_id"),
)
"""What a caller said in a segment. `source`: `words`, the transcript; or `quote`, the part of it that a moment quotes,
where no transcript came. Searched by `search.py`."""

verdicts = Table(
    "verdicts",
    metadata,
    _key("verdict_id"),
    _of_call(),
    Column("alert_id", Text, nullable=False, server_default="", index=True),
    _whole("at_ms"),
    _word("verdict"),
    _word("reason"),
    _word("note"),
    _word("by"),
    _whole("judged_at_ms"),
    _word("moment_id"),
    *(Column(name, SmallInteger) for name in ("factual", "interpretative", "completeness", "fluency", "useful")),
    _word("body"),
)
"""Every verdict; of one person's on one moment the newest counts. The ratings are 1..5, null where none was given."""

audit = Table(
    "audit",
    metadata,
    Column("partition", BigInteger, primary_key=True, autoincrement=False),
    Column("record_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("writer", Text, primary_key=True, index=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("acted_at_ms", BigInteger, nullable=False, index=True),
    _whole("at_ms"),
    _text("kind"),
    _text("by"),
    Column("call_id", Text, nullable=False, index=True),
    _text("alert_id"),
    _text("body"),
)
"""Every record of `tonewatch.audit.v1`; rows are only added. `body` are its bytes, over which the chain is made: the
other columns are for searching, and prove nothing. `at_ms`: when Kafka took it."""
