"""The clips of judged alerts, with what was said and felt in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from tonewatch.stream.archive import schema


def kept_clips(
    db: Connection, alert_ids: Sequence[str]
) -> tuple[dict[str, list[Path]], dict[str, str], dict[Path, str]]:
    """By alert the paths of its clips and the emotion of its newest reason, by path what was said in it."""
    audio, evidence, spoken, reasons = schema.audio, schema.evidence, schema.spoken, schema.rationales
    joined = audio.join(evidence, audio.c.segment_id == evidence.c.segment_id).outerjoin(
        spoken, spoken.c.segment_id == audio.c.segment_id
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
