"""What came of many calls at a door: is what lies in Kafka what was sent, when did it come, and what did it cost?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted

OFF_MS = 40
"""Media time may differ by so much from what a replay of the same file gives."""

SAMPLES_MS = 8

STALL_S = 0.3
"""Media time by arrival is as exact as the machine was in time, once something came later than this."""


@dataclass
class Channel:
    """`off_ms`: how far media time is from where the samples before would put it, counted from the first."""

    bytes_taken: int = 0
    samples: int = 0
    is_changed: bool = False
    off_ms: int = 0
    _first_ms: int = -1

    def take(self, chunk: AudioChunk, expected: bytes) -> None:
        payload = chunk.payload
        self.is_changed |= expected[self.bytes_taken : self.bytes_taken + len(payload)] != payload
        if self._first_ms < 0:
            self._first_ms = chunk.start_ms
        due_ms = self._first_ms + self.samples // SAMPLES_MS
        self.off_ms = max(self.off_ms, abs(chunk.start_ms - due_ms))
        self.bytes_taken += len(payload)
        self.samples += len(payload) // (2 if chunk.codec == "pcm16" else 1)


@dataclass
class Taken:
    """What came into Kafka. `expected`: bytes of each channel, the same in all calls."""

    expected: Sequence[bytes]
    channels: dict[tuple[str, int], Channel] = field(default_factory=lambda: defaultdict(Channel))
    begun: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ended: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    delays_s: list[float] = field(default_factory=list)

    def take(self, message: CallMessage, at_s: float, began_s: float) -> None:
        """`at_s`: when it was read; `began_s`: when its call began, by the same clock."""
        match message:
            case CallStarted():
                self.begun[message.call_id] += 1
            case CallEnded():
                self.ended[message.call_id] += 1
            case AudioChunk():
                channel = self.channels[message.call_id, message.channel]
                channel.take(message, self.expected[message.channel])
                self.delays_s.append(at_s - began_s - channel.samples / SAMPLES_MS / 1_000)


@dataclass(frozen=True)
class Cost:
    """Of the door, while all calls were spoken for `seconds`; null where they never were at once."""

    seconds: float
    cores: float
    megabytes: float


@dataclass(frozen=True)
class Outcome:
    """`failed`: why, by the call. `broken`: the ids of calls whose connection broke. `sent_late_s`: of the players.

    `is_by_arrival`: the door times audio by when it came, so it takes a machine that stood still for a pause.
    """

    calls: Sequence[str]
    taken: Taken
    failed: Mapping[str, str]
    broken: frozenset[str]
    opened_in_s: Sequence[float]
    sent_late_s: Sequence[float]
    cost: Cost | None
    is_by_arrival: bool = False

    @property
    def lost(self) -> int:
        """Bytes that never came, or came twice."""
        wanted = {channel: len(of) for channel, of in enumerate(self.taken.expected)}
        found = self.taken.channels
        missing = [abs(size - found[call, at].bytes_taken) for call in self.calls for at, size in wanted.items()]
        return sum(missing)

    @property
    def changed(self) -> int:
        """Channels whose bytes are others than those of the file."""
        return sum(of.is_changed for of in self.taken.channels.values())

    @property
    def off_ms(self) -> int:
        """The furthest of the calls that did not break: those that did are later by as long as they were away."""
        return max((of.off_ms for (call, _), of in self.taken.channels.items() if call not in self.broken), default=0)

    @property
    def not_once(self) -> int:
        """Calls that were not begun once and ended once."""
        return sum(not self.taken.begun[call] == self.taken.ended[call] == 1 for call in self.calls)

    @property
    def is_good(self) -> bool:
        if self.failed or self.lost or self.changed or self.not_once:
            return False
        late_s = max([*self.sent_late_s, *self.taken.delays_s], default=0.0)
        return self.off_ms <= OFF_MS + (1_000 * late_s if self.is_by_arrival and late_s > STALL_S else 0.0)


def described(of: Outcome) -> str:
    """In a line or two; why calls failed, each reason once."""
    told = (
        f"{len(of.calls)} calls, {len(of.broken)} of them broken off once; {len(of.failed)} failed, "
        f"{of.lost} bytes lost or twice, {of.changed} channels changed, "
        f"{of.not_once} calls not begun and ended once, media time off by "
        f"{of.off_ms} ms at most; opened in {quantile(of.opened_in_s, 0.95):.2f} s (p95); in Kafka "
        f"p50 {quantile(of.taken.delays_s, 0.5):.3f} s, p95 {quantile(of.taken.delays_s, 0.95):.3f} s, at most "
        f"{max(of.taken.delays_s, default=0.0):.3f} s after a chunk's last sample (the players were "
        f"{quantile(of.sent_late_s, 0.95):.3f} s late, p95); {_cost(of.cost)}"
    )
    reasons = sorted(set(of.failed.values()))
    return "\n  ".join([told, *(f"{sum(why == one for one in of.failed.values())} x {why}" for why in reasons)])


def _cost(of: Cost | None) -> str:
    if of is None:
        return "its cost is not told: all of them were never there at once, give more --seconds"
    return f"with all of them there for {of.seconds:.0f} s the door used {of.cores:.2f} cores and {of.megabytes:.0f} MB"


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0
