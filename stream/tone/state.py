"""What is remembered of a call; small enough to be written after each segment."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import (
    Alert,
    AudioSpan,
    FactsTable,
    ModelRef,
    MomentKind,
    Posterior,
    Quote,
    Role,
    SpokenOf,
)
from tonewatch.stream.tone.turns import Turn


class JudgedSegment(msgspec.Struct, kw_only=True):
    """One segment of the analysed channel, reduced to what the core needs later.

    `posterior` is judged against the caller's usual where there is one, `alone` as the encoder gave it.
    """

    segment_id: str
    start_ms: int
    end_ms: int
    speech_ms: int
    features: dict[str, float]
    confidences: dict[str, float] = msgspec.field(default_factory=dict)
    posterior: Posterior
    alone: Posterior | None = None
    degraded: float | None = None
    embedding: bytes = b""
    score: float = 0.0
    tone: float = 0.0
    probability: float | None = None
    audio: AudioSpan


class Detector(msgspec.Struct, kw_only=True):
    """State of the sequential detector: what is believed of each emotion, in the order of EMOTIONS, as of `at_ms`, and
    the `probability` that the tone is degraded; null before any segment.

    `fall` is the sum of the evidence in nats, never under zero, and `fall_since_ms` where it last left zero.
    """

    posterior: tuple[float, ...] | None = None
    probability: float | None = None
    at_ms: int = -1
    fall: float = 0.0
    fall_since_ms: int = -1


class Waiting(msgspec.Struct, kw_only=True):
    """A moment that waits a little for the words of its segments."""

    kind: MomentKind
    at_ms: int
    alert_id: str
    facts: FactsTable
    sentence: str


class Spoken(msgspec.Struct, kw_only=True):
    """What the words of a segment spoke of; they count at the first segment that ends at `due_ms` or later."""

    segment_id: str
    start_ms: int
    due_ms: int
    topics: tuple[SpokenOf, ...]


class Watch(msgspec.Struct, kw_only=True):
    """What is remembered of one cause of alerts.

    alert           the one that is open, pending ones too
    last_id         the alert before it, which may be reopened
    clear_since_ms  since when its condition is over; -1: it is not
    quiet_until_ms  nothing is raised before: an explainer withdrew the last one
    dismissed       somebody resolved it by hand: nothing is raised before the condition was over once
    judged_ms       what lies before was judged already
    """

    alert: Alert | None = None
    last_id: str = ""
    clear_since_ms: int = -1
    quiet_until_ms: int = -1
    dismissed: bool = False
    judged_ms: int = -1


class CallMemory(msgspec.Struct, kw_only=True):
    """The state of one call. `marks`: per channel, the media time up to which segments have been counted.

    `now_ms` is the latest media time that anything was heard at; `done` the newest actions of people that were taken.
    `earlier` stands for `earlier_calls` of the same `caller`, as they were known when this call began. `last_told` is
    what was measured at the moment before, with its tone.
    """

    roles: tuple[Role, ...] = ()
    started_at_ms: int = 0
    queue: str = ""
    title: str = ""
    language: str = ""
    synthetic: bool = False
    announced: str = ""
    marks: dict[str, int] = msgspec.field(default_factory=dict)
    caller: str = ""
    earlier_calls: int = 0
    earlier: list[JudgedSegment] = msgspec.field(default_factory=list)
    baseline: list[JudgedSegment] = msgspec.field(default_factory=list)
    window: list[JudgedSegment] = msgspec.field(default_factory=list)
    detector: Detector = msgspec.field(default_factory=Detector)
    watches: dict[str, Watch] = msgspec.field(default_factory=dict)
    settled: dict[str, Alert] = msgspec.field(default_factory=dict)
    waiting: list[Waiting] = msgspec.field(default_factory=list)
    last_moment_ms: int = -1
    last_told: dict[str, float] = msgspec.field(default_factory=dict)
    last_rationale: str = ""
    spoken: list[Spoken] = msgspec.field(default_factory=list)
    quotes: list[Quote] = msgspec.field(default_factory=list)
    turns: list[Turn] = msgspec.field(default_factory=list)
    model: ModelRef | None = None
    now_ms: int = 0
    done: list[str] = msgspec.field(default_factory=list)

    def watch(self, cause: str) -> Watch:
        return self.watches.setdefault(cause, Watch())

    @property
    def alert(self) -> Alert | None:
        """The open alert on the tone, once it fired."""
        alert = self.watches["tone"].alert if "tone" in self.watches else None
        return alert if alert is not None and alert.state != "pending" else None
