"""Calls out of the archive with what was measured of them and what people say: to replay rules over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, select

from tonewatch.models.degradation.tuning import JudgedCall, JudgedMoment, Said
from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.connection import Reading
from tonewatch.stream.archive.review.judged import given, verdicts_of
from tonewatch.stream.archive.review.precision import together
from tonewatch.stream.archive.review.recall import HeardCall
from tonewatch.stream.codec import decode_alert, decode_segment, decode_verdict
from tonewatch.stream.errors import BadRecord, SettingsError
from tonewatch.stream.messages import Verdict
from tonewatch.stream.rules.model import BUILT_IN


def judged_calls(engine: Engine, cause: str, verdicts: Iterable[Verdict] | None = None) -> list[JudgedCall]:
    """Every call of which measurements are kept. `verdicts`: instead of those of the archive, the oldest first.

    Of `cause` alone the alerts count as judged moments: what was said of another cause's says nothing of this rule.

    Raises:
        StoreError: the database cannot be read.
    """
    with Reading(engine).opened() as db:
        of_alerts, of_calls = _sorted(verdicts if verdicts is not None else verdicts_of(db))
        alerts = _moments(db, cause, of_alerts)
        return [_call(row.call_id, row.sampled, bodies, alerts, of_calls) for row, bodies in _heard(db)]


def read_verdicts(path: Path) -> list[Verdict]:
    """Records of `tonewatch.verdicts.v1`, one a line, the oldest first.

    Raises:
        SettingsError: the file cannot be read, or a line is no verdict.
    """
    try:
        lines = [line for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise SettingsError(f"--verdicts {path}: cannot be read ({error.strerror}).") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(decode_verdict(line))
        except BadRecord as error:
            raise SettingsError(f"--verdicts {path}, line {number}: {error}.") from error
    return sorted(found, key=lambda one: one.judged_at_ms)


def cause_of(kind: str) -> str:
    """What the alerts of rules of a kind are about."""
    return next(str(rule.cause) for rule in BUILT_IN if rule.kind == kind)


class _Row(msgspec.Struct, frozen=True):
    call_id: str
    sampled: bool


def _heard(db: Connection) -> Iterator[tuple[_Row, list[str]]]:
    """One call after the other: all together may be more than fits."""
    heard, calls = schema.heard.c, schema.calls.c
    query = select(calls.call_id, calls.sampled).where(calls.call_id.in_(select(heard.call_id).distinct()))
    for call_id, sampled in db.execute(query.order_by(calls.call_id)).all():
        bodies = select(heard.body).where(heard.call_id == call_id).order_by(heard.record_offset)
        yield _Row(call_id, bool(sampled)), list(db.scalars(bodies))


def _sorted(verdicts: Iterable[Verdict]) -> tuple[dict[str, list[Verdict]], dict[str, list[Verdict]]]:
    """By alert, and by call those without one."""
    of_alerts: dict[str, list[Verdict]] = defaultdict(list)
    of_calls: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        (of_alerts[verdict.alert_id] if verdict.alert_id else of_calls[verdict.call_id]).append(verdict)
    return of_alerts, of_calls


def _moments(db: Connection, cause: str, of_alerts: dict[str, list[Verdict]]) -> dict[str, list[JudgedMoment]]:
    alerts = schema.alerts.c
    found: dict[str, list[JudgedMoment]] = defaultdict(list)
    query = select(alerts.call_id, alerts.body).where(alerts.alert_id.in_(list(of_alerts)), alerts.cause == cause)
    for call_id, body in db.execute(query):
        alert = decode_alert(body.encode())
        agreed = together(given(of_alerts[alert.alert_id]).labels().values())
        if agreed in ("right", "wrong", "not_actionable"):
            end_ms = alert.resolved_ms if alert.resolved_ms is not None else alert.fired_ms
            said: Said = "right" if agreed == "right" else "wrong"
            found[call_id].append(JudgedMoment(alert.onset_ms, end_ms, said))
    return found


def _call(
    call_id: str,
    sampled: bool,
    bodies: list[str],
    moments: dict[str, list[JudgedMoment]],
    of_calls: dict[str, list[Verdict]],
) -> JudgedCall:
    messages = tuple(decode_segment(body.encode()) for body in bodies)
    said = of_calls.get(call_id, [])
    labels = {one.by: one.verdict for one in sorted(said, key=lambda one: one.verdict == "missed")}
    heard = HeardCall([], labels, [one.at_ms for one in said if one.verdict == "missed"])
    ends = [getattr(message, "end_ms", getattr(message, "duration_ms", 0)) for message in messages]
    return JudgedCall(
        call_id=call_id,
        messages=messages,
        moments=tuple(moments.get(call_id, ())),
        missed_ms=tuple(heard.missed_ms) if heard.is_missed else (),
        is_whole=bool(labels) and together(labels.values()) in ("right", "missed"),
        sampled=sampled,
        duration_s=max(ends, default=0) / 1000,
    )
