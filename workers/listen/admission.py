"""Which new calls a listener takes on, and when: calls that were heard go before calls that were only announced.

A call costs nothing until it is admitted: no detector, no message to the monitor; its records wait as they are. As long
as calls begin at an admissible rate each is admitted at once. Beyond it they wait as strangers: those that were heard
longest are admitted first, and a part of the rate is theirs alone. Shed are strangers of whom nothing more comes, and
the newest of those heard least where too many wait.

Being heard takes audio, and time between its records by the clock of Kafka's records: what claims much and came at once
was not heard for long. A backlog that is read late, or read again, has the times that it had when it was written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """`rate_s` calls a second and `burst` at once are admitted; `reserve` of the burst only where they were heard.

    heard_ms      of audio make a stranger a call that is kept until it is admitted
    patience_s    of a partition's reading that a stranger may wait for that; `hurry_s` where too many wait, and of
                  this one no more than its beginning came
    most_waiting  strangers at once, `most_heard` of those that were heard, and `most_bytes` of all their records
    behind_share  of the rate is left while the listener does not keep up
    """

    rate_s: float = 10.0
    burst: float = 50.0
    reserve: float = 20.0
    heard_ms: int = 1_000
    patience_s: float = 3.0
    hurry_s: float = 1.2
    most_waiting: int = 5_000
    most_heard: int = 1_000
    most_bytes: int = 8 * 1_048_576
    behind_share: float = 0.1


@dataclass(slots=True)
class Stranger(Generic[T]):
    """A call that waits. `since_s` is the reading clock at its first record; times of records are Kafka's, in ms."""

    since_s: float
    number: int
    media_ms: int = 0
    first_at_ms: int = -1
    last_at_ms: int = -1
    size: int = 0
    items: list[T] = field(default_factory=list)

    @property
    def heard_ms(self) -> int:
        return min(self.media_ms, self.last_at_ms - self.first_at_ms) if self.first_at_ms >= 0 else 0

    @property
    def rank(self) -> tuple[int, int, int]:
        """The larger, the sooner it is admitted and the later it is shed."""
        return (self.heard_ms, self.media_ms, -self.number)


class Admission(Generic[K, T]):
    """The strangers and the rate. `clock` is seconds, monotonic."""

    def __init__(self, settings: AdmissionSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._tokens = settings.burst
        self._filled_s = clock()
        self._unheard: OrderedDict[K, Stranger[T]] = OrderedDict()
        self._heard: dict[K, Stranger[T]] = {}
        self._knocked = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._unheard) + len(self._heard)

    def __contains__(self, key: K) -> bool:
        return key in self._unheard or key in self._heard

    def knock(self, key: K, item: T, *, media_ms: int, at_ms: int, reading_s: float, size: int = 0) -> None:
        """One record of a call that was not admitted yet: its audio, when it was written, the reading clock, bytes."""
        stranger = self._heard.get(key) or self._unheard.get(key)
        if stranger is None:
            self._knocked += 1
            stranger = self._unheard[key] = Stranger(reading_s, self._knocked)
        stranger.items.append(item)
        stranger.size += size
        self._bytes += size
        stranger.media_ms += media_ms
        if at_ms > 0:
            stranger.first_at_ms = at_ms if stranger.first_at_ms < 0 else min(stranger.first_at_ms, at_ms)
            stranger.last_at_ms = max(stranger.last_at_ms, at_ms)
        if stranger.media_ms >= self._settings.heard_ms and key in self._unheard:
            self._heard[key] = self._unheard.pop(key)

    def admitted(self, *, behind: bool = False) -> Iterator[tuple[K, list[T]]]:
        """The calls that are admitted now, with their records. `behind`: the listener does not keep up with those it
        has; strangers that were not heard wait then, and the others come at a tenth of the rate."""
        self._fill(behind=behind)
        while self._heard and self._tokens >= 1.0:
            self._tokens -= 1.0
            yield self._left(max(self._heard, key=lambda one: self._heard[one].rank))
        while self._unheard and not behind and self._tokens >= self._settings.reserve + 1.0:
            self._tokens -= 1.0
            yield self._left(next(iter(self._unheard)))

    def shed(self, reading_s: Callable[[K], float]) -> Iterator[tuple[K, list[T]]]:
        """The strangers that are given up, with their records. `reading_s`: the reading clock of a stranger."""
        settings = self._settings
        while self._unheard:
            key, stranger = next(iter(self._unheard.items()))
            waited_s = reading_s(key) - stranger.since_s
            too_many = len(self._unheard) > settings.most_waiting or self._bytes > settings.most_bytes
            patience_s = settings.hurry_s if too_many and len(stranger.items) <= 2 else settings.patience_s
            if waited_s >= patience_s:
                yield self._left(key)
            elif too_many:
                yield self._left(next(reversed(self._unheard)))
            else:
                break
        while self._heard and (len(self._heard) > settings.most_heard or self._bytes > settings.most_bytes):
            yield self._left(min(self._heard, key=lambda one: self._heard[one].rank))

    def drop(self, unwanted: Callable[[K], bool]) -> None:
        """Forget the strangers of partitions that went away: whoever has them now reads their records."""
        for key in [key for key in (*self._unheard, *self._heard) if unwanted(key)]:
            self._left(key)

    def _left(self, key: K) -> tuple[K, list[T]]:
        """It is a stranger no more."""
        stranger = self._heard.pop(key, None) or self._unheard.pop(key)
        self._bytes -= stranger.size
        return key, stranger.items

    def _fill(self, *, behind: bool) -> None:
        now_s = self._clock()
        share = self._settings.behind_share if behind else 1.0
        gained = (now_s - self._filled_s) * self._settings.rate_s * share
        self._tokens, self._filled_s = min(self._settings.burst, self._tokens + gained), now_s
