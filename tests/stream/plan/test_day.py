from __future__ import annotations

from tonewatch.stream.plan.day import CURVE, REPLICAS_LEAST, calls_at, follow


def test_calls_go_along_the_curve_from_hour_to_hour_and_day_to_day() -> None:
    assert max(CURVE) == 1.0 and len(CURVE) == 24
    assert calls_at(10 * 3600, 1_000) == 1_000
    assert calls_at(7.5 * 3600, 1_000) == 1_000 * (CURVE[7] + CURVE[8]) / 2
    assert calls_at(24 * 3600, 1_000) == calls_at(0, 1_000)


def test_replicas_follow_the_calls_between_their_bounds() -> None:
    day = follow(500, 60, ready_s=10.0)
    assert day.replicas_least == REPLICAS_LEAST < day.replicas_most <= 24
    assert 24 * day.replicas_least < day.replica_hours < 24 * day.replicas_most
    assert day.changes > 4


def test_a_bound_of_replicas_leaves_calls_unheard_and_a_higher_one_does_not() -> None:
    bound, free = (follow(5_000, 60, 10.0, most) for most in (24, 400))
    assert bound.replicas_most == 24 and bound.short_minutes > 60 and bound.missing_most > 1_000
    assert free.short_minutes == 0


def test_replicas_that_are_slow_to_begin_leave_calls_waiting_in_the_morning() -> None:
    assert follow(5_000, 40, 1_800.0, 400).short_minutes > follow(5_000, 40, 5.0, 400).short_minutes
