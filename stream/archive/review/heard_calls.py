"""What people who heard a call say of it as a whole: moments that were missed, or that none was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.filters import Filter
from tonewatch.stream.archive.review.judged import Blinding, Given, by_alert, verdicts_of
from tonewatch.stream.archive.review.precision import together
from tonewatch.stream.archive.review.recall import HeardCall
from tonewatch.stream.archive.review.views import CallReview, Judged
from tonewatch.stream.messages import Verdict


class OfCall:
    """Verdicts on a call: any number of marks of each person, or that nothing was missed; the oldest first."""

    def __init__(self, verdicts: Iterable[Verdict] = ()) -> None:
        self.verdicts = tuple(verdicts)

    @property
    def labels(self) -> dict[str, Judged]:
        """Of each person: `missed` where they marked anything, else `right`."""
        found: dict[str, Judged] = {}
        for verdict in self.verdicts:
            if found.get(verdict.by) != "missed":
                found[verdict.by] = verdict.verdict
        return found

    def is_closed(self, blinding: Blinding) -> bool:
        first_at_ms = next((verdict.judged_at_ms for verdict in self.verdicts if verdict.judged_at_ms), 0)
        return Given(first_at_ms=first_at_ms).is_closed(blinding)

    def is_shown_to(self, person: str, blinding: Blinding) -> bool:
        return person in self.labels or self.is_closed(blinding)

    @property
    def missed_ms(self) -> list[int]:
        return [verdict.at_ms for verdict in self.verdicts if verdict.verdict == "missed"]


def of_calls(db: Connection, call_ids: Iterable[str] | None = None) -> dict[str, OfCall]:
    """By call, of these or of all that have any."""
    verdicts = schema.verdicts.c
    of_these = [verdicts.call_id.in_(list(call_ids))] if call_ids is not None else []
    found: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts_of(db, verdicts.alert_id == "", *of_these):
        found[verdict.call_id].append(verdict)
    return {call_id: OfCall(of) for call_id, of in found.items()}


def seen_whole_by(person: str, of: OfCall, blinding: Blinding) -> CallReview:
    """Others' marks, only for who has judged the call, or may not any more."""
    labels, is_shown = of.labels, of.is_shown_to(person, blinding)
    return CallReview(
        given=len(labels),
        mine=tuple(verdict for verdict in of.verdicts if verdict.by == person),
        others=tuple(verdict for verdict in of.verdicts if verdict.by != person) if is_shown else (),
        together=together(labels.values()) if is_shown else "",
        closed=of.is_closed(blinding),
    )


def missed_marks(db: Connection, wanted: Filter, blinding: Blinding) -> int:
    """How many seconds were marked as missed in the calls that are wanted, of those that may be told."""
    return sum(len(of.missed_ms) for of in _shown(db, wanted, blinding, only_sampled=False).values())


def heard_calls(db: Connection, wanted: Filter, blinding: Blinding) -> list[HeardCall]:
    """The sampled calls among those wanted that somebody judged whole, of those that may be told."""
    shown = _shown(db, wanted, blinding, only_sampled=True)
    alerts = defaultdict(list)
    query = select(schema.alerts.c.call_id, schema.alerts.c.alert_id).where(schema.alerts.c.call_id.in_(list(shown)))
    for call_id, alert_id in db.execute(query):
        alerts[call_id].append(alert_id)
    judged = by_alert(db, [alert_id for of in alerts.values() for alert_id in of])
    found = []
    for call_id, of in shown.items():
        given = [judged.get(alert_id, Given()) for alert_id in alerts[call_id]]
        if all(one.is_shown_to(wanted.person, blinding) for one in given):
            labels = [together(one.labels().values()) for one in given]
            found.append(HeardCall(labels, of.labels, of.missed_ms))
    return found


def shown_calls(db: Connection, wanted: Filter, blinding: Blinding) -> dict[str, OfCall]:
    """By call what was said of it as a whole, of those that are wanted and may be told."""
    return _shown(db, wanted, blinding, only_sampled=False)


def _shown(db: Connection, wanted: Filter, blinding: Blinding, *, only_sampled: bool) -> dict[str, OfCall]:
    judged = {call_id: of for call_id, of in of_calls(db).items() if of.is_shown_to(wanted.person, blinding)}
    calls = schema.calls.c
    query = select(calls.call_id).where(calls.call_id.in_(list(judged)), *wanted.call_conditions(db.dialect.name))
    if only_sampled:
        query = query.where(calls.sampled == 1)
    return {call_id: judged[call_id] for call_id in db.scalars(query)}
