"""Verdicts as rows of a table, whatever file they go into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from tonewatch.stream.archive.review.judged import labels_of
from tonewatch.stream.archive.review.precision import together, week_of
from tonewatch.stream.archive.review.views import CallRow, Moment
from tonewatch.stream.messages import Verdict

Judged = Sequence[tuple[Moment, Sequence[Verdict]]]
JudgedCalls = Sequence[tuple[CallRow, Sequence[Verdict]]]

RATINGS: Final = ("factual", "interpretative", "completeness", "fluency", "useful")

TIMES: Final = ("onset", "judged")

COLUMNS: Final = (
    *("alert_id", "call_id", "rule", "severity", "queue", "team", "agent_id", "onset", "week", "sentence"),
    *("verdict", "reason", "note", "by", "judged", "together", "moment_id", *RATINGS, "blind"),
)

Row = dict[str, str | int | datetime | None]


def verdict_rows(judged: Judged, calls: JudgedCalls = ()) -> Iterator[Row]:
    """A row a verdict; `together` is what all that judged the alert say of it, `blind` is no where
    others' verdicts had been shown to who gave it.

    Of a verdict on a call as a whole there is no alert: `missed` stands at its second, `right` says that nothing was
    missed.
    """
    for moment, given in judged:
        agreed = together(labels_of(given).values())
        of_moment = {name: getattr(moment, name) for name in COLUMNS if hasattr(moment, name)}
        for verdict in given:
            yield {**of_moment, **_of_verdict(verdict, moment.onset_at_ms), "together": agreed}
    for call, given in calls:
        of_call = {name: getattr(call, name) for name in COLUMNS if hasattr(call, name)}
        for verdict in given:
            at_ms = None if call.started_at_ms is None else call.started_at_ms + verdict.at_ms
            yield {**of_call, **_of_verdict(verdict, at_ms), "together": ""}


def _of_verdict(verdict: Verdict, onset_at_ms: int | None) -> Row:
    ratings = msgspec.structs.asdict(verdict.ratings) if verdict.ratings else dict.fromkeys(RATINGS)
    said: Row = {name: getattr(verdict, name) for name in ("verdict", "reason", "note", "by", "moment_id")}
    times: Row = {"onset": _time(onset_at_ms), "judged": _time(verdict.judged_at_ms), "week": week_of(onset_at_ms)}
    return {**said, **times, **ratings, "blind": "no" if verdict.sighted else "yes"}


def _time(at_ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None
