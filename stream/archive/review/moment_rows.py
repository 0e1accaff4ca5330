"""Fired alerts as rows of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.review.filters import Filter
from tonewatch.stream.archive.review.judged import Given
from tonewatch.stream.archive.review.views import Moment
from tonewatch.stream.archive.search import said
from tonewatch.stream.messages import VerdictKind


def moments_query(wanted: Filter, dialect: str) -> Select[Any]:
    """Rows of alerts with what is known of their calls."""
    about = [schema.calls.c[name] for name in ("title", "team", "agent_id", "agent_name")]
    return select(schema.alerts, *about).join(schema.calls).where(*wanted.conditions(dialect))


def moment_of(row: RowMapping, given: Given, person: str, found: Mapping[str, str]) -> Moment:
    """A row of `moments_query` as `person` may see it; `found`: by call the text that was looked for."""
    own = {name: row[name] for name in Moment.__struct_fields__ if name in row}
    verdict = given.of(person)
    mine: VerdictKind | Literal[""] = verdict.verdict if verdict else ""
    return Moment(**own, given=len(given.newest), mine=mine, found=found.get(row["call_id"], ""))


def found_texts(db: Connection, question: str, call_ids: Iterable[str], dialect: str) -> dict[str, str]:
    """By call, the first text that holds the words asked for."""
    condition = said(question, dialect)
    if condition is None:
        return {}
    spoken = schema.spoken.c
    query = select(spoken.call_id, spoken.text).where(condition, spoken.call_id.in_(list(call_ids)))
    found = {}
    for call_id, text in db.execute(query.order_by(spoken.start_ms.desc())):
        found[call_id] = text
    return found
