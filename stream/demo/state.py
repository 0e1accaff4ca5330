"""What the demo knows at one moment: plain values, made by the watchers, drawn by the screen."""

from __future__ import annotations

from dataclasses import dataclass, field

from tonewatch.stream.local.consumer_lag import GroupLag, TopicFlow
from tonewatch.stream.local.supervisor import Process
from tonewatch.stream.messages.alert import Cause


@dataclass(frozen=True)
class AlertLine:
    """One alert as the board shows it; `states` in the order they came."""

    alert_id: str
    call_id: str
    title: str
    states: tuple[str, ...]
    onset_s: float
    text: str = ""
    source: str = ""
    call_ended: bool = False
    cause: Cause = "tone"

    @property
    def state(self) -> str:
        return self.states[-1]


@dataclass(frozen=True)
class Calls:
    """How many calls the board shows, by state; `at_once` is the most that were under way together."""

    live: int = 0
    not_analysed: int = 0
    ended: int = 0
    at_once: int = 0


@dataclass(frozen=True)
class Delays:
    """End of speech to the board, in milliseconds; null until something was measured."""

    count: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True)
class Status:
    """Everything the terminal shows. `is_own`: the calls are recordings of whoever looks at it."""

    address: str
    phase: str
    elapsed_s: float = 0.0
    limit_s: float | None = None
    processes: tuple[Process, ...] = ()
    topics: tuple[TopicFlow, ...] = ()
    groups: tuple[GroupLag, ...] = ()
    calls: Calls = Calls()
    alerts: tuple[AlertLine, ...] = ()
    delays: Delays = Delays()
    dead_letters: int = 0
    shed: int = 0
    segments: int = 0
    notes: tuple[str, ...] = field(default=())
    is_own: bool = False
