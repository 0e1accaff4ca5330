"""What is remembered of a call; small enough to be written after each segment."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import Alert, AudioSpan, FactsTable, ModelRef, MomentKind, Posterior, Quote, Role


class Heard(msgspec.Struct, kw_only=True):
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
    audio: AudioSpan


class Detector(msgspec.Struct, kw_only=True):
    """State of the sequential detector. Sums are in score x seconds of speech."""

    fall: float = 0.0
    fall_since_ms: int = -1
    clear_since_ms: int = -1
    degraded: bool = False
    quiet_until_ms: int = -1


class Waiting(msgspec.Struct, kw_only=True):
    """A moment that waits a little for the words of its segments."""

    kind: MomentKind
    at_ms: int
    alert_id: str
    facts: FactsTable
    sentence: str


class CallMemory(msgspec.Struct, kw_only=True):
    """The state of one call. `marks`: per channel, the media time up to which segments have been counted."""

    roles: tuple[Role, ...] = ()
    started_at_ms: int = 0
    queue: str = ""
    title: str = ""
    synthetic: bool = False
    announced: str = ""
    marks: dict[str, int] = msgspec.field(default_factory=dict)
    baseline: list[Heard] = msgspec.field(default_factory=list)
    window: list[Heard] = msgspec.field(default_factory=list)
    detector: Detector = msgspec.field(default_factory=Detector)
    alert: Alert | None = None
    settled: dict[str, Alert] = msgspec.field(default_factory=dict)
    waiting: list[Waiting] = msgspec.field(default_factory=list)
    last_moment_ms: int = -1
    last_rationale: str = ""
    quotes: list[Quote] = msgspec.field(default_factory=list)
    turns: list[tuple[int, int, bool]] = msgspec.field(default_factory=list)
    model: ModelRef | None = None
