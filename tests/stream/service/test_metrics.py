"""Metrics are served, and a busy port is said."""

import socket
import urllib.request

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.service.metrics import Metrics


def test_what_was_counted_is_served(free_port: int) -> None:
    metrics = Metrics()
    metrics.dead_letters.labels(topic="t", reason="late").inc()
    metrics.serve(free_port)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics") as answer:
        text = answer.read().decode()
    assert 'tonewatch_dead_letters_total{reason="late",topic="t"} 1.0' in text


def test_a_busy_port_names_the_variable() -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="TONEWATCH_METRICS_PORT"):
            Metrics().serve(taken.getsockname()[1])


def test_port_zero_serves_nothing() -> None:
    Metrics().serve(0)
    assert Metrics().registry is not Metrics().registry
