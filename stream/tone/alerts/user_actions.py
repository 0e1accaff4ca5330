"""What people do with alerts, taken into account once each."""

from __future__ import annotations

from tonewatch.stream.messages import Alert, AlertAction
from tonewatch.stream.tone.alerts import lifecycle as alerts
from tonewatch.stream.tone.alerts.closed_alerts import close_alert, keep, open_again
from tonewatch.stream.tone.state import CallMemory

DONE_KEPT = 64

_LIVE_ONLY = ("snooze", "reopen")
"""A call that is over has nothing to wait for."""


def act(memory: CallMemory, action: AlertAction) -> list[Alert]:
    """The alert's next event, or none: unknown alert, already done, or not possible in its state."""
    if action.action_id in memory.done or (action.action in _LIVE_ONLY and memory.announced != "live"):
        return []
    memory.done = [*memory.done, action.action_id][-DONE_KEPT:]
    alert = _known(memory, action.alert_id)
    event = alerts.act(alert, action, memory.now_ms) if alert is not None else None
    if alert is None or event is None:
        return []
    watch = memory.watch(event.cause)
    if action.action == "resolve":
        close_alert(memory, event)
        watch.dismissed = True
    elif action.action == "reopen":
        if watch.alert is not None:
            return []
        open_again(memory, event)
        watch.dismissed = False
    elif watch.alert is not None and watch.alert.alert_id == event.alert_id:
        watch.alert = event
    else:
        keep(memory, event)
    return [event]


def _known(memory: CallMemory, alert_id: str) -> Alert | None:
    open_ones = (watch.alert for watch in memory.watches.values() if watch.alert is not None)
    return next((a for a in (*open_ones, *memory.settled.values()) if a.alert_id == alert_id), None)
