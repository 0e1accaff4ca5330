"""A day of calls: how many there are at each moment, and what an autoscaler that follows the lag would have done."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from tonewatch.stream.plan.sizes import REPLICAS_MOST, fullest

# fmt: off
CURVE = (
    0.04, 0.03, 0.02, 0.02, 0.03, 0.06, 0.15, 0.38, 0.72, 0.93, 1.00, 0.97,
    0.88, 0.90, 0.96, 0.94, 0.86, 0.71, 0.50, 0.34, 0.24, 0.17, 0.11, 0.07,
)
# fmt: on
"""Calls by the hour over those of the busiest: two humps around midday, as in Brown et al. 2005, "Statistical Analysis
of a Telephone Call Center" (JASA 100), figure 3; the numbers are read off by eye."""

POLL_S = 15.0
LAG_A_CALL = 80.0
"""Records that a healthy listener has not committed of one call: 8 s at 10 a second (k8s/components/autoscaling)."""

LAG_A_REPLICA = 3_000.0
REPLICAS_LEAST = 2
COOL_S = 300.0
"""So long fewer must have been enough before one goes: Kubernetes' default."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What KEDA would have done. `short_minutes`: with calls more than the replicas that were ready can carry."""

    replicas_least: int
    replicas_most: int
    replica_hours: float
    changes: int
    short_minutes: float
    missing_most: int


def calls_at(second: float, busiest: int) -> float:
    """Between the hours along a straight line; the day begins again at its end."""
    hour = second / 3600 % 24
    first, part = int(hour), hour % 1
    return busiest * (CURVE[first] * (1 - part) + CURVE[(first + 1) % 24] * part)


def follow(
    busiest: int,
    calls_a_listener: int,
    ready_s: float,
    replicas_most: int = REPLICAS_MOST,
    lag_a_replica: float = LAG_A_REPLICA,
) -> Day:
    """One day of listeners, looked at every POLL_S. `lag_a_replica`: KEDA's lagThreshold."""
    ready, count, changes, short_s, missing = (
        _wanted(calls_at(0, busiest), replicas_most, lag_a_replica),
        0.0,
        0,
        0.0,
        0,
    )
    coming: list[tuple[float, int]] = []
    least, most, low_since = ready, ready, 0.0
    for second in _polls():
        calls = calls_at(second, busiest)
        while coming and coming[0][0] <= second:
            ready = coming.pop(0)[1]
        wanted, started = _wanted(calls, replicas_most, lag_a_replica), coming[-1][1] if coming else ready
        if wanted > started:
            coming.append((second + ready_s, wanted))
            changes += 1
        # Whoever leaves hands its calls over, so it goes only when fewer were enough for a while.
        low_since = second if wanted >= ready else low_since
        if wanted < ready and second - low_since >= COOL_S:
            ready, low_since, changes = wanted, second, changes + 1
        lacking = _lacking(calls, ready, calls_a_listener)
        short_s += POLL_S if lacking else 0.0
        missing, count = max(missing, lacking), count + ready * POLL_S
        least, most = min(least, ready), max(most, ready)
    return Day(
        replicas_least=least,
        replicas_most=most,
        replica_hours=round(count / 3600, 1),
        changes=changes,
        short_minutes=round(short_s / 60, 1),
        missing_most=missing,
    )


def _polls() -> Iterator[float]:
    return (number * POLL_S for number in range(round(24 * 3600 / POLL_S)))


def _wanted(calls: float, most: int, lag_a_replica: float) -> int:
    return min(most, max(REPLICAS_LEAST, math.ceil(calls * LAG_A_CALL / lag_a_replica)))


def _lacking(calls: float, ready: int, each: int) -> int:
    """Calls that the fullest of the ready listeners has beyond what it can carry, for all of them."""
    return max(0, math.ceil((fullest(round(calls), ready) - each) * ready)) if calls >= 1 else 0
