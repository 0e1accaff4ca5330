"""Verdicts out of the archive: of each person's on one moment the newest, and who may see them.

A rater is blind: whoever may still judge a moment is told of nobody's verdict on it, in no list, figure or file. One
sees them once one has judged oneself, and everybody does once the moment is closed: so long after its first verdict,
nobody new judges it. A verdict that is changed after that counts, as the newest, and is marked as `sighted`: how far
people agree is asked of those alone that were given blind.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.precision import together
from tonewatch.stream.archive.review.views import Judged, ReviewState
from tonewatch.stream.codec import decode_verdict
from tonewatch.stream.messages import Verdict

DAY_MS = 86_400_000


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Blinding:
    """For how long after its first verdict a moment is open to others, and what time it is since the Unix epoch."""

    open_ms: int = 7 * DAY_MS
    now_ms: Callable[[], int] = _wall_clock_ms


@dataclass(frozen=True)
class Given:
    """What people say of one moment: the newest of each, the oldest first, and of each the newest that was given blind;
    `first_at_ms` 0 where no time is known."""

    newest: tuple[Verdict, ...] = ()
    blind: tuple[Verdict, ...] = ()
    first_at_ms: int = 0

    def of(self, person: str) -> Verdict | None:
        return next((verdict for verdict in self.newest if verdict.by == person), None)

    def is_closed(self, blinding: Blinding) -> bool:
        """Nobody judges it who has not yet."""
        return self.first_at_ms > 0 and blinding.now_ms() - self.first_at_ms >= blinding.open_ms

    def is_shown_to(self, person: str, blinding: Blinding) -> bool:
        return self.of(person) is not None or self.is_closed(blinding)

    def labels(self) -> dict[str, Judged]:
        """What each person said."""
        return labels_of(self.newest)

    def blind_labels(self) -> dict[str, Judged]:
        """What each person said before anybody else's verdict was shown to them."""
        return labels_of(self.blind)


NOBODY = Given()


def labels_of(newest: Iterable[Verdict]) -> dict[str, Judged]:
    """By person what they said, of the newest verdict of each."""
    return {verdict.by: verdict.verdict for verdict in newest}


def verdicts_of(db: Connection, *conditions: ColumnElement[bool]) -> list[Verdict]:
    """The oldest first, of rows of `verdicts`."""
    verdicts = schema.verdicts.c
    query = select(verdicts.body).where(*conditions).order_by(verdicts.judged_at_ms, verdicts.verdict_id)
    return [decode_verdict(body.encode()) for body in db.scalars(query)]


def by_alert(db: Connection, alert_ids: Sequence[str] | None = None) -> dict[str, Given]:
    """Of these alerts, or of all; moments without an alert are left out."""
    verdicts = schema.verdicts.c
    of_these = [verdicts.alert_id.in_(alert_ids)] if alert_ids is not None else []
    found: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts_of(db, verdicts.alert_id != "", *of_these):
        found[verdict.alert_id].append(verdict)
    return {alert_id: given(of) for alert_id, of in found.items()}


def given(verdicts: Iterable[Verdict]) -> Given:
    """Of one moment; `verdicts` come the oldest first."""
    newest: dict[str, Verdict] = {}
    blind: dict[str, Verdict] = {}
    first_at_ms = 0
    for verdict in verdicts:
        # Who has judged is shown what the others said: also where the record is of a release that did not mark it.
        if verdict.by in newest and len(newest) > 1 and not verdict.sighted:
            verdict = msgspec.structs.replace(verdict, sighted=True)
        newest.pop(verdict.by, None)
        newest[verdict.by] = verdict
        if not verdict.sighted:
            blind[verdict.by] = verdict
        first_at_ms = first_at_ms or verdict.judged_at_ms
    return Given(tuple(newest.values()), tuple(blind.values()), first_at_ms)


def seen_by(person: str, of: Given, blinding: Blinding) -> ReviewState:
    """Others' verdicts, only for who has given their own, or may not any more."""
    mine = of.of(person)
    is_shown = of.is_shown_to(person, blinding)
    others = tuple(verdict for verdict in of.newest if verdict.by != person) if is_shown else ()
    agreed = together(of.labels().values()) if is_shown else ""
    closed = of.is_closed(blinding)
    return ReviewState(given=len(of.newest), mine=mine, others=others, together=agreed, closed=closed)
