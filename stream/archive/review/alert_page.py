"""One alert with all that the archive knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.context_audio import agent_id, context_id
from tonewatch.stream.archive.review.judged import Blinding, Given, seen_by
from tonewatch.stream.archive.review.views import (
    AlertDetail,
    KeptAudio,
    Moment,
    Sound,
    Spoken,
    StateView,
    TonePoint,
)
from tonewatch.stream.codec import decode_alert, decode_rationale
from tonewatch.stream.messages import Alert, Rationale

AROUND_MS = 15_000
"""What was said so long before and after the evidence is shown with it."""


def alert_detail(
    db: Connection, body: str, moment: Moment, given: Given, blinding: Blinding, person: str
) -> AlertDetail:
    """As `person` may see it; `body` is the alert's newest state."""
    alert = decode_alert(body.encode())
    tone = _tone(db, alert.alert_id)
    return AlertDetail(
        moment=moment,
        alert=alert,
        states=_states(db, alert.alert_id),
        reasons=_reasons(db, alert.alert_id),
        tone=tone,
        spoken=_spoken(db, alert, tone),
        sound=_sound(db, alert.alert_id),
        review=seen_by(person, given, blinding),
    )


def _states(db: Connection, alert_id: str) -> tuple[StateView, ...]:
    states = schema.alert_states.c
    bodies = db.scalars(select(states.body).where(states.alert_id == alert_id).order_by(states.seq))
    return tuple(_state(decode_alert(body.encode())) for body in bodies)


def _state(alert: Alert) -> StateView:
    by_hand = ("acknowledged", "snoozed", "assigned", "commented")
    is_person_s = alert.event in by_hand or (alert.event == "resolved" and alert.resolved_by == "person")
    done = alert.acted[-1] if alert.acted and is_person_s else None
    return StateView(
        seq=alert.seq,
        event=alert.event or alert.state,
        state=alert.state,
        decided_by=alert.decided_by,
        by=done.by if done else "",
        at_ms=done.acted_at_ms if done else alert.emitted_at_ms,
        sentence=alert.sentence,
    )


def _reasons(db: Connection, alert_id: str) -> tuple[Rationale, ...]:
    reasons = schema.rationales.c
    bodies = db.scalars(select(reasons.body).where(reasons.alert_id == alert_id).order_by(reasons.at_ms))
    return tuple(decode_rationale(body.encode()) for body in bodies)


def _tone(db: Connection, alert_id: str) -> tuple[TonePoint, ...]:
    evidence = schema.evidence.c
    columns = [evidence[name] for name in TonePoint.__struct_fields__]
    rows = db.execute(select(*columns).where(evidence.alert_id == alert_id).order_by(evidence.start_ms)).mappings()
    return tuple(TonePoint(**row) for row in rows)


def _spoken(db: Connection, alert: Alert, tone: Sequence[TonePoint]) -> tuple[Spoken, ...]:
    first = min([alert.onset_ms, *(point.start_ms for point in tone)]) - AROUND_MS
    last = max([alert.fired_ms, *(point.end_ms for point in tone)]) + AROUND_MS
    spoken = schema.spoken.c
    columns = [spoken[name] for name in Spoken.__struct_fields__]
    query = select(*columns).where(spoken.call_id == alert.call_id, spoken.start_ms.between(first, last))
    return tuple(Spoken(**row) for row in db.execute(query.order_by(spoken.start_ms)).mappings())


def audio_rows(db: Connection, alert_id: str) -> list[tuple[KeptAudio, str | None]]:
    """The alert's stretches of audio in order, each with the path of its file in the audio folder."""
    audio, evidence = schema.audio, schema.evidence
    columns = [audio.c[name] for name in KeptAudio.__struct_fields__]
    of_evidence = select(evidence.c.segment_id).where(evidence.c.alert_id == alert_id)
    whole = (context_id(alert_id), agent_id(alert_id))
    # Of its own call alone: evidence names segments in free text, and whoever may hear this call may not hear all.
    own = select(schema.alerts.c.call_id).where(schema.alerts.c.alert_id == alert_id).scalar_subquery()
    query = select(*columns, audio.c.path).where(
        audio.c.call_id == own, or_(audio.c.segment_id.in_(of_evidence), audio.c.segment_id.in_(whole))
    )
    return kept_audio(db, query)


def kept_audio(db: Connection, query: Select[Any]) -> list[tuple[KeptAudio, str | None]]:
    """Rows of `audio` in the order in which they are played: the whole before stretches that lie in it."""
    rows = db.execute(query.order_by(schema.audio.c.start_ms, schema.audio.c.end_ms.desc())).mappings()
    return [(KeptAudio(**{name: row[name] for name in KeptAudio.__struct_fields__}), row["path"]) for row in rows]


def _sound(db: Connection, alert_id: str) -> Sound | None:
    return sound_of([part for part, _path in audio_rows(db, alert_id)])


def sound_of(parts: Sequence[KeptAudio]) -> Sound | None:
    """None where nothing was kept."""
    kept = [part for part in parts if part.status == "kept"]
    if not kept:
        return None
    return Sound(start_ms=kept[0].start_ms, end_ms=max(part.end_ms for part in kept), parts=tuple(parts))
