"""What was kept of a call before anybody announced it, judged by the announcement: its caller was not told.

Topics are read each at its own pace. What was derived before that announcement must not be kept; what was derived after
it is of a call that was told again, as a transfer may do, and whose second announcement was not read yet. One time is
the listener's, the other the monitor's: clocks of hosts may differ by `CLOCKS_APART_MS`, and what lies so near to the
announcement is taken for earlier, for the caller's sake.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, delete, select, update

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.call_rows import overwrite_deleted
from tonewatch.stream.archive.context_audio import agent_id, context_id
from tonewatch.stream.codec import decode_alert, decode_moment, decode_verdict, encode
from tonewatch.stream.messages import FactsTable

CLOCKS_APART_MS = 60_000
"""Hosts' clocks are held together by NTP to far less; a host that lost it is noticed by others long before."""

_WITHOUT_A_TIME = (schema.heard, schema.tone, schema.spoken)
_WITH_A_TIME = (
    (schema.moments, schema.moments.c.emitted_at_ms),
    (schema.rationales, schema.rationales.c.emitted_at_ms),
)


def erase_older(db: Connection, call_id: str, at_ms: int) -> Iterator[FactsTable]:
    """Take away what was derived of the call before `at_ms`, Kafka's time of the announcement; sound is left where an
    alert from afterwards rests on it. Gives the facts of what is left, whose quotations went with the words."""
    announced_at_ms, at_ms = at_ms, at_ms + CLOCKS_APART_MS
    overwrite_deleted(db)
    alerts, states, evidence, audio = schema.alerts, schema.alert_states, schema.evidence, schema.audio
    rows = db.execute(select(alerts.c.alert_id, alerts.c.emitted_at_ms).where(alerts.c.call_id == call_id)).all()
    older = [alert_id for alert_id, emitted_at_ms in rows if emitted_at_ms < at_ms]
    younger = [alert_id for alert_id, emitted_at_ms in rows if emitted_at_ms >= at_ms]
    db.execute(delete(states).where(states.c.alert_id.in_(younger), states.c.emitted_at_ms < at_ms))
    for table in (states, evidence, alerts):
        db.execute(delete(table).where(table.c.alert_id.in_(older)))
    named = set(db.scalars(select(evidence.c.segment_id).where(evidence.c.alert_id.in_(younger))))
    named |= {name for alert_id in younger for name in (context_id(alert_id), agent_id(alert_id))}
    db.execute(delete(audio).where(audio.c.call_id == call_id, audio.c.segment_id.not_in(named)))
    for table, time in _WITH_A_TIME:
        db.execute(delete(table).where(table.c.call_id == call_id, time < at_ms))
    # A person's work, and without its note: by the times as they stand.
    verdicts = schema.verdicts
    db.execute(delete(verdicts).where(verdicts.c.call_id == call_id, verdicts.c.judged_at_ms < announced_at_ms))
    for table in _WITHOUT_A_TIME:
        db.execute(delete(table).where(table.c.call_id == call_id))
    _drop_notes(db, call_id)
    yield from _facts(db, call_id)


def _drop_notes(db: Connection, call_id: str) -> None:
    """Of verdicts that came since: they may be of the call as it was announced just now."""
    verdicts = schema.verdicts.c
    rows = db.execute(
        select(verdicts.verdict_id, verdicts.body).where(
            verdicts.call_id == call_id, (verdicts.note != "") | (verdicts.reason != "")
        )
    ).all()
    for verdict_id, body in rows:
        bare = decode_verdict(body.encode()).without_texts()
        changed = {"note": "", "reason": "", "body": encode(bare).decode()}
        db.execute(update(schema.verdicts).where(verdicts.verdict_id == verdict_id).values(changed))


def _facts(db: Connection, call_id: str) -> Iterator[FactsTable]:
    for body in db.scalars(select(schema.alerts.c.body).where(schema.alerts.c.call_id == call_id)):
        yield decode_alert(body.encode()).facts
    for body in db.scalars(select(schema.moments.c.body).where(schema.moments.c.call_id == call_id)):
        yield decode_moment(body.encode()).facts
