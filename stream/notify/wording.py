"""What people read of a delivery, in plain text: every kind of message is made of these lines."""

from __future__ import annotations

from tonewatch.stream.messages import Delivery, Notice

_KINDS = {"raised": "Alert", "updated": "Changed", "acknowledged": "Taken", "resolved": "Over"}

LONGEST_TITLE = 150


def title(delivery: Delivery) -> str:
    """One line for all of it."""
    first = delivery.notices[0]
    if len(delivery.notices) == 1:
        return _cut(headline(first, step=delivery.step))
    count = len(delivery.notices)
    queues = {notice.queue for notice in delivery.notices}
    where = f" in {first.queue}" if len(queues) == 1 and first.queue else ""
    return _cut(f"{count} alerts{where}: {_KINDS[first.kind].lower()}")


def headline(notice: Notice, *, step: int = 0) -> str:
    """What happened to one alert."""
    what = _KINDS[notice.kind]
    if notice.kind == "raised" and step:
        what = "Nobody has taken this alert yet"
    elif notice.kind == "raised" and notice.event == "reopened":
        what = "Alert, again"
    elif notice.kind == "resolved" and notice.state == "withdrawn":
        what = "Withdrawn"
    asks = " (act)" if notice.severity == "act" and notice.kind != "resolved" else ""
    where = f", {notice.queue}" if notice.queue else ""
    return f"{what}{asks}: {notice.rule.replace('_', ' ')}{where}"


def details(notice: Notice) -> list[tuple[str, str]]:
    """Names and values, those that there are."""
    found = [
        ("Call", notice.call_id),
        ("Severity", notice.severity),
        ("Since", clock(notice.onset_ms)),
        ("Raised at", clock(notice.fired_ms)),
        ("Over at", "" if notice.resolved_ms is None else clock(notice.resolved_ms)),
        ("Ended by", notice.resolved_by.replace("_", " ")),
        ("Taken by", notice.assigned_to or notice.acknowledged_by),
    ]
    return [(name, value) for name, value in found if value]


def clock(media_ms: int) -> str:
    """Minutes and seconds into the call."""
    return f"{media_ms // 60_000}:{media_ms // 1000 % 60:02d} into the call"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"
