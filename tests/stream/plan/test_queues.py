from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.plan.costs import read_costs
from tonewatch.stream.plan.queues import Station, simulate

COSTS = msgspec.structs.replace(
    read_costs(), caller_segments_per_s=0.2, intake_ms=5.0, segment_ms=50.0, messages_per_s=0.5, message_ms=2.0
)
"""15 ms of a core a second of call: 66 calls fill a core."""


def p95_s(listener: Station, monitor: Station) -> float:
    late = simulate(COSTS, listener, monitor)
    assert late.p95_s is not None
    return late.p95_s


def test_few_calls_wait_for_the_pause_and_the_work_alone() -> None:
    late = simulate(COSTS, Station(5), Station(5))
    least = COSTS.pause_s + COSTS.hops_s
    assert late.p50_s is not None and least < late.p50_s < least + COSTS.chunk_s + 0.1
    assert late.p95_s is not None and late.p95_s < least + 0.6


def test_delay_grows_with_the_calls_and_without_end_beyond_a_core() -> None:
    few, many, too_many = (p95_s(Station(calls), Station(calls)) for calls in (5, 50, 80))
    assert few < many < too_many and too_many > 5
    assert simulate(COSTS, Station(80), Station(80)).waiting > 100


def test_a_core_that_is_all_but_taken_brings_nothing_to_the_board() -> None:
    late = simulate(COSTS, Station(200, 0.05), Station(200, 0.05))
    assert late.p95_s is None or late.p95_s > 20


@pytest.mark.parametrize("which", ["listener", "monitor"])
def test_a_core_that_is_shared_is_late_sooner(which: str) -> None:
    whole = {"listener": Station(30), "monitor": Station(100)}
    shared = {**whole, which: Station(whole[which].calls, 0.2)}
    assert p95_s(**shared) > p95_s(**whole)


def test_the_same_seed_gives_the_same_delays() -> None:
    assert simulate(COSTS, Station(20), Station(20)) == simulate(COSTS, Station(20), Station(20))
