"""When by the wall clock what an alert tells in media time: for filters by day, and for people."""

from __future__ import annotations

from dataclasses import dataclass

from tonewatch.stream.messages import Alert


@dataclass(frozen=True)
class AlertTimes:
    """Milliseconds since the Unix epoch; None where it did not happen, or nothing says when."""

    onset_at_ms: int | None
    fired_at_ms: int | None
    acknowledged_at_ms: int | None
    resolved_at_ms: int | None


def alert_times(alert: Alert, started_at_ms: int | None = None) -> AlertTimes:
    """Of an alert of a call that began at `started_at_ms`; else by the alert's own clock.

    What people did has a time of its own; everything else is media time after the call's beginning.
    """
    began_at_ms = started_at_ms or _began_at_ms(alert)
    acknowledged = [done.acted_at_ms for done in alert.acted if done.action == "acknowledge"]
    return AlertTimes(
        onset_at_ms=_sum(began_at_ms, alert.onset_ms),
        fired_at_ms=_sum(began_at_ms, alert.fired_ms),
        acknowledged_at_ms=acknowledged[0] if acknowledged else None,
        resolved_at_ms=_resolved_at_ms(alert, began_at_ms),
    )


def _began_at_ms(alert: Alert) -> int | None:
    """The speech it was decided on ended at `spoken_at_ms`; without that it was written soon after it fired."""
    if alert.spoken_at_ms:
        return alert.spoken_at_ms - max((item.end_ms for item in alert.evidence), default=alert.fired_ms)
    return alert.emitted_at_ms - alert.fired_ms if alert.emitted_at_ms else None


def _resolved_at_ms(alert: Alert, began_at_ms: int | None) -> int | None:
    by_hand = [done.acted_at_ms for done in alert.acted if done.action == "resolve"]
    if alert.resolved_by == "person" and by_hand:
        return by_hand[-1]
    return _sum(began_at_ms, alert.resolved_ms)


def _sum(began_at_ms: int | None, media_ms: int | None) -> int | None:
    return None if began_at_ms is None or media_ms is None else began_at_ms + media_ms
