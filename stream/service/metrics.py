"""Prometheus metrics, one registry per process. Names are `tonewatch_<thing>_<unit>`.

METRICS.md is the table of all of them, with what is normal; a test holds it to what is made here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, make_wsgi_app

from tonewatch.stream.call_keys.counts import CALL_KEYS_MADE, SEALED_RECORDS
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.service import health
from tonewatch.stream.service.health import Health
from tonewatch.stream.service.health_metrics import HealthMetrics
from tonewatch.stream.service.traces import NoTraces, Traces

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


_PARTITION = ("group", "topic", "partition")


@dataclass(frozen=True)
class Metrics:
    """The counters of a role; passed in, so that tests read their own."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    health: Health = field(default_factory=Health)
    traces: Traces = field(default_factory=NoTraces)
    records: Counter = field(init=False)
    dead_letters: Counter = field(init=False)
    calls_not_analysed: Counter = field(init=False)
    calls_open: Gauge = field(init=False)
    channels_doubted: Counter = field(init=False)
    calls_first_speaker: Counter = field(init=False)
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
    lag_records: Gauge = field(init=False)
    newest_record: Gauge = field(init=False)
    chunks: Counter = field(init=False)
    calls_closed: Counter = field(init=False)
    posterior_share: Histogram = field(init=False)
    posterior_psi: Gauge = field(init=False)
    posterior_window: Gauge = field(init=False)
    alert_events: Counter = field(init=False)
    alerts_reviewed: Counter = field(init=False)
    alerts_upheld: Counter = field(init=False)
    rationales: Counter = field(init=False)
    moments_waiting: Gauge = field(init=False)
    redis_memory_used: Gauge = field(init=False)
    redis_memory_max: Gauge = field(init=False)
    disk_free: Gauge = field(init=False)
    disk_size: Gauge = field(init=False)
    board_sockets: Gauge = field(init=False)
    board_slow_sockets: Counter = field(init=False)
    audit_lost: Counter = field(init=False)
    notifications: Counter = field(init=False)
    notifications_waiting: Gauge = field(init=False)
    notification_target_up: Gauge = field(init=False)
    door_calls: Gauge = field(init=False)
    door_calls_over: Counter = field(init=False)
    door_frames: Counter = field(init=False)
    door_refused: Counter = field(init=False)
    door_waiting: Gauge = field(init=False)
    build: Gauge = field(init=False)
    model: Gauge = field(init=False)

    def __post_init__(self) -> None:
        make = self._make
        # Clients seal and open, and know no role's metrics.
        self.registry.register(SEALED_RECORDS)
        self.registry.register(CALL_KEYS_MADE)
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
        self._gauge("lag_records", "lag_records", "Records of a partition that are not read yet", *_PARTITION)
        self._gauge(
            "newest_record",
            "newest_record_timestamp_seconds",
            "When the newest record that was read was written to Kafka",
            *_PARTITION,
        )
        self._counter("chunks", "chunks_total", "Chunks of audio that were taken", "role")
        self._counter("calls_closed", "calls_closed_total", "Calls that are over, by how they ended", "reason")
        make(
            "posterior_share",
            Histogram(
                "tonewatch_posterior_share",
                "Shares of the encoder's posterior, a caller's segment each",
                ["emotion"],
                buckets=_SHARES,
                registry=self.registry,
            ),
        )
        self._gauge("posterior_psi", "posterior_psi", "Population stability index against the reference", "emotion")
        self._gauge("posterior_window", "posterior_window_segments", "Segments that the index was computed over")
        self._counter("alert_events", "alert_events_total", "Events in the lives of alerts", "rule", "event")
        self._counter("alerts_reviewed", "alerts_reviewed_total", "Alerts that a person took up or dismissed", "rule")
        self._counter("alerts_upheld", "alerts_upheld_total", "Alerts that a person took up", "rule")
        self._counter("rationales", "rationales_total", "Reasons written", "source", "fallback", "decision")
        self._gauge("moments_waiting", "moments_waiting_count", "Moments that wait for their reason")
        self._gauge("redis_memory_used", "redis_memory_used_bytes", "Memory that the board's Redis uses")
        self._gauge("redis_memory_max", "redis_memory_max_bytes", "Memory that the board's Redis may use; 0: no bound")
        self._gauge("disk_free", "disk_free_bytes", "Free on the disk of what a role writes", "of")
        self._gauge("disk_size", "disk_size_bytes", "Size of the disk of what a role writes", "of")
        self._gauge("board_sockets", "board_sockets_count", "Boards that are open")
        self._counter("board_slow_sockets", "board_slow_sockets_total", "Boards closed because they read too slowly")
        self._counter(
            "audit_lost", "audit_events_lost_total", "Events of who did what at the board that were not written"
        )
        self._counter(
            "notifications", "notifications_total", "What became of messages to receivers", "target", "outcome"
        )
        self._gauge(
            "notifications_waiting", "notifications_waiting_count", "Messages that wait for a receiver", "target"
        )
        self._gauge("notification_target_up", "notification_target_up", "1 while a receiver takes messages", "target")
        self._gauge("door_calls", "door_calls_count", "Calls that a door carries", "door")
        self._counter("door_calls_over", "door_calls_over_total", "Calls of a door that are over", "door", "reason")
        self._counter("door_frames", "door_frames_total", "Frames of audio that a door received", "door", "outcome")
        self._counter("door_refused", "door_refused_total", "Connections that a door refused", "door", "reason")
        self._gauge("door_waiting", "door_waiting_bytes", "Audio of doors that Kafka has not taken yet")
        self._counter("channels_doubted", "channels_doubted_total", "Calls whose channels look swapped", "sign")
        self._counter(
            "calls_first_speaker", "calls_first_speaker_total", "Calls that are over, by who spoke first", "role"
        )
        self._gauge("build", "build_info", "1 for the release that runs", "role", "version")
        self._gauge("model", "model_info", "1 for a model that was loaded", "of", "name", "version")
        self.registry.register(HealthMetrics(self.health))

    def _counter(self, attribute: str, name: str, meaning: str, *labels: str) -> None:
        self._make(attribute, Counter(f"tonewatch_{name}", meaning, labels, registry=self.registry))

    def _gauge(self, attribute: str, name: str, meaning: str, *labels: str) -> None:
        self._make(attribute, Gauge(f"tonewatch_{name}", meaning, labels, registry=self.registry))

    def _make(self, name: str, metric: Counter | Gauge | Histogram) -> None:
        object.__setattr__(self, name, metric)

    def serve(self, port: int, role: str = "", host: str = "127.0.0.1") -> None:
        """Serve `/metrics`, `/live` and `/ready` of a role on `port` of one address; port 0 means not at all.

        Raises:
            SettingsError: the port is busy, or the address is none of this machine's.
        """
        if not port:
            return
        if role:
            self.build.labels(role=role, version=release()).set(1)
            ProcessCollector(registry=self.registry)
        try:
            health.serve(port, self.health, make_wsgi_app(self.registry), host)
        except OSError as error:
            raise SettingsError(
                f"Metrics port {port} of {host} cannot be listened on ({error.strerror}): set TONEWATCH_METRICS_PORT "
                "to a free one, or 0, and TONEWATCH_METRICS_HOST to an address of this machine."
            ) from error


def release() -> str:
    """The version of the package that runs; '' where it runs from sources that nobody installed."""
    try:
        return version("tonewatch")
    except PackageNotFoundError:
        return ""
