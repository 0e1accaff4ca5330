"""Alerts that are over, kept for a while: they may be reopened, and people may still do something with them."""

from __future__ import annotations

from tonewatch.stream.messages import Alert
from tonewatch.stream.tone.state import CallMemory

CLOSED_KEPT = 8


def close_alert(memory: CallMemory, alert: Alert) -> None:
    """The alert is over: its cause is free for the next one."""
    watch = memory.watch(alert.cause)
    watch.alert, watch.last_id, watch.clear_since_ms = None, alert.alert_id, -1
    keep(memory, alert)


def keep(memory: CallMemory, alert: Alert) -> None:
    """The newest record of an alert that is over."""
    memory.settled[alert.alert_id] = alert
    while len(memory.settled) > CLOSED_KEPT:
        del memory.settled[next(iter(memory.settled))]


def open_again(memory: CallMemory, alert: Alert) -> None:
    """A settled alert is the open one of its cause again."""
    memory.settled.pop(alert.alert_id, None)
    memory.watch(alert.cause).alert = alert
