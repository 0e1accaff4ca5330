from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.plan.costs import read_costs
from tonewatch.stream.plan.sizes import BUSY, PARTITIONS_A_WORKER, fullest, size, workers

COSTS = read_costs()


@pytest.mark.parametrize("calls", [1, 10, 1_000, 100_000])
def test_the_fullest_worker_of_a_plan_has_no_more_than_it_carries(calls: int) -> None:
    needs = size(COSTS, calls)
    assert needs.listeners == 1 or fullest(calls, needs.listeners) <= needs.calls_a_listener
    assert needs.partitions >= PARTITIONS_A_WORKER * max(needs.listeners, needs.monitors)
    assert needs.calls_a_listener * COSTS.listen_ms <= 1000 * BUSY


def test_a_hash_spreads_few_calls_less_evenly_than_many() -> None:
    assert fullest(100, 10) / 10 > fullest(10_000, 10) / 1_000 > 1
    assert workers(100, 100) == 1 < workers(101, 100)


def test_what_is_needed_grows_with_the_calls() -> None:
    small, large = size(COSTS, 1_000), size(COSTS, 10_000)
    assert 8 < large.listeners / small.listeners < 11
    assert large.kafka_mb_s == pytest.approx(10 * small.kafka_mb_s, rel=0.01)
    assert large.memory_gb > 8 * small.memory_gb and large.cores > 8 * small.cores


def test_limits_are_sorted_and_the_first_that_is_passed_breaks_first() -> None:
    used = [one.used for one in size(COSTS, 10_000).limits]
    assert used == sorted(used, reverse=True)
    small, large = size(COSTS, 10), size(COSTS, 10_000)
    assert small.breaks_first is None
    assert large.breaks_first == large.limits[0] and large.limits[0].used > 1 and large.limits[0].remedy


def test_gpus_are_only_told_where_one_was_measured() -> None:
    assert size(COSTS, 1_000).gpus is None
    speaking = msgspec.structs.replace(COSTS, speech_share=0.5)
    assert size(speaking, 10_000, gpu_speech_s=1_000).gpus == 8
