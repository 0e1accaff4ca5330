"""Verdicts out of the archive: of each person's on one moment the newest, and what others may see of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.precision import together
from tonewatch.stream.archive.review.views import Judged, ReviewState
from tonewatch.stream.codec import decode_verdict
from tonewatch.stream.messages import Verdict


def verdicts_of(db: Connection, alert_ids: Sequence[str] | None = None) -> list[Verdict]:
    """Of these alerts, or of all, the oldest first; those of moments without an alert are left out."""
    verdicts = schema.verdicts.c
    query = select(verdicts.body).where(verdicts.alert_id != "").order_by(verdicts.judged_at_ms, verdicts.verdict_id)
    if alert_ids is not None:
        query = query.where(verdicts.alert_id.in_(alert_ids))
    return [decode_verdict(body.encode()) for body in db.scalars(query)]


def by_alert(verdicts: Iterable[Verdict]) -> dict[str, tuple[Verdict, ...]]:
    """The newest of each person by alert; `verdicts` come the oldest first."""
    newest: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for verdict in verdicts:
        newest[verdict.alert_id][verdict.by] = verdict
    return {alert_id: tuple(of.values()) for alert_id, of in newest.items()}


def labels(given: Iterable[Verdict]) -> dict[str, Judged]:
    """What each person said."""
    return {verdict.by: verdict.verdict for verdict in given}


def seen_by(person: str, given: Sequence[Verdict]) -> ReviewState:
    """Others' verdicts, only for who has given their own: the second rater must not know the first one's."""
    mine = next((verdict for verdict in given if verdict.by == person), None)
    others = tuple(verdict for verdict in given if verdict.by != person) if mine else ()
    agreed = together(labels(given).values()) if mine else ""
    return ReviewState(given=len(given), mine=mine, others=others, together=agreed)
