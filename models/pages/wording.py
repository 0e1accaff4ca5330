"""Number formats of metrics, in a terminal and on a page."""

from __future__ import annotations

from tonewatch.models.estimates import Interval

NOTHING = "–"


def short(share: float | None, digits: int = 2) -> str:
    """0.85 as .85; 0 and 1 without decimals."""
    if share is None:
        return NOTHING
    if share in (0.0, 1.0):
        return f"{share:.0f}"
    shown = f"{share:.{digits}f}"
    return shown.removeprefix("0") if shown.startswith("0.") else shown


def milliseconds(seconds: float | None) -> str:
    return NOTHING if seconds is None else f"{1000 * seconds:.0f}"


def interval(known: Interval | None) -> str:
    """Both ends with three decimals."""
    return f"{short(known[0], 3)} to {short(known[1], 3)}" if known else NOTHING
