"""What people make of an alert, as far as what they do with it says so: the precision that can be counted in operation.

There is no question "was it right?" on the board. Somebody who acknowledges or assigns an alert takes it up; somebody
who resolves one by hand that nobody took up, while its condition still holds, dismisses it, and the alert's cause is
left alone from then on.
"""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages import Alert

Review = Literal["upheld", "dismissed"]

_TAKES_UP = ("acknowledge", "assign")
_REVIEWS = (*_TAKES_UP, "resolve")
_EVENTS = {"acknowledged": "acknowledge", "assigned": "assign", "resolved": "resolve"}


def review(alert: Alert) -> Review | None:
    """What this event of an alert's life says; null where it says nothing, or an earlier one said it already."""
    action = _EVENTS.get(alert.event)
    if action is None or not alert.acted or alert.acted[-1].action != action:
        return None
    if action == "resolve" and alert.resolved_by != "person":
        return None
    if any(before.action in _REVIEWS for before in alert.acted[:-1]):
        return None
    return "upheld" if action in _TAKES_UP else "dismissed"
