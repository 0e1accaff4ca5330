"""What the probes answer, as metrics: whether a role is ready, which of what it needs is missing, which loop hangs.

Asked when Prometheus scrapes, so that a role whose loops stand still tells of it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tonewatch.stream.service.health import Health


class HealthMetrics(Collector):
    """`tonewatch_ready`, `tonewatch_dependency_up` and `tonewatch_loop_age_seconds` of a role's `Health`."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The names and labels, without a value."""
        yield from _families()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ready, dependency, age = _families()
        ready.add_metric([], 0.0 if self._health.not_ready() else 1.0)
        for of, why in self._health.needed().items():
            dependency.add_metric([of], 0.0 if why else 1.0)
        for loop, age_s in self._health.ages_s().items():
            age.add_metric([loop], age_s)
        yield from (ready, dependency, age)


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
    return (
        GaugeMetricFamily("tonewatch_ready", "1 while the role is ready for work, as its probe says", labels=[]),
        GaugeMetricFamily("tonewatch_dependency_up", "1 while what the role needs is there", labels=["of"]),
        GaugeMetricFamily("tonewatch_loop_age_seconds", "Since a loop went round last", labels=["loop"]),
    )
