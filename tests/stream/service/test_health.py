from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from tonewatch.stream.service.health import STUCK_S, Health
from tonewatch.stream.service.metrics import Metrics

if TYPE_CHECKING:
    from tests.conftest import Clock


def test_before_the_first_round_a_process_is_alive_but_not_ready(clock: Clock) -> None:
    health = Health(clock)
    assert (health.stuck(), list(health.not_ready())) == ({}, ["main"])


def test_a_loop_that_no_longer_goes_round_is_neither_alive_nor_ready(clock: Clock) -> None:
    health = Health(clock)
    health.beat("main")
    clock.advance(STUCK_S + 1)
    health.beat("sink")
    assert (list(health.stuck()), list(health.not_ready())) == (["main"], ["main"])


def test_what_is_needed_keeps_a_live_process_from_being_ready_while_it_is_missing(clock: Clock) -> None:
    missing = ["Kafka does not answer"]
    health = Health(clock)
    health.beat()
    health.needs("kafka", lambda: missing[0])
    assert (health.stuck(), health.not_ready()) == ({}, {"kafka": "Kafka does not answer"})
    missing[0] = ""
    assert health.not_ready() == {}


def test_the_probes_stand_beside_the_metrics(free_port: int, asked: Callable[[int, str], tuple[int, str]]) -> None:
    metrics = Metrics()
    metrics.serve(free_port)
    status, why = asked(free_port, "/ready")
    assert (asked(free_port, "/live"), status, json.loads(why)) == ((200, "{}"), 503, {"main": "starting"})
    metrics.health.beat()
    assert asked(free_port, "/ready") == (200, "{}")
    assert "tonewatch_records_total" in asked(free_port, "/metrics")[1]


def test_what_is_mended_is_warned_of_no_more() -> None:
    health = Health()
    health.warn("a", "broken")
    health.mended("a")
    health.mended("never broken")
    assert health.remarks() == {}
