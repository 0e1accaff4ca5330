"""Which chunks of a channel go on from what was heard, and where a new epoch of it begins.

A transfer, a reconnect, another codec or a clock that jumps breaks what chunks say of themselves: number, time, format.
What follows is a new epoch. Media time goes on over it: each epoch has a shift that maps a chunk's `start_ms` to media
time. A chunk that contradicts the channel is refused at first, for it may be a stray one; AGREEING of them in a row
that continue each other begin an epoch, which then has the refused ones too. A second `CallStarted` needs no proof.

Chunks that were received before, or that fit an epoch's clock and are not newer than it, are copies and begin nothing.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, ChannelClock, Role
from tonewatch.workers.audio.codecs import Samples

AGREEING: Final = 3
"""Chunks in a row that contradict the channel and continue each other: from then on they are believed."""

SHAKY_MS: Final = 400
"""Times of chunks may be wrong by this much, and chunks late by this much, without meaning anything."""

LATEST_MS: Final = 1_000
"""A chunk that is behind the newest one by more than this did not lose its way: it is a copy, or of another clock."""

LEAP_MS: Final = 60_000
"""A leap of the media time that one chunk may claim alone, and the longest pause between two epochs."""

FAR_MS: Final = 24 * 3_600_000
"""No call lasts so long: a first chunk that begins later is not believed."""

_NEAR_CHUNKS: Final = 64
_SAME_CLOCK_MS: Final = 2_000
_REMEMBERED: Final = 2_048
_WRAP: Final = 1 << 16
_PAST_EPOCHS: Final = 8

Format = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Received:
    """A chunk whose bytes were read."""

    chunk: AudioChunk
    offset: int
    samples: Samples
    duration_ms: int

    @property
    def format(self) -> Format:
        return (self.chunk.codec, self.chunk.rate_hz)

    @property
    def began_at_ms(self) -> int:
        """Wall clock at its first sample; only where it carries one."""
        return self.chunk.captured_at_ms - self.duration_ms


@dataclass(frozen=True, slots=True)
class Placed:
    """A chunk with its number in its epoch and its media time. `begins`: it is the first of the channel or epoch."""

    received: Received
    seq: int
    start_ms: int
    begins: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """The numbers and times of an epoch's chunks: enough to know a copy of one of them."""

    format: Format
    wall_ms: int
    """Wall clock at `start_ms` 0."""
    newest_at_ms: int
    last_seq: int

    def has(self, received: Received) -> bool:
        chunk = received.chunk
        return (
            received.format == self.format
            and 0 < chunk.captured_at_ms <= self.newest_at_ms
            and abs(received.began_at_ms - chunk.start_ms - self.wall_ms) <= _SAME_CLOCK_MS
            and (self.last_seq - chunk.seq) % _WRAP < _WRAP // 2
        )


@dataclass(frozen=True, slots=True)
class Others:
    """The call's other channels: up to where they were heard, the furthest of them, and their clocks."""

    heard_ms: int = 0
    clocks: Sequence[ChannelClock] = ()

    def media_ms(self, start_ms: int) -> int | None:
        """Media time of a `start_ms` that is of the same clock as another channel's newest chunk, but for its shift.

        Channels that break off together go on together then. Null without such a channel, and where it has no shift:
        a channel whose number and time begin again looks like one that has just begun.
        """
        near = (one for one in self.clocks if one.shift_ms and abs(one.start_ms - start_ms) <= LATEST_MS)
        return next((start_ms + one.shift_ms for one in near), None)


@dataclass(slots=True)
class EpochClock:
    """One channel of a call.

    kept      clocks that an earlier listener wrote of the channel, in order of their offsets
    begin_ms  the call's media time at the newest `CallStarted`
    known     null before the first chunk
    written   clocks that a restart must know, oldest first; whoever writes them empties the list
    """

    channel: int
    role: Role
    kept: Sequence[ChannelClock] = ()
    begin_ms: int = 0
    known: ChannelClock | None = None
    written: list[ChannelClock] = field(default_factory=list)
    _first_seq: int = 0
    # Offset of a `CallStarted` behind which a new epoch is due.
    _restarted_at: int | None = None
    _from_start: bool = False
    # The newest chunk is not known: `known` is what an earlier listener wrote, some time before.
    _stale: bool = False
    # The call was silent for so long that it was closed.
    _parked: bool = False
    _suspects: list[Received] = field(default_factory=list)
    _past: deque[_Line] = field(default_factory=lambda: deque(maxlen=_PAST_EPOCHS))
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _seen_order: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def epoch(self) -> int:
        return 0 if self.known is None else self.known.epoch

    @property
    def is_waiting(self) -> bool:
        """Chunks were refused, and it is not known yet whether they are strays."""
        return bool(self._suspects)

    def oldest_suspect(self) -> int | None:
        """The first Kafka offset of the chunks that may begin an epoch."""
        return min(one.offset for one in self._suspects) if self._suspects else None

    def call_started(self, offset: int, begin_ms: int) -> None:
        """A `CallStarted` was read: the next chunk is the channel's first, or begins a new epoch."""
        self.begin_ms = begin_ms
        self._from_start = self.known is None and not self.kept
        self._restarted_at = None if self._from_start else offset
        # Without a wall clock the first chunks of the new epoch may look like those of the call's beginning.
        self._seen = {identity for identity in self._seen if identity[1] > 0}

    def park(self, offset: int, heard_ms: int) -> None:
        """The channel was silent for so long that what was open is closed: the next chunk may be far ahead."""
        if self.known is not None and not self._parked:
            self._parked = True
            self.known = msgspec.structs.replace(self.known, heard_ms=heard_ms, begins=False)
            self.written.append(msgspec.structs.replace(self.known, offset=offset, parked=True))

    def place(self, received: Received, heard_ms: int, others: Others) -> list[Placed]:
        """The chunk in media time; with it those that had been refused, where it proves that they began an epoch.

        `heard_ms`: media time up to which this channel was heard.
        Raises Unprocessable: `duplicate`, `late`, `format_changed`, `overlap`, `sequence`, `clock_jump`, `bad_time`.
        """
        begins = self._adopt(received.offset)
        identity = _identity(received.chunk)
        if identity in self._seen:
            raise _refused(received, "duplicate", "was received before")
        if self.known is None:
            return [self._first(received, identity, others)]
        if not begins:
            reason = "restarted" if self._restarted_at is not None else self._break(received, others)
            if reason is not None:
                if self._is_copy(received):
                    raise _refused(received, "late", "is older than what was received before")
                return self._suspect(received, reason, heard_ms, others)
            begins = self._returned(received)
        self._suspects.clear()
        return [self._accept(received, identity, begins=begins)]

    def _adopt(self, offset: int) -> bool:
        """Go on by what an earlier listener wrote, from its offset on; does the channel begin anew at this record?"""
        due = None
        while self.kept and self.kept[0].offset <= offset:
            due, self.kept = self.kept[0], self.kept[1:]
        if due is None or (self.known is not None and due.epoch == self.known.epoch and not due.begins):
            return False
        self.known, self._from_start = due, False
        # Had it been heard again after it was parked, a later clock would say so.
        self._stale, self._parked = not due.parked, due.parked
        if self._restarted_at is not None and due.offset > self._restarted_at:
            self._restarted_at = None
        # Far from 0, which would say that no chunk before it is under way.
        self._first_seq = due.seq - _WRAP
        self._suspects.clear()
        return due.begins and due.offset == offset

    def _returned(self, received: Received) -> bool:
        """After a silence that closed what was open the channel begins anew, and a restart must know where."""
        if not self._parked or self.known is None:
            return False
        seq = self._unwrapped(received.chunk.seq)
        self._first_seq = seq - _WRAP
        clock = msgspec.structs.replace(
            self.known,
            offset=received.offset,
            seq=seq,
            start_ms=received.chunk.start_ms,
            begins=True,
            parked=False,
        )
        self.written.append(clock)
        return True

    def _first(self, received: Received, identity: tuple[int, int], others: Others) -> Placed:
        chunk, begins = received.chunk, self._from_start
        shift_ms = 0
        if begins and (self.begin_ms or abs(chunk.start_ms - others.heard_ms) > LEAP_MS):
            media_ms = others.media_ms(chunk.start_ms)
            shift_ms = max(others.heard_ms if media_ms is None else media_ms, self.begin_ms) - chunk.start_ms
        elif chunk.start_ms > FAR_MS:
            raise _refused(received, "bad_time", f"is the first to be heard and begins at {chunk.start_ms} ms")
        self.known = ChannelClock(
            channel=self.channel,
            role=self.role,
            offset=received.offset,
            epoch=0,
            shift_ms=shift_ms,
            seq=chunk.seq,
            start_ms=chunk.start_ms,
            chunk_ms=received.duration_ms,
            captured_at_ms=chunk.captured_at_ms,
            heard_ms=chunk.start_ms + shift_ms,
            codec=chunk.codec,
            rate_hz=chunk.rate_hz,
            begins=begins,
        )
        # Number 0 says by itself that nothing came before it; of any other, and of a shift, a restart must be told.
        if begins and (shift_ms or chunk.seq):
            self.written.append(self.known)
            self._first_seq = chunk.seq - _WRAP
        self._from_start = False
        return self._accept(received, identity, begins=begins)

    def _accept(self, received: Received, identity: tuple[int, int], *, begins: bool) -> Placed:
        assert self.known is not None
        chunk, known = received.chunk, self.known
        seq = self._unwrapped(chunk.seq)
        wrapped = seq // _WRAP > known.seq // _WRAP and chunk.seq < _WRAP
        if seq >= known.seq:
            self.known = msgspec.structs.replace(
                known,
                seq=seq,
                start_ms=chunk.start_ms,
                chunk_ms=min(known.chunk_ms, max(1, received.duration_ms)),
                captured_at_ms=max(known.captured_at_ms, chunk.captured_at_ms),
                begins=False,
                parked=False,
            )
        if wrapped and not self._stale and not begins:
            # The number alone would say that the call begins here.
            self.written.append(msgspec.structs.replace(self.known, offset=received.offset))
        self._stale = self._parked = False
        self._restarted_at = None
        self._remember(identity)
        return Placed(received, seq - self._first_seq, chunk.start_ms + known.shift_ms, begins)

    def _break(self, received: Received, others: Others) -> str | None:
        """Why the chunk does not go on from what is known, as the word of a refusal; null when it does."""
        assert self.known is not None
        chunk, known = received.chunk, self.known
        if received.format != (known.codec, known.rate_hz):
            return "format_changed"
        ahead, moved_ms = self._unwrapped(chunk.seq) - known.seq, chunk.start_ms - known.start_ms
        if self._stale and ahead >= 0 and 0 <= moved_ms <= FAR_MS:
            return None
        if ahead <= 0:
            return self._behind(ahead, moved_ms)
        least_ms = ahead * known.chunk_ms
        if moved_ms < least_ms - SHAKY_MS:
            return "overlap" if ahead <= _NEAR_CHUNKS else "sequence"
        if moved_ms > least_ms + LEAP_MS and not self._is_told_by_others(received, moved_ms, others):
            return "clock_jump"
        return None

    def _behind(self, ahead: int, moved_ms: int) -> str | None:
        if ahead < -_NEAR_CHUNKS or moved_ms < -LATEST_MS - SHAKY_MS:
            return "late"
        return "sequence" if moved_ms > SHAKY_MS else None

    def _is_told_by_others(self, received: Received, moved_ms: int, others: Others) -> bool:
        """A leap that is a hold: the call's other channel went on meanwhile, or the wall clock did."""
        assert self.known is not None
        if abs(received.chunk.start_ms + self.known.shift_ms - others.heard_ms) <= 10_000:
            return True
        then, now = self.known.captured_at_ms, received.chunk.captured_at_ms
        return self._parked and then > 0 and now > 0 and abs(now - then - moved_ms) <= _SAME_CLOCK_MS

    def _is_copy(self, received: Received) -> bool:
        return any(line.has(received) for line in (self._line(), *self._past))

    def _line(self) -> _Line:
        known = self.known
        assert known is not None
        # `start_ms` is of the newest chunk and `captured_at_ms` of its last sample; a chunk's length is within the
        # tolerance of the comparison.
        wall_ms = known.captured_at_ms - known.chunk_ms - known.start_ms
        return _Line((known.codec, known.rate_hz), wall_ms, known.captured_at_ms, known.seq)

    def _suspect(self, received: Received, reason: str, heard_ms: int, others: Others) -> list[Placed]:
        if self._suspects and not _agree(self._suspects[-1], received):
            self._suspects.clear()
        if not any(_identity(one.chunk) == _identity(received.chunk) for one in self._suspects):
            self._suspects.append(received)
        if len(self._suspects) >= AGREEING or self._restarted_at is not None:
            return self._begin(heard_ms, others)
        raise _refused(received, reason, _WHY[reason])

    def _begin(self, heard_ms: int, others: Others) -> list[Placed]:
        """A new epoch, of the chunks that agree: its first sample is heard where the epoch before it ended."""
        assert self.known is not None
        first = min(self._suspects, key=lambda one: one.chunk.start_ms)
        self._past.append(self._line())
        heard_ms = max(heard_ms, self.known.heard_ms, self.begin_ms)
        resume_ms = heard_ms + self._pause_ms(first, heard_ms, others)
        self.known = ChannelClock(
            channel=self.channel,
            role=self.role,
            offset=min(one.offset for one in self._suspects),
            epoch=self.known.epoch + 1,
            shift_ms=resume_ms - first.chunk.start_ms,
            seq=first.chunk.seq,
            start_ms=first.chunk.start_ms,
            chunk_ms=first.duration_ms,
            captured_at_ms=first.chunk.captured_at_ms,
            heard_ms=resume_ms,
            codec=first.chunk.codec,
            rate_hz=first.chunk.rate_hz,
            begins=True,
        )
        self.written.append(self.known)
        self._first_seq = first.chunk.seq - _WRAP
        suspects, self._suspects = sorted(self._suspects, key=lambda one: one.chunk.start_ms), []
        self._stale = False
        return [self._accept(one, _identity(one.chunk), begins=one is first) for one in suspects]

    def _pause_ms(self, first: Received, heard_ms: int, others: Others) -> int:
        """How long nothing was received between two epochs: by the wall clock, else by the other channels."""
        assert self.known is not None
        media_ms = others.media_ms(first.chunk.start_ms)
        if media_ms is not None and media_ms >= heard_ms:
            pause_ms = media_ms - heard_ms
        elif first.chunk.captured_at_ms and self.known.captured_at_ms:
            pause_ms = first.began_at_ms - self.known.captured_at_ms
        else:
            pause_ms = others.heard_ms - heard_ms
        return pause_ms if 0 < pause_ms <= LEAP_MS else 0

    def _unwrapped(self, seq: int) -> int:
        """A 16-bit number begins again at 0 behind 65,535; here it goes on."""
        assert self.known is not None
        newest = self.known.seq
        if seq >= _WRAP:
            return seq
        ahead = (seq - newest) % _WRAP
        # Numbers that never wrapped are taken as they are unless the newest one is about to wrap.
        if self._stale:
            return newest + ahead if newest % _WRAP + ahead >= _WRAP and seq < newest else seq + newest // _WRAP * _WRAP
        return newest + (ahead if ahead < _WRAP // 2 else ahead - _WRAP)

    def _remember(self, identity: tuple[int, int]) -> None:
        self._seen.add(identity)
        self._seen_order.append(identity)
        if len(self._seen_order) > _REMEMBERED:
            self._seen.discard(self._seen_order.popleft())


_WHY: Final = {
    "format_changed": "has another format than the channel",
    "late": "is far behind what was received before",
    "overlap": "begins before the end of earlier chunks",
    "sequence": "has a number that does not go with its time",
    "clock_jump": "leaps ahead by more than a minute",
}


def _identity(chunk: AudioChunk) -> tuple[int, int]:
    """The same for a copy of a chunk, and another for another chunk with its number."""
    return (chunk.seq, chunk.captured_at_ms or -zlib.crc32(chunk.payload) - 1)


def _agree(one: Received, next_one: Received) -> bool:
    """The second continues the first, or the first the second."""
    ahead = (next_one.chunk.seq - one.chunk.seq + _WRAP // 2) % _WRAP - _WRAP // 2
    moved_ms = next_one.chunk.start_ms - one.chunk.start_ms
    return (
        one.format == next_one.format
        and 0 < abs(ahead) <= _NEAR_CHUNKS
        and abs(moved_ms - ahead * one.duration_ms) <= LATEST_MS
    )


def _refused(received: Received, reason: str, why: str) -> Unprocessable:
    chunk = received.chunk
    return Unprocessable(f"call {chunk.call_id}, channel {chunk.channel}, chunk {chunk.seq}: {why}", reason=reason)
