"""RTP packets of one leg, as they arrive, to audio in order and in media time.

The sequence number gives the order, the timestamp the time; both begin anywhere and wrap. A packet that is missing is
waited for until what came behind it covers REORDER_MS, then its time stays a hole. Time that no packet was sent for
(the sequence goes on, the timestamp leaps) was silent: silence suppression (RFC 3551 section 4.1) loses nothing, and
is filled up to FILLED_MS. While comfort noise says that a silence goes on (RFC 3389), it is filled as time passes.

Another SSRC, a sequence that leaps, another clock rate, or a timestamp that contradicts the clock of arrival is a new
stream: two packets in a row prove it (RFC 3550 appendix A.1), and it goes on where the clock of arrival says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tonewatch.stream.doors.rtp.formats import COMFORT_NOISE, EVENTS, Format, format_of
from tonewatch.stream.doors.rtp.packet import Packet
from tonewatch.stream.doors.rtp.source_stream import Held, SourceStream

REORDER_MS: Final = 400
"""A packet may come so much later than those behind it."""

FILLED_MS: Final = 2_000
"""A longer silence without comfort noise was a hold: it is left open."""

DISAGREES_MS: Final = 2_000
"""Timestamp and clock of arrival may differ by this much before the timestamp is not believed."""

_SILENCE_PIECE_MS: Final = 100


@dataclass(frozen=True, slots=True)
class Sound:
    """A payload in media time. `is_silence`: it was not sent, and was silent."""

    start_ms: float
    payload: bytes
    format: Format
    is_silence: bool = False

    @property
    def end_ms(self) -> float:
        return self.start_ms + self.format.ticks(self.payload) * 1000 / self.format.clock_hz


@dataclass(slots=True)
class JitterBuffer:
    """One leg. `zero_ms`: the clock of arrival at media time 0. `declared`: the format it was announced with.

    `counts`: packets by what became of them: `taken`, `twice`, `late`, `lost`, `stray`; and new `streams`.
    """

    zero_ms: float
    declared: Format
    counts: Counter[str] = field(default_factory=Counter)
    end_ms: float = 0.0
    _stream: SourceStream | None = None
    _next: SourceStream | None = None

    def push(self, packet: Packet, at_ms: float) -> list[Sound]:
        """What is in order now; `at_ms`: when the packet arrived, by a clock that never goes back.

        Raises:
            Unprocessable: `payload_type`.
        """
        is_sound = packet.payload_type not in COMFORT_NOISE | EVENTS
        format_ = format_of(packet.payload_type, self.declared) if is_sound else None
        media_ms = at_ms - self.zero_ms
        if self._stream is None:
            self._stream = SourceStream.begin(packet, format_, self.declared, media_ms)
        elif self._stream.is_continued_by(packet, format_, media_ms, DISAGREES_MS):
            self._take_back(self._stream)
            self._hold(self._stream, packet, format_, media_ms)
        else:
            self._prove(packet, format_, media_ms)
        return self.poll(at_ms)

    def poll(self, at_ms: float) -> list[Sound]:
        """What has waited long enough; to be asked about every 100 ms when nothing arrives."""
        if self._stream is None:
            return []
        media_ms = at_ms - self.zero_ms
        sounds = self._release(self._stream, media_ms)
        if self._next is not None and media_ms - self._next.first_at_ms >= REORDER_MS:
            sounds += self._switch(media_ms)
        return sounds + self._goes_on_silent(self._stream, media_ms - REORDER_MS)

    def flush(self) -> list[Sound]:
        """All that is held, at the end of the leg."""
        if self._stream is None:
            return []
        sounds = self._release(self._stream, float("inf"))
        return sounds if self._next is None else sounds + self._switch(float("inf"))

    def _take_back(self, stream: SourceStream) -> None:
        """A stall made packets of the stream look like another one's; those behind them are on time again."""
        if self._next is None or not self._next.is_part_of(stream):
            return
        for one in self._next.held.values():
            self._hold(stream, one.packet, one.format, one.at_ms)
        self._next = None

    def _hold(self, stream: SourceStream, packet: Packet, format_: Format | None, media_ms: float) -> None:
        outcome = stream.hold(packet, format_, media_ms)
        if outcome != "held":
            self.counts[outcome] += 1

    def _prove(self, packet: Packet, format_: Format | None, media_ms: float) -> None:
        """Another stream may begin; two packets of it in a row are needed."""
        if self._next is not None and self._next.is_continued_by(packet, format_, media_ms, DISAGREES_MS):
            self._hold(self._next, packet, format_, media_ms)
            return
        if self._next is not None:
            self.counts["stray"] += len(self._next.held)
        self._next = SourceStream.begin(packet, format_, self.declared, media_ms)

    def _switch(self, media_ms: float) -> list[Sound]:
        assert self._stream is not None and self._next is not None
        candidate, self._next = self._next, None
        if not candidate.has_two_in_a_row:
            self.counts["stray"] += len(candidate.held)
            return []
        sounds = self._release(self._stream, float("inf"))
        self._stream = candidate
        self.counts["streams"] += 1
        return sounds + self._release(candidate, media_ms)

    def _release(self, stream: SourceStream, media_ms: float) -> list[Sound]:
        """In order. `media_ms`: now; infinite to wait for nothing."""
        if stream.next_sequence is None:
            if not stream.has_waited(media_ms, REORDER_MS):
                return []
            stream.start(self.end_ms)
        sounds: list[Sound] = []
        while stream.held:
            if stream.next_sequence not in stream.held and not stream.has_waited(media_ms, REORDER_MS):
                break
            sounds += self._emit(stream, stream.pop())
        return sounds

    def _emit(self, stream: SourceStream, one: Held) -> list[Sound]:
        lost = stream.pass_over(one.sequence)
        self.counts["lost"] += lost
        self.counts["taken"] += 1
        gap_ticks = one.ticks - stream.next_ticks
        silent_ticks = gap_ticks - min(gap_ticks, lost * stream.packet_ticks)
        is_filled = stream.is_silent or silent_ticks * 1000 <= FILLED_MS * stream.clock_hz
        sounds = self._silence(stream, silent_ticks) if silent_ticks > 0 and is_filled else []
        if one.format is None:
            stream.is_silent = one.packet.payload_type in COMFORT_NOISE
            stream.next_ticks = max(stream.next_ticks, one.ticks)
            return sounds
        sound = Sound(max(stream.media_ms(one.ticks), self.end_ms), one.packet.payload, one.format)
        stream.carried(one)
        self.end_ms = sound.end_ms
        return [*sounds, sound]

    def _silence(self, stream: SourceStream, ticks: int) -> list[Sound]:
        start_ms = max(stream.media_ms(stream.next_ticks), self.end_ms)
        sound = Sound(start_ms, stream.format.silence(ticks * 1000 / stream.clock_hz), stream.format, is_silence=True)
        stream.next_ticks += ticks
        self.end_ms = sound.end_ms
        return [sound]

    def _goes_on_silent(self, stream: SourceStream, until_ms: float) -> list[Sound]:
        """Comfort noise was the last that came: the silence goes on, and whoever listens must not wait for its end."""
        if not stream.is_silent or stream.held or stream.next_sequence is None:
            return []
        silent_ms = until_ms - stream.media_ms(stream.next_ticks)
        if silent_ms < _SILENCE_PIECE_MS:
            return []
        return self._silence(stream, int(silent_ms) * stream.clock_hz // 1000)
