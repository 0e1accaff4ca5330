from __future__ import annotations

import json
from collections.abc import Callable

from tonewatch.stream.service.health import STUCK_S, Health
from tonewatch.stream.service.metrics import Metrics


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_before_the_first_round_a_process_is_alive_but_not_ready() -> None:
    health = Health(Clock())
    assert (health.stuck(), list(health.not_ready())) == ({}, ["main"])


def test_a_loop_that_no_longer_goes_round_is_neither_alive_nor_ready() -> None:
    clock = Clock()
    health = Health(clock)
    health.beat("main")
    clock.now_s = STUCK_S + 1
    health.beat("sink")
    assert (list(health.stuck()), list(health.not_ready())) == (["main"], ["main"])


def test_what_is_needed_keeps_a_live_process_from_being_ready_while_it_is_missing() -> None:
    missing = ["Kafka does not answer"]
    health = Health(Clock())
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
