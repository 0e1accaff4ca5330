"""The clips of judged alerts, with what was said and felt in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, and_, select

from tonewatch.stream.archive import schema


def kept_clips(
    db: Connection, alert_ids: Sequence[str]
) -> tuple[dict[str, list[Path]], dict[str, str], dict[Path, str]]:
    """By alert the paths of its clips and the emotion of its newest reason, by path what was said in it."""
    audio, evidence, spoken, reasons = schema.audio, schema.evidence, schema.spoken, schema.rationales
    alerts = schema.alerts
    # Of the alert's own call alone: evidence names segments in free text.
    joined = (
        audio.join(evidence, audio.c.segment_id == evidence.c.segment_id)
        .join(alerts, and_(alerts.c.alert_id == evidence.c.alert_id, alerts.c.call_id == audio.c.call_id))
        .outerjoin(spoken, and_(spoken.c.segment_id == audio.c.segment_id, spoken.c.call_id == audio.c.call_id))
    )
    query = select(evidence.c.alert_id, audio.c.path, spoken.c.text).select_from(joined).order_by(audio.c.start_ms)
    clips, texts = defaultdict(list), {}
    for alert_id, path, text in db.execute(query.where(audio.c.status == "kept", evidence.c.alert_id.in_(alert_ids))):
        clips[alert_id].append(Path(path))
        texts[Path(path)] = text or ""
    named = select(reasons.c.alert_id, reasons.c.label).where(
        reasons.c.alert_id.in_(alert_ids), reasons.c.kind != "recovery", reasons.c.label != ""
    )
    emotions = {}
    for alert_id, label in db.execute(named.order_by(reasons.c.at_ms)):
        emotions[alert_id] = label
    return dict(clips), emotions, texts
