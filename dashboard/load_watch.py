"""The alerts of the last hour, followed as events come: what the load of alerts is weighed from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from tonewatch.dashboard.alert_load import HOUR_MS, Fired, Load, QueueLoad, queue_loads, weigh
from tonewatch.dashboard.budgets import Budgets
from tonewatch.dashboard.signin.person import Person
from tonewatch.stream.archive.wall_clock import alert_times
from tonewatch.stream.board.view import CallView, has_lapsed
from tonewatch.stream.messages import Alert, CallAttributes, CallState


class AlertLoad(msgspec.Struct, frozen=True, kw_only=True):
    """How much the alerts of the last hour asked for, by queue; `held` are the ids of those that are held back."""

    queues: tuple[QueueLoad, ...]
    held: tuple[str, ...]


class LoadWatch:
    """`budgets` gives those that hold now, `now_ms` is the wall clock.

    `newest` is the newest load; what was shown once stays shown for as long as this lives.
    """

    def __init__(self, budgets: Callable[[], Budgets], now_ms: Callable[[], int]) -> None:
        self._budgets = budgets
        self._now_ms = now_ms
        self._alerts: dict[str, Alert] = {}
        self._calls: dict[str, CallAttributes] = {}
        self.newest = Load()

    @property
    def since_ms(self) -> int:
        """Calls that nothing happened in since then are of no account, unless they are open."""
        return self._now_ms() - HOUR_MS

    def read(self, views: Iterable[CallView]) -> None:
        """All that is known is in these."""
        self._alerts.clear()
        self._calls.clear()
        for view in views:
            self._calls[view.call_id] = view.call
            self._alerts |= {alert.alert_id: alert for alert in view.alerts.values() if alert.state != "pending"}

    def take(self, event: Alert | CallState, call: CallAttributes) -> None:
        """`call` is what is known of the event's call with it."""
        self._calls[event.call_id] = call
        if isinstance(event, CallState):
            if event.withdrawn:
                self._alerts = {key: one for key, one in self._alerts.items() if one.call_id != event.call_id}
            return
        known = self._alerts.get(event.alert_id)
        if known is not None and event.seq <= known.seq:
            return
        if has_lapsed(event):
            self._alerts.pop(event.alert_id, None)
        elif event.state != "pending":
            self._alerts[event.alert_id] = event

    def renew(self) -> bool:
        """Weigh what is known now; is it another load than before?"""
        before, budgets = self.newest, self._budgets()
        self.newest = weigh(map(self._fired, self._alerts.values()), budgets.of, before, self._now_ms())
        kept = {one.alert_id for one in self.newest.fired}
        self._alerts = {key: one for key, one in self._alerts.items() if key in kept}
        calls = {one.call_id for one in self.newest.fired}
        self._calls = {key: one for key, one in self._calls.items() if key in calls}
        return self.newest != before

    def told(self, person: Person) -> AlertLoad:
        """Of the calls that a person sees."""
        load = self.newest
        mine = (one for one in load.fired if person.sees(one.queue, one.team))
        held = sorted(one.alert_id for one in mine if one.alert_id in load.held)
        rows = queue_loads(load, self._budgets().of, self._now_ms(), person.sees)
        return AlertLoad(queues=tuple(rows), held=tuple(held))

    def _fired(self, alert: Alert) -> Fired:
        call = self._calls.get(alert.call_id, CallAttributes())
        at_ms = alert_times(alert, call.started_at_ms or None).fired_at_ms
        return Fired(
            alert_id=alert.alert_id,
            call_id=alert.call_id,
            queue=call.queue,
            team=call.team,
            at_ms=self._now_ms() if at_ms is None else at_ms,
            is_open=alert.state in ("firing", "confirmed"),
            asks_to_act=alert.severity == "act",
            is_touched=bool(alert.acted or alert.acknowledged_by or alert.assigned_to),
            peak_tone=alert.peak_tone,
        )
