"""Puts the chunks of one epoch of a channel in order and makes gaps explicit.

Order is by number; the clock is media time. A chunk that is not there is waited for until later chunks cover the
window, then it is declared missing and becomes a gap. An intake may begin at any number: the first chunk of a
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
from tonewatch.workers.audio.epoch import SHAKY_MS, Format, Placed, Received

MAX_CHUNK_MS: Final = 2_000
CONCEAL_MS: Final = 1_000
"""A gap up to here is filled with silence; a longer one ends the segment."""

WINDOW_MS: Final = 1_000
WINDOW_CHUNKS: Final = 64

_CLOCK_TOLERANCE_MS = 40
_LEAD_SHARE = 1 / 64
_LEAD_MOST_MS = 80
"""Samples that ran so far ahead of their times are left out, a few: or a fast clock would part the channels."""

_LEFT_OUT_MS = 20
_EXACT_CHUNKS = 5
_ROUNDING_MS = 2
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a channel, in order.

    `missing_ms` > 0: nothing was received for it; up to CONCEAL_MS `samples` is silence of that length, beyond it is
    empty. A gap keeps the offset of the chunk before it, so that a restart from there meets the gap again.
    `sent_ms`: the chunk's own `start_ms`; null of a gap. `begins`: the first chunk of the channel or of an epoch,
    nothing came before it.
    """

    samples: codecs.Samples
    start_ms: int
    offset: int
    captured_at_ms: int
    missing_ms: int = 0
    begins: bool = False
    sent_ms: int | None = None


def read(chunk: AudioChunk, offset: int) -> Received:
    """The chunk's samples.

    Raises Unprocessable: `too_long`, `empty`, `bad_time`, or a codec's reason.
    """
    codecs.check_rate(chunk.rate_hz)
    codecs.check_codec(chunk.codec)
    if not chunk.payload:
        raise _refused(chunk, "empty", "carries no audio")
    if chunk.start_ms < 0 or chunk.seq < 0:
        raise _refused(chunk, "bad_time", f"has start_ms {chunk.start_ms}; times and counts begin at 0")
    # By the bytes: what is too long is not decoded.
    duration_ms = len(chunk.payload) // codecs.bytes_per_sample(chunk.codec) * 1000 // chunk.rate_hz
    if duration_ms > MAX_CHUNK_MS:
        raise _refused(chunk, "too_long", f"lasts {duration_ms} ms; send at most {MAX_CHUNK_MS} ms in one")
    return Received(chunk, offset, codecs.decode(chunk.payload, chunk.codec), duration_ms)


@dataclass(slots=True)
class ChannelIntake:
    """`push` takes a chunk and returns the pieces that are now in order. `chunks` and `missing_ms` count so far.

    `known_start`: the first chunk is the first of the channel or epoch, and only others of its first window may still
    come before it. The pieces begin with number 0 by themselves.
    """

    window_ms: int = WINDOW_MS
    window_chunks: int = WINDOW_CHUNKS
    known_start: bool = False
    chunks: int = 0
    missing_ms: int = 0
    _format: Format | None = None
    _next_seq: int | None = None
    _next_sample: int = 0
    _begins: bool = False
    # How far the sender's clock is behind its samples; only where its times were seen to be wrong.
    _lead_ms: float = 0.0
    # Chunks in a row whose times are those of their samples.
    _exact: int = _EXACT_CHUNKS
    _last: tuple[int, int, int] = (0, 0, 0)
    _held: dict[int, Placed] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _seen_order: deque[int] = field(default_factory=deque)

    @property
    def rate_hz(self) -> int | None:
        """None until the first chunk came."""
        return self._format[1] if self._format else None

    @property
    def heard_ms(self) -> int:
        """Media time behind everything that was received, in order or held."""
        taken_ms = 0 if self._next_seq is None or self._format is None else self._position_ms(self._format[1])
        if not self._held:
            return taken_ms
        return max(taken_ms, *(held.start_ms + held.received.duration_ms for held in self._held.values()))

    def push(self, placed: Placed) -> list[Piece]:
        """Pieces that are now in order, possibly none.

        Raises Unprocessable: `duplicate`, `late`, `format_changed`. The intake is unchanged then and goes on with the
        next chunk.
        """
        # All checks come before the first change, so that a refused chunk leaves no trace.
        self._check(placed)
        self._format = placed.received.format
        self._held[placed.seq] = placed
        self._remember(placed.seq)
        self.chunks += 1
        if self._next_seq is None:
            # Number 0 is certainly the first; any other may have others before it under way.
            if placed.seq and not self._window_is_full():
                return []
            self._begin()
        return self._release(everything=False)

    def oldest_held_offset(self) -> int | None:
        """The first Kafka offset still waiting here for its order; None when nothing waits."""
        return min(held.received.offset for held in self._held.values()) if self._held else None

    def flush(self) -> list[Piece]:
        """The pieces that are still held, at the end of the call or epoch."""
        if self._next_seq is None:
            if not self._held:
                return []
            self._begin()
        return self._release(everything=True)

    def _begin(self) -> None:
        first = self._held[min(self._held)]
        self._next_seq = first.seq
        self._next_sample = first.start_ms * first.received.chunk.rate_hz // 1000
        self._begins = self.known_start or first.seq == 0

    def _check(self, placed: Placed) -> None:
        chunk = placed.received.chunk
        if self._format is not None and self._format != placed.received.format:
            was = f"{self._format[0]} at {self._format[1]} Hz"
            raise _refused(chunk, "format_changed", f"is {chunk.codec} at {chunk.rate_hz} Hz, the epoch began as {was}")
        if placed.seq in self._seen:
            raise _refused(chunk, "duplicate", "has the number of one that was received before")
        if self._next_seq is not None and placed.seq < self._next_seq:
            raise _refused(chunk, "late", f"came after the wait of {self.window_ms} ms for it was over")
        if self._next_seq is None and self._held:
            newest_ms = max(held.start_ms for held in self._held.values())
            if placed.start_ms < newest_ms - self.window_ms:
                raise _refused(chunk, "late", f"came more than {self.window_ms} ms behind others")

    def _remember(self, seq: int) -> None:
        self._seen.add(seq)
        self._seen_order.append(seq)
        # Bounded: a duplicate that comes later still is refused as late.
        if len(self._seen_order) > _REMEMBERED:
            self._seen.discard(self._seen_order.popleft())

    def _position_ms(self, rate_hz: int) -> int:
        return self._next_sample * 1000 // rate_hz

    def _window_is_full(self) -> bool:
        held_ms = sum(held.received.duration_ms for held in self._held.values())
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

    def _take(self, placed: Placed) -> list[Piece]:
        assert self._next_seq is not None
        received, rate_hz = placed.received, placed.received.chunk.rate_hz
        missing_ms = self._missing_ms(placed, placed.seq - self._next_seq, rate_hz)
        pieces = [self._gap(missing_ms, rate_hz)] if missing_ms > 0 else []
        start_ms, captured_at_ms = self._position_ms(rate_hz), received.chunk.captured_at_ms
        samples = self._within_lead(received.samples, rate_hz)
        if len(samples):
            sent_ms = received.chunk.start_ms
            pieces.append(
                Piece(samples, start_ms, received.offset, captured_at_ms, begins=self._begins, sent_ms=sent_ms)
            )
            self._begins = False
        self._next_seq = placed.seq + 1
        self._next_sample += len(samples)
        self._last = (received.offset, captured_at_ms, received.duration_ms)
        return pieces

    def _within_lead(self, samples: codecs.Samples, rate_hz: int) -> codecs.Samples:
        """Without the few at its beginning that bring a channel back to its clock."""
        if self._lead_ms > -_LEAD_MOST_MS:
            return samples
        left_out = min(len(samples), _LEFT_OUT_MS * rate_hz // 1000)
        self._lead_ms += left_out * 1000 / rate_hz
        return samples[left_out:]

    def _missing_ms(self, placed: Placed, left_out: int, rate_hz: int) -> int:
        """How much lies between what was taken and this chunk; `left_out`: chunks that never came."""
        ahead_ms = placed.start_ms - self._position_ms(rate_hz) - round(self._lead_ms)
        nominal_ms = left_out * self._last[2]
        off_ms = abs(ahead_ms - nominal_ms)
        # Times that are those of the samples are believed wherever they leave a gap. Times that were seen to be wrong
        # are not for less than SHAKY_MS, until some in a row are right.
        trusted = self._exact >= _EXACT_CHUNKS
        self._exact = self._exact + 1 if off_ms <= _ROUNDING_MS or (trusted and ahead_ms > nominal_ms) else 0
        if trusted and ahead_ms - nominal_ms >= -_CLOCK_TOLERANCE_MS:
            # Consecutive numbers may differ by the sender's rounding; behind a missing number any distance is a gap.
            return ahead_ms if ahead_ms > (0 if left_out else _CLOCK_TOLERANCE_MS) else 0
        if ahead_ms - nominal_ms > SHAKY_MS:
            return ahead_ms
        # The numbers tell how much is missing, and what the times say besides is the drift of the sender's clock.
        self._lead_ms += (ahead_ms - nominal_ms) * _LEAD_SHARE
        return nominal_ms

    def _gap(self, missing_ms: int, rate_hz: int) -> Piece:
        # A short gap is filled, so that a lost packet does not end a segment; the silence is counted as missing.
        concealed = missing_ms if missing_ms <= CONCEAL_MS else 0
        offset, captured_at_ms, _ = self._last
        silence = np.zeros(concealed * rate_hz // 1000, dtype=np.float32)
        piece = Piece(silence, self._position_ms(rate_hz), offset, captured_at_ms, missing_ms=missing_ms)
        self._next_sample += missing_ms * rate_hz // 1000
        self.missing_ms += missing_ms
        return piece


def _refused(chunk: AudioChunk, reason: str, why: str) -> Unprocessable:
    where = f"call {chunk.call_id}, channel {chunk.channel}, chunk {chunk.seq}"
    return Unprocessable(f"{where}: {why}", reason=reason)
