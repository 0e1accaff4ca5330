"""The sound of a call that is kept whole: read back from Kafka when it is over, a clip for each minute and channel.

Pure: what reads Kafka gives the chunks in their order; a minute's clip comes out as soon as no chunk of it can follow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from tonewatch.stream.archive.clips import NEAR_MS, Clip, cut
from tonewatch.stream.messages import AudioChunk, AudioSpan, Role, Segment, SegmentMessage

PIECE_MS = 60_000

MARGIN_MS = 10_000
"""Before the first segment and after the last: the ringing, the goodbye."""

WINDOW = 4_000
"""Records that are read at once: of one call alone that is six minutes, of a hundred in the partition four seconds."""


def whole_id(call_id: str) -> str:
    """How the ids of a whole call's clips begin, in the table `audio`."""
    return f"{call_id}/whole"


@dataclass(frozen=True)
class Minute:
    """Of one channel; media time of the call."""

    channel: int
    role: Role
    start_ms: int
    end_ms: int
    clip: Clip


@dataclass(frozen=True)
class Whereabouts:
    """Where a call lies in the calls topic, by what its segments say.

    `shifts`: by channel the offsets from which on its chunks' times are off by so much, in order.
    """

    first: AudioSpan
    last: AudioSpan
    shifts: dict[int, list[tuple[int, int]]]

    def shift_ms(self, channel: int, offset: int) -> int:
        """What is to be added to the time of a chunk."""
        known = self.shifts.get(channel) or self.shifts[min(self.shifts)]
        return known[max(0, bisect_right(known, (offset, 2**63)) - 1)][1]


def whereabouts(messages: Iterable[SegmentMessage]) -> Whereabouts | None:
    """None where nobody spoke: then nothing tells where the call lies."""
    segments = [message for message in messages if isinstance(message, Segment)]
    if not segments:
        return None
    shifts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one in sorted(segments, key=lambda one: one.audio.first_offset):
        of_channel = shifts[one.channel]
        if not of_channel or of_channel[-1][1] != one.audio.shift_ms:
            of_channel.append((one.audio.first_offset, one.audio.shift_ms))
    first = min(segments, key=lambda one: one.audio.first_offset)
    last = max(segments, key=lambda one: one.audio.last_offset)
    return Whereabouts(first.audio, last.audio, dict(shifts))


def windows(span: AudioSpan, size: int = WINDOW) -> Iterator[AudioSpan]:
    """The span in parts that are read one after the other."""
    for first in range(span.first_offset, span.last_offset + 1, size):
        last = min(first + size - 1, span.last_offset)
        yield msgspec.structs.replace(span, first_offset=first, last_offset=last)


@dataclass
class Minutes:
    """Chunks in, minutes out. Of `roles` alone, and only what was said after the caller had been told."""

    where: Whereabouts
    roles: frozenset[Role]
    _chunks: dict[int, list[AudioChunk]] = field(default_factory=lambda: defaultdict(list))
    _begun_ms: dict[int, int] = field(default_factory=dict)

    def add(self, found: Sequence[tuple[int, AudioChunk]]) -> list[Minute]:
        """Chunks with their offsets; the minutes that are whole now."""
        for offset, chunk in found:
            if chunk.role in self.roles and chunk.notice_given:
                start_ms = max(0, chunk.start_ms + self.where.shift_ms(chunk.channel, offset))
                self._chunks[chunk.channel].append(msgspec.structs.replace(chunk, start_ms=start_ms))
        return [minute for channel in sorted(self._chunks) for minute in self._cut(channel, is_over=False)]

    def finish(self) -> list[Minute]:
        """The rest, when no more chunks come."""
        return [minute for channel in sorted(self._chunks) for minute in self._cut(channel, is_over=True)]

    def _cut(self, channel: int, *, is_over: bool) -> Iterator[Minute]:
        chunks = self._chunks[channel]
        while chunks:
            newest_ms = max(_end_ms(chunk) for chunk in chunks)
            start_ms = self._begun_ms.get(channel, min(chunk.start_ms for chunk in chunks) // PIECE_MS * PIECE_MS)
            whole_ms = start_ms + PIECE_MS
            if newest_ms < whole_ms + NEAR_MS and not is_over:
                return
            end_ms = min(whole_ms, newest_ms)
            clip = cut(chunks, start_ms, end_ms) if start_ms < end_ms else None
            if clip is not None:
                yield Minute(channel, chunks[0].role, start_ms, end_ms, clip)
            # A chunk that lies across the boundary belongs to both minutes.
            chunks = self._chunks[channel] = [chunk for chunk in chunks if _end_ms(chunk) > whole_ms]
            self._begun_ms[channel] = whole_ms


def _end_ms(chunk: AudioChunk) -> int:
    width = 2 if chunk.codec == "pcm16" else 1
    return chunk.start_ms + len(chunk.payload) // width * 1000 // max(1, chunk.rate_hz)
