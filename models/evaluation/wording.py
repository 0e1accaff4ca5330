"""How figures are told to people, in a terminal and on the page."""

from __future__ import annotations

from tonewatch.models.evaluation.results import Result

NOTHING = "–"


def short(share: float | None, digits: int = 2) -> str:
    """0.85 as .85; 0 and 1 bare."""
    if share is None:
        return NOTHING
    if share in (0.0, 1.0):
        return f"{share:.0f}"
    told = f"{share:.{digits}f}"
    return told.removeprefix("0") if told.startswith("0.") else told


def milliseconds(seconds: float | None) -> str:
    return NOTHING if seconds is None else f"{1000 * seconds:.0f}"


def interval(one: Result) -> str:
    """Of the unweighted recall."""
    known = one.unweighted_recall_interval
    return f"{short(known[0], 3)} to {short(known[1], 3)}" if known else NOTHING
