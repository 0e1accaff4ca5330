"""Packets of one SSRC that go on from each other: numbers and times unwrapped, held until they are in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Self

from tonewatch.stream.doors.rtp.formats import Format
from tonewatch.stream.doors.rtp.packet import Packet

MOST_HELD: Final = 400
MOST_LEAP: Final = 3_000
"""Packets that a sequence may leap (RFC 3550's MAX_DROPOUT)."""

LONGEST_PACKET_MS: Final = 200

_DRIFT: Final = 500e-6
"""The line follows a sender's clock that is slower than ours by so much at most."""

_SEQUENCES: Final = 1 << 16
_TIMESTAMPS: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Held:
    """`sequence` and `ticks` are unwrapped. `format`: null of comfort noise and of keys. `at_ms`: when it arrived."""

    sequence: int
    ticks: int
    at_ms: float
    packet: Packet
    format: Format | None


@dataclass(slots=True)
class SourceStream:
    """All times are media time.

    base_ms         that of tick 0, by the packet that was delayed least before the first was given on
    line_ms         the same by the clock of arrival, kept up with the drift of both clocks
    next_sequence   null before the first packet was given on
    is_silent       comfort noise was the last that was given on
    packet_ticks    length of the newest packet
    """

    ssrc: int
    clock_hz: int
    format: Format
    first_at_ms: float
    base_ms: float
    line_ms: float
    newest: int
    newest_ticks: int
    next_sequence: int | None = None
    next_ticks: int = 0
    is_silent: bool = False
    packet_ticks: int = 0
    held: dict[int, Held] = field(default_factory=dict)

    @classmethod
    def begin(cls, packet: Packet, format_: Format | None, declared: Format, at_ms: float) -> Self:
        sounds_as = format_ or declared
        clock_hz, ticks = sounds_as.clock_hz, packet.timestamp
        base_ms = at_ms - (ticks + sounds_as.ticks(packet.payload)) * 1000 / clock_hz
        stream = cls(packet.ssrc, clock_hz, sounds_as, at_ms, base_ms, base_ms, packet.sequence, ticks)
        stream.packet_ticks = sounds_as.ticks(packet.payload) if format_ else clock_hz // 50
        stream.held[packet.sequence] = Held(packet.sequence, ticks, at_ms, packet, format_)
        return stream

    def is_continued_by(self, packet: Packet, format_: Format | None, at_ms: float, disagrees_ms: float) -> bool:
        if packet.ssrc != self.ssrc or (format_ is not None and format_.clock_hz != self.clock_hz):
            return False
        sequence, ticks = self._unwrapped(packet)
        delay_ms = at_ms - self.line_ms - ticks * 1000 / self.clock_hz
        return abs(sequence - self.newest) <= MOST_LEAP and abs(delay_ms) <= disagrees_ms

    def is_part_of(self, other: SourceStream) -> bool:
        """By number and time; only the clock of arrival said otherwise."""
        ahead = _signed(self.newest - other.newest, _SEQUENCES)
        moved_ms = _signed(self.newest_ticks - other.newest_ticks, _TIMESTAMPS) * 1000 / self.clock_hz
        same = (self.ssrc, self.clock_hz) == (other.ssrc, other.clock_hz)
        return same and abs(ahead) <= MOST_LEAP and abs(moved_ms) <= abs(ahead) * LONGEST_PACKET_MS

    def hold(self, packet: Packet, format_: Format | None, at_ms: float) -> str:
        """What becomes of it: `held`, `twice` or `late`."""
        sequence, ticks = self._unwrapped(packet)
        if self.next_sequence is not None and sequence < self.next_sequence:
            return "late"
        if sequence in self.held:
            return "twice"
        self.held[sequence] = Held(sequence, ticks, at_ms, packet, format_)
        if sequence > self.newest:
            self._follow(ticks, at_ms)
            self.newest, self.newest_ticks = sequence, ticks
        return "held"

    def _follow(self, ticks: int, at_ms: float) -> None:
        moved_ms = max(0, ticks - self.newest_ticks) * 1000 / self.clock_hz
        arrived_ms = at_ms - (ticks + self.packet_ticks) * 1000 / self.clock_hz
        self.line_ms = min(arrived_ms, self.line_ms + _DRIFT * moved_ms)

    @property
    def has_two_in_a_row(self) -> bool:
        return any(sequence + 1 in self.held for sequence in self.held)

    def has_waited(self, now_ms: float, reorder_ms: float) -> bool:
        """Has what is held behind a missing packet (or from the first on) been waited with for long enough?"""
        first = self.held[min(self.held)]
        span_ms = (self.newest_ticks - first.ticks) * 1000 / self.clock_hz
        is_over = now_ms - min(one.at_ms for one in self.held.values()) >= reorder_ms
        return is_over or span_ms > reorder_ms or len(self.held) >= MOST_HELD

    def start(self, not_before_ms: float) -> None:
        """The first one held is the first of all; the one that was delayed least tells where the line is."""
        first = self.held[min(self.held)]
        self.line_ms = min(
            one.at_ms - (one.ticks + self.packet_ticks) * 1000 / self.clock_hz for one in self.held.values()
        )
        self.base_ms = max(self.line_ms, not_before_ms - first.ticks * 1000 / self.clock_hz)
        self.next_sequence, self.next_ticks = first.sequence, first.ticks

    def pop(self) -> Held:
        """The next in order; else the oldest."""
        assert self.next_sequence is not None
        return self.held.pop(self.next_sequence if self.next_sequence in self.held else min(self.held))

    def pass_over(self, sequence: int) -> int:
        """Go on behind this number; returns how many before it never came."""
        assert self.next_sequence is not None
        lost, self.next_sequence = sequence - self.next_sequence, sequence + 1
        return lost

    def carried(self, one: Held) -> None:
        assert one.format is not None
        self.is_silent, self.format = False, one.format
        self.packet_ticks = one.format.ticks(one.packet.payload)
        self.next_ticks = one.ticks + self.packet_ticks

    def media_ms(self, ticks: int) -> float:
        return self.base_ms + ticks * 1000 / self.clock_hz

    def _unwrapped(self, packet: Packet) -> tuple[int, int]:
        ahead = _signed(packet.sequence - self.newest, _SEQUENCES)
        moved = _signed(packet.timestamp - self.newest_ticks, _TIMESTAMPS)
        return self.newest + ahead, self.newest_ticks + moved


def _signed(difference: int, modulus: int) -> int:
    """The shorter way round."""
    return (difference + modulus // 2) % modulus - modulus // 2
