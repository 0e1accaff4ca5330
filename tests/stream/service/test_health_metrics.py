from __future__ import annotations

from typing import TYPE_CHECKING

from tonewatch.stream.service.health import Health
from tonewatch.stream.service.metrics import Metrics

if TYPE_CHECKING:
    from tests.conftest import Clock


def test_what_the_probe_says_is_a_metric_at_the_moment_of_the_scrape(clock: Clock) -> None:
    missing, metrics = ["Kafka does not answer"], Metrics(health=Health(clock))
    read = metrics.registry.get_sample_value
    metrics.health.needs("kafka", lambda: missing[0])
    assert read("tonewatch_ready") == 0
    metrics.health.beat()
    clock.advance(3.0)
    assert read("tonewatch_dependency_up", {"of": "kafka"}) == 0
    assert read("tonewatch_loop_age_seconds", {"loop": "main"}) == 3.0
    missing[0] = ""
    assert (read("tonewatch_ready"), read("tonewatch_dependency_up", {"of": "kafka"})) == (1, 1)
