"""Prometheus metrics, one registry per process. Names are `tonewatch_<thing>_<unit>`."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.service import health
from tonewatch.stream.service.health import Health

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True)
class Metrics:
    """The counters of a role; passed in, so that tests read their own."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    health: Health = field(default_factory=Health)
    records: Counter = field(init=False)
    dead_letters: Counter = field(init=False)
    calls_not_analysed: Counter = field(init=False)
    calls_open: Gauge = field(init=False)
    segments: Counter = field(init=False)
    shed: Counter = field(init=False)
    foreign_embeddings: Counter = field(init=False)
    pauses: Counter = field(init=False)
    queued_bytes: Gauge = field(init=False)
    retries: Counter = field(init=False)
    execution_provider: Gauge = field(init=False)
    alerts: Counter = field(init=False)
    line_changes: Counter = field(init=False)
    lines: Gauge = field(init=False)
    segments_repeated: Counter = field(init=False)
    stage_seconds: Histogram = field(init=False)
    delay_seconds: Histogram = field(init=False)

    def __post_init__(self) -> None:
        make = self._make
        make("records", Counter("tonewatch_records_total", "Records read", ["topic"], registry=self.registry))
        make(
            "dead_letters",
            Counter(
                "tonewatch_dead_letters_total",
                "Records sent to a dead-letter topic",
                ["topic", "reason"],
                registry=self.registry,
            ),
        )
        make(
            "calls_not_analysed",
            Counter("tonewatch_calls_not_analysed_total", "Calls whose caller was not told", registry=self.registry),
        )
        make("calls_open", Gauge("tonewatch_calls_open_count", "Calls that are open", registry=self.registry))
        make(
            "segments",
            Counter("tonewatch_segments_total", "Segments written", ["role", "abstained"], registry=self.registry),
        )
        make("shed", Counter("tonewatch_shed_total", "Work left out under load", ["what"], registry=self.registry))
        make(
            "foreign_embeddings",
            Counter(
                "tonewatch_foreign_embeddings_total",
                "Segments whose encoder is not the one that the monitor's head goes with",
                registry=self.registry,
            ),
        )
        make("pauses", Counter("tonewatch_pauses_total", "Times that reading waited for work", registry=self.registry))
        make(
            "queued_bytes", Gauge("tonewatch_queued_bytes", "Audio that waits for its analysis", registry=self.registry)
        )
        make(
            "retries",
            Counter("tonewatch_retries_total", "Times that a service did not answer", ["of"], registry=self.registry),
        )
        make(
            "execution_provider",
            Gauge(
                "tonewatch_execution_provider_info",
                "1 for what a model runs on: cpu, cuda, or cpu-beside-gpu where a GPU is left idle",
                ["of", "provider"],
                registry=self.registry,
            ),
        )
        make(
            "alerts",
            Counter("tonewatch_alert_states_total", "Alert states written", ["state"], registry=self.registry),
        )
        make(
            "line_changes",
            Counter(
                "tonewatch_line_changes_total",
                "Times that a line of a call went live, on hold, without audio, or was refused and why",
                ["state", "reason"],
                registry=self.registry,
            ),
        )
        make(
            "lines",
            Gauge("tonewatch_lines_count", "Lines of open calls by what they do", ["state"], registry=self.registry),
        )
        make(
            "segments_repeated",
            Counter(
                "tonewatch_segments_repeated_total",
                "Records of segments that were counted before and changed nothing",
                registry=self.registry,
            ),
        )
        make(
            "stage_seconds",
            Histogram(
                "tonewatch_stage_seconds", "Time in a stage", ["stage"], buckets=_SECONDS, registry=self.registry
            ),
        )
        make(
            "delay_seconds",
            Histogram(
                "tonewatch_delay_seconds",
                "Wall clock from the end of speech to here",
                ["at"],
                buckets=_SECONDS,
                registry=self.registry,
            ),
        )

    def _make(self, name: str, metric: Counter | Gauge | Histogram) -> None:
        object.__setattr__(self, name, metric)

    def serve(self, port: int) -> None:
        """Serve `/metrics`, `/live` and `/ready` on `port`; 0 means not at all.

        Raises:
            SettingsError: the port is busy.
        """
        if not port:
            return
        try:
            health.serve(port, self.health, make_wsgi_app(self.registry))
        except OSError as error:
            raise SettingsError(
                f"Metrics port {port} is busy ({error.strerror}): set TONEWATCH_METRICS_PORT to a free one, or 0."
            ) from error
