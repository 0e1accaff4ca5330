"""Frames of one channel, in order, as pieces of 200 ms: what goes into one `AudioChunk` each.

Time that was not sent (a lost frame, a pause, audio that was discarded) stays a gap between two pieces: nothing is
filled in, because silence that was made up would be taken for dead air.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr

from tonewatch.stream.doors.frames import RATES_HZ, RESAMPLED_HZ, Frame, check, width
from tonewatch.stream.messages import Codec

PIECE_MS = 200
EXACT_MS = 2
"""Times that count samples differ by their rounding only."""

JITTER_MS = 100
"""Times of a sender's clock may be off by this much: a frame is placed behind the one before it all the same."""


@dataclass(frozen=True, slots=True)
class Piece:
    start_ms: int
    payload: bytes
    codec: Codec
    rate_hz: int


@dataclass(slots=True)
class _Clock:
    """Media time by samples, from where they last began anew."""

    begin_ms: int
    rate_hz: int = RATES_HZ[0]
    samples: int = 0

    @property
    def now_ms(self) -> int:
        return self.begin_ms + self.samples * 1_000 // self.rate_hz


class ChannelAudio:
    """`begin_ms`: nothing is placed before it. `tolerance_ms`: see EXACT_MS and JITTER_MS."""

    def __init__(self, *, begin_ms: int = 0, tolerance_ms: int = EXACT_MS) -> None:
        self._tolerance_ms = tolerance_ms
        self._format: tuple[Codec, int] | None = None
        self._read = _Clock(begin_ms)
        self._cut = _Clock(begin_ms)
        self._held = bytearray()
        self._resample: Any = None

    @property
    def end_ms(self) -> int:
        """Media time behind all that was read."""
        return self._read.now_ms

    def add(self, frame: Frame, *, lost: bool = False) -> list[Piece]:
        """Pieces that are complete now. `lost`: something before the frame never came.

        Raises:
            Unprocessable: see `frames.check`; nothing has changed then.
        """
        check(frame)
        done = []
        # Never backwards: a listener takes what overlaps for something that came twice.
        leaps = frame.media_ms > self.end_ms + (0 if lost else self._tolerance_ms)
        if leaps or self._format != (frame.codec, frame.rate_hz):
            done = self.rest()
            self._begin(max(frame.media_ms if leaps else 0, self.end_ms), frame)
        self._read.samples += frame.samples
        self._held += frame.payload if self._resample is None else self._resampled(frame.payload, last=False)
        while len(self._held) >= self._piece_bytes:
            done.append(self._take(self._piece_bytes))
        return done

    def rest(self) -> list[Piece]:
        """What is held of a piece, because nothing comes that goes on from it."""
        if self._format is None:
            return []
        if self._resample is not None:
            self._held += self._resampled(b"", last=True)
            self._resample = None
        # What the resampler held back may be more than one piece is short of.
        done = [self._take(self._piece_bytes) for _ in range(len(self._held) // self._piece_bytes)]
        if self._held:
            done.append(self._take(len(self._held)))
        self._format = None
        return done

    @property
    def _piece_bytes(self) -> int:
        assert self._format is not None
        return PIECE_MS * self._cut.rate_hz // 1_000 * width(self._format[0])

    def _begin(self, at_ms: int, frame: Frame) -> None:
        self._format = (frame.codec, frame.rate_hz)
        rate_hz = frame.rate_hz if frame.rate_hz in RATES_HZ else RESAMPLED_HZ
        self._read, self._cut = _Clock(at_ms, frame.rate_hz), _Clock(at_ms, rate_hz)
        if rate_hz != frame.rate_hz:
            self._resample = soxr.ResampleStream(frame.rate_hz, rate_hz, 1, dtype="int16")

    def _resampled(self, payload: bytes, *, last: bool) -> bytes:
        samples = np.frombuffer(payload, dtype="<i2").astype(np.int16)
        return bytes(self._resample.resample_chunk(samples, last=last).astype("<i2").tobytes())

    def _take(self, size: int) -> Piece:
        assert self._format is not None
        piece = Piece(self._cut.now_ms, bytes(self._held[:size]), self._format[0], self._cut.rate_hz)
        del self._held[:size]
        self._cut.samples += size // width(self._format[0])
        return piece
