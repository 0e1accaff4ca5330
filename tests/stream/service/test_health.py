from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tonewatch.stream.errors import SettingsError
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


def test_metrics_are_served_on_loopback_alone_unless_told_otherwise(free_port: int) -> None:
    Metrics().serve(free_port)
    with socket.create_server(("127.0.0.2", free_port)) as beside:
        # Who listens on every address has this one too.
        assert beside.getsockname()[1] == free_port


def test_an_address_that_is_none_of_this_machine_s_is_an_error(free_port: int) -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_METRICS_HOST"):
        Metrics().serve(free_port, host="192.0.2.1")
