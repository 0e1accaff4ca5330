"""The audio of one channel that segments may still want, and the Kafka offsets from which a restart finds it again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from tonewatch.workers.audio.codecs import Samples


@dataclass(frozen=True, slots=True)
class _Piece:
    """Samples [first, end) of the media clock, and the record that they came in."""

    first: int
    end: int
    offset: int
    captured_at_ms: int
    missing: bool
    shift_ms: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a span of audio came from.

    missing          ranges of it, [first, end) from its beginning, that were never received and are silence
    captured_at_ms   wall clock at the end of the span; 0 when its record carries none
    shift_ms         media time of its first record less the sender's
    """

    first_offset: int
    last_offset: int
    missing: tuple[tuple[int, int], ...]
    captured_at_ms: int
    shift_ms: int


class HeldAudio:
    """Samples of the media clock without a gap, from `first` up to `end`.

    Samples and offsets are let go of by themselves: a segment wants audio from its start on, a restart wants the
    records from the proof before it on, which is seconds earlier.
    """

    def __init__(self, rate_hz: int, first: int, gap_offset: int | None = None) -> None:
        """`gap_offset`: the record before the gap that this audio begins behind, if one was read.

        A restart must meet that gap again, or it would not know that nothing before this audio matters.
        """
        self.end = first
        self._rate_hz = rate_hz
        self._gap_offset = gap_offset
        self._pieces: deque[_Piece] = deque()
        # Of the pieces those with no smaller offset behind them, in order: the first has the smallest of all. It is
        # asked for with every chunk, and over a long proof there are a hundred pieces.
        self._smallest: deque[_Piece] = deque()
        self._samples: deque[Samples] = deque()
        self._samples_from = first

    def append(
        self, samples: Samples, offset: int, captured_at_ms: int, *, missing: bool, sent_ms: int | None = None
    ) -> None:
        """The samples that follow; `missing`: silence in place of what was not received.

        `sent_ms`: the `start_ms` of the chunk that they came in.
        """
        shift_ms = None if sent_ms is None else self.end * 1000 // self._rate_hz - sent_ms
        piece = _Piece(self.end, self.end + len(samples), offset, captured_at_ms, missing, shift_ms)
        self._pieces.append(piece)
        while self._smallest and self._smallest[-1].offset > offset:
            self._smallest.pop()
        self._smallest.append(piece)
        self._samples.append(samples)
        self.end += len(samples)

    def read(self, first: int, end: int) -> Samples:
        """A copy of samples [first, end), shorter where they are not held."""
        whole = np.concatenate(list(self._samples)) if self._samples else np.zeros(0, dtype=np.float32)
        return whole[max(0, first - self._samples_from) : end - self._samples_from].copy()

    def source(self, first: int, end: int) -> Source:
        """Of samples [first, end), of which at least one must be held."""
        under = [piece for piece in self._pieces if piece.first < end and piece.end > first]
        newest = under[-1]
        # A record carries the wall clock at its last sample; the span may end before that.
        behind_ms = (newest.end - end) * 1000 // self._rate_hz
        return Source(
            # Pieces are in order of media time, and their records may have come in another: hence min and max.
            first_offset=min(piece.offset for piece in under),
            last_offset=max(piece.offset for piece in under),
            missing=tuple((max(p.first, first) - first, min(p.end, end) - first) for p in under if p.missing),
            captured_at_ms=newest.captured_at_ms - behind_ms if newest.captured_at_ms else 0,
            shift_ms=next((piece.shift_ms for piece in under if piece.shift_ms is not None), 0),
        )

    def oldest_offset(self) -> int | None:
        """Of the records that a restart needs; null when none is held."""
        held = self._smallest[0].offset if self._smallest else None
        if held is None or self._gap_offset is None:
            return self._gap_offset if held is None else held
        return min(held, self._gap_offset)

    def drop_samples(self, before: int) -> None:
        """No segment will want samples before this one."""
        while self._samples and self._samples_from + len(self._samples[0]) <= before:
            self._samples_from += len(self._samples.popleft())

    def drop_offsets(self, before: int) -> None:
        """No restart needs records that end at or before this sample."""
        while self._pieces and self._pieces[0].end <= before:
            if self._pieces.popleft() is self._smallest[0]:
                self._smallest.popleft()
            # A restart that need not read the first piece behind a gap need not meet the gap either.
            self._gap_offset = None
