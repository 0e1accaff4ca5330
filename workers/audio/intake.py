"""Reorders the chunks of one channel and makes gaps explicit.

Order is by `seq`; the clock is media time. A chunk that is not there is waited for until later chunks cover the
window, then it is declared missing and becomes a gap. An intake may begin at any `seq`: the first chunk of a
restarted listener lies in the middle of a call. Then it first waits a whole window, because a chunk before the
first one seen may still be under way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk
from tonewatch.workers.audio import codecs

MAX_PAYLOAD_BYTES: Final = 64 * 1024
MAX_CHUNK_MS: Final = 2_000
CONCEAL_MS: Final = 1_000
"""A gap up to here is filled with silence; a longer one ends the segment."""

WINDOW_MS: Final = 1_000
WINDOW_CHUNKS: Final = 64

_CLOCK_TOLERANCE_MS = 40
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a channel, in order.

    `missing_ms` > 0: nothing was received for it; up to CONCEAL_MS `samples` is silence of that length, beyond it is
    empty. A gap keeps the offset of the chunk before it, so that a restart from there meets the gap again.
    `begins`: the channel's first chunk, nothing came before it.
    """

    samples: codecs.Samples
    start_ms: int
    offset: int
    captured_at_ms: int
    missing_ms: int = 0
    begins: bool = False


@dataclass(slots=True)
class _Held:
    chunk: AudioChunk
    offset: int
    samples: codecs.Samples
    duration_ms: int


@dataclass(slots=True)
class ChannelIntake:
    """`push` takes a chunk and returns the pieces that are now in order. `chunks` and `missing_ms` count so far."""

    window_ms: int = WINDOW_MS
    window_chunks: int = WINDOW_CHUNKS
    chunks: int = 0
    missing_ms: int = 0
    _format: tuple[str, int] | None = None
    _next_seq: int | None = None
    _next_sample: int = 0
    _last: tuple[int, int] = (0, 0)
    _held: dict[int, _Held] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _seen_order: deque[int] = field(default_factory=deque)

    @property
    def rate_hz(self) -> int | None:
        """None until the first chunk came."""
        return self._format[1] if self._format else None

    def push(self, chunk: AudioChunk, offset: int) -> list[Piece]:
        """Pieces that are now in order, possibly none.

        Raises Unprocessable: `duplicate`, `late`, `too_large`, `too_long`, `empty`, `format_changed`, `overlap`, or a
        codec's reason. The intake is unchanged then and goes on with the next chunk.
        """
        # All checks come before the first change, so that a refused chunk leaves no trace.
        held = self._checked(chunk, offset)
        self._format = (chunk.codec, chunk.rate_hz)
        self._held[chunk.seq] = held
        self._remember(chunk.seq)
        self.chunks += 1
        if self._next_seq is None:
            # Number 0 is certainly the first; any other may have others before it under way.
            if chunk.seq and not self._window_is_full():
                return []
            self._begin()
        return self._release(everything=False)

    def oldest_held_offset(self) -> int | None:
        """The first Kafka offset still waiting here for its order; None when nothing waits."""
        return min((held.offset for held in self._held.values()), default=None)

    def flush(self) -> list[Piece]:
        """The pieces that are still held, at the end of the call."""
        if self._next_seq is None:
            if not self._held:
                return []
            self._begin()
        return self._release(everything=True)

    def _begin(self) -> None:
        first = self._held[min(self._held)].chunk
        self._next_seq = first.seq
        self._next_sample = first.start_ms * first.rate_hz // 1000

    def _checked(self, chunk: AudioChunk, offset: int) -> _Held:
        self._check_shape(chunk)
        if self._next_seq is not None and chunk.seq < self._next_seq and chunk.seq not in self._seen:
            raise _refused(chunk, "late", f"came after the wait of {self.window_ms} ms for it was over")
        if chunk.seq in self._seen:
            raise _refused(chunk, "duplicate", "was received before")
        if self._next_seq is None and self._held:
            newest_ms = max(held.chunk.start_ms for held in self._held.values())
            if chunk.start_ms < newest_ms - self.window_ms:
                raise _refused(chunk, "late", f"came more than {self.window_ms} ms behind others")
        samples = codecs.decode(chunk.payload, chunk.codec)
        duration_ms = len(samples) * 1000 // chunk.rate_hz
        if duration_ms > MAX_CHUNK_MS:
            raise _refused(chunk, "too_long", f"lasts {duration_ms} ms; send at most {MAX_CHUNK_MS} ms in one")
        if self._next_seq is not None and chunk.start_ms < self._position_ms(chunk.rate_hz) - _CLOCK_TOLERANCE_MS:
            raise _refused(chunk, "overlap", f"begins before the end of earlier chunks ({chunk.start_ms} ms)")
        return _Held(chunk, offset, samples, duration_ms)

    def _check_shape(self, chunk: AudioChunk) -> None:
        codecs.check_rate(chunk.rate_hz)
        codecs.check_codec(chunk.codec)
        if self._format is not None and self._format != (chunk.codec, chunk.rate_hz):
            was = f"{self._format[0]} at {self._format[1]} Hz"
            raise _refused(chunk, "format_changed", f"is {chunk.codec} at {chunk.rate_hz} Hz, the call began as {was}")
        if len(chunk.payload) > MAX_PAYLOAD_BYTES:
            raise _refused(chunk, "too_large", f"has {len(chunk.payload)} bytes; the most is {MAX_PAYLOAD_BYTES}")
        if not chunk.payload:
            raise _refused(chunk, "empty", "carries no audio")
        if chunk.start_ms < 0 or chunk.seq < 0:
            raise _refused(chunk, "bad_time", f"has start_ms {chunk.start_ms}; times and counts begin at 0")

    def _remember(self, seq: int) -> None:
        self._seen.add(seq)
        self._seen_order.append(seq)
        # Bounded: a duplicate that comes later still is refused as late.
        if len(self._seen_order) > _REMEMBERED:
            self._seen.discard(self._seen_order.popleft())

    def _position_ms(self, rate_hz: int) -> int:
        return self._next_sample * 1000 // rate_hz

    def _window_is_full(self) -> bool:
        held_ms = sum(held.duration_ms for held in self._held.values())
        return held_ms >= self.window_ms or len(self._held) >= self.window_chunks

    def _release(self, *, everything: bool) -> list[Piece]:
        pieces: list[Piece] = []
        while self._held:
            # The next in order; else the oldest held, which is released once the window behind the missing one is full.
            seq = self._next_seq if self._next_seq in self._held else min(self._held)
            assert seq is not None
            if seq != self._next_seq and not everything and not self._window_is_full():
                break
            pieces += self._take(self._held.pop(seq))
        return pieces

    def _take(self, held: _Held) -> list[Piece]:
        chunk, rate_hz = held.chunk, held.chunk.rate_hz
        pieces = []
        ahead_ms = chunk.start_ms - self._position_ms(rate_hz)
        # Consecutive numbers may differ by the sender's rounding; behind a missing number any distance is a gap.
        if ahead_ms > (0 if chunk.seq != self._next_seq else _CLOCK_TOLERANCE_MS):
            pieces.append(self._gap(ahead_ms, rate_hz))
        start_ms = self._position_ms(rate_hz)
        pieces.append(Piece(held.samples, start_ms, held.offset, chunk.captured_at_ms, begins=chunk.seq == 0))
        self._next_seq = chunk.seq + 1
        self._next_sample += len(held.samples)
        self._last = (held.offset, chunk.captured_at_ms)
        return pieces

    def _gap(self, missing_ms: int, rate_hz: int) -> Piece:
        # A short gap is filled, so that a lost packet does not end a segment; the silence is counted as missing.
        concealed = missing_ms if missing_ms <= CONCEAL_MS else 0
        offset, captured_at_ms = self._last
        silence = np.zeros(concealed * rate_hz // 1000, dtype=np.float32)
        piece = Piece(silence, self._position_ms(rate_hz), offset, captured_at_ms, missing_ms=missing_ms)
        self._next_sample += missing_ms * rate_hz // 1000
        self.missing_ms += missing_ms
        return piece


def _refused(chunk: AudioChunk, reason: str, why: str) -> Unprocessable:
    where = f"call {chunk.call_id}, channel {chunk.channel}, chunk {chunk.seq}"
    return Unprocessable(f"{where}: {why}", reason=reason)
