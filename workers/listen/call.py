"""One call in a listener: chunks in, closed speech segments out, and the offset that a restart needs."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass, field

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, CallClosed, CallOpened, CallStarted, CloseReason, Role, Silence
from tonewatch.workers.audio.intake import ChannelIntake, Piece
from tonewatch.workers.audio.segmenter import Segmenter, SegmenterSettings, SpeechSegment

CHANNELS_MOST = 8
TURNS_KEPT = 32

SILENCE_STEP_MS = 5_000
"""A silence is written when it has lasted this long, and again each time that it has lasted as long once more."""

CHANNEL_SILENT_MS = 10_000
"""A channel that sent nothing for this long while the call went on is closed, or it would hold back the commits."""


@dataclass(frozen=True)
class ClosedSegment:
    """A segment with its call and channel; `other_turns`: when other channels spoke around it, (start_ms, end_ms)."""

    call_id: str
    channel: int
    role: Role
    segment: SpeechSegment
    other_turns: tuple[tuple[int, int], ...] = ()

    @property
    def segment_id(self) -> str:
        return f"{self.call_id}/{self.channel}/{self.segment.start_ms}"


@dataclass(frozen=True, slots=True)
class _Turn:
    """Times of a closed segment, and the first Kafka offset from which a restart finds it again."""

    start_ms: int
    end_ms: int
    restart_offset: int


@dataclass
class _Channel:
    role: Role
    intake: ChannelIntake = field(default_factory=ChannelIntake)
    segmenter: Segmenter | None = None
    turns: deque[_Turn] = field(default_factory=lambda: deque(maxlen=TURNS_KEPT))
    newest_ms: int = 0

    def oldest_offset(self) -> int | None:
        """The first Kafka offset that is held for an open segment or an unordered chunk."""
        held = (self.intake.oldest_held_offset(), self.segmenter.oldest_open_offset() if self.segmenter else None)
        return min((offset for offset in held if offset is not None), default=None)


class Call:
    """State of one call in one listener; it knows no Kafka but offsets.

    `last_seen_s`: the partition's clock at the last record. `rejected` and `words_shed` are counted by the listener.
    """

    def __init__(self, call_id: str, settings: SegmenterSettings, last_seen_s: float) -> None:
        self.call_id = call_id
        self.last_seen_s = last_seen_s
        self.notice_given: bool | None = None
        self.segments = 0
        self.rejected = 0
        self.words_shed = 0
        self._chunks = 0
        self._end_ms = 0
        self._last_offset = 0
        self._silence_written_ms = 0
        self._settings = settings
        self._channels: dict[int, _Channel] = {}

    def started(self, message: CallStarted, caller: str = "") -> CallOpened:
        """The first record; its notice holds for the whole call. `caller`: keyed hash of the caller's id, or ''."""
        self.notice_given = message.notice_given
        return CallOpened(
            call_id=self.call_id,
            call=message.attributes,
            notice_given=message.notice_given,
            caller=caller if message.notice_given else "",
        )

    def joined(self, chunk: AudioChunk) -> CallOpened:
        """A chunk of a call whose beginning this listener did not read: after a restart, or a time-out."""
        self.notice_given = chunk.notice_given
        return CallOpened(call_id=self.call_id, notice_given=chunk.notice_given)

    def add_chunk(self, chunk: AudioChunk, offset: int) -> list[ClosedSegment]:
        """Segments that the chunk closed, possibly none. A call without notice is counted and not analysed.

        Raises:
            Unprocessable: the chunk cannot be used; the call goes on without it.
        """
        self._chunks += 1
        # Nothing of a call without notice may be analysed, not even for whether somebody speaks.
        if not self.notice_given or not chunk.notice_given:
            self._end_ms = max(self._end_ms, chunk.start_ms)
            return []
        channel = self._channel(chunk)
        self._last_offset = offset
        # Before the chunk is taken: once it closes a segment, the records behind that segment are no longer held.
        restart_offsets = self._restart_offsets()
        pieces = channel.intake.push(chunk, offset)
        if channel.segmenter is None:
            channel.segmenter = Segmenter(chunk.rate_hz, self._settings)
        channel.newest_ms = max(channel.newest_ms, chunk.start_ms)
        self._end_ms = max(self._end_ms, chunk.start_ms)
        return [
            *self._close_silent(restart_offsets),
            *self._closed(chunk.channel, channel, _pushed(channel.segmenter, pieces), restart_offsets),
        ]

    def finish(self) -> list[ClosedSegment]:
        """The segments that are still open, at the end of the call."""
        found: list[ClosedSegment] = []
        restart_offsets = self._restart_offsets()
        for number, channel in sorted(self._channels.items()):
            if channel.segmenter is None:
                continue
            closed = _pushed(channel.segmenter, channel.intake.flush())
            found += self._closed(number, channel, [*closed, *channel.segmenter.flush()], restart_offsets)
        return sorted(found, key=lambda one: one.segment.start_ms)

    def silent_until_ms(self) -> int | None:
        """Up to where audio of both parties was read and nobody speaks; null within `SILENCE_STEP_MS` of speech.

        On a grid of that length, so that a restarted listener writes the same silences.
        """
        read_until = [
            channel.segmenter.open_since_ms()
            for channel in self._channels.values()
            if channel.segmenter is not None and self._end_ms - channel.newest_ms <= CHANNEL_SILENT_MS
        ]
        until_ms = min(read_until, default=sys.maxsize)
        if until_ms == sys.maxsize:
            return None
        until_ms -= until_ms % SILENCE_STEP_MS
        # No segment that is still open can begin before `until_ms`, so the newest closed one ends the speech.
        spoken_ms = max((turn.end_ms for channel in self._channels.values() for turn in channel.turns), default=0)
        return until_ms if until_ms - spoken_ms >= SILENCE_STEP_MS and until_ms > self._silence_written_ms else None

    def next_silence(self) -> Silence | None:
        """The record of a silence, once for each step of the grid."""
        until_ms = self.silent_until_ms()
        if until_ms is None:
            return None
        self._silence_written_ms = until_ms
        return Silence(call_id=self.call_id, now_ms=until_ms)

    def _close_silent(self, restart_offsets: dict[int, int]) -> list[ClosedSegment]:
        """The segments that were open on channels that stopped sending."""
        found: list[ClosedSegment] = []
        # By media time of the call, not by a clock: a replay closes the same channels at the same chunks.
        for number, channel in self._channels.items():
            if channel.segmenter is not None and self._end_ms - channel.newest_ms > CHANNEL_SILENT_MS:
                closed = _pushed(channel.segmenter, channel.intake.flush())
                found += self._closed(number, channel, [*closed, *channel.segmenter.flush("gap")], restart_offsets)
        return found

    def closed(self, reason: CloseReason, duration_ms: int | None) -> CallClosed:
        """The last message about the call, with what this listener counted."""
        return CallClosed(
            call_id=self.call_id,
            reason=reason,
            duration_ms=self._end_ms if duration_ms is None else duration_ms,
            segments=self.segments,
            chunks=self._chunks,
            chunks_rejected=self.rejected,
            missing_ms=sum(c.intake.missing_ms for c in self._channels.values()),
            words_shed=self.words_shed,
        )

    def oldest_open_offset(self) -> int | None:
        """The first Kafka offset that is still needed: for an open segment, for an unordered chunk, or for what another
        channel said meanwhile, which belongs to the segment too."""
        offsets = [held for channel in self._channels.values() if (held := channel.oldest_offset()) is not None]
        for number, channel in self._channels.items():
            if channel.segmenter is None:
                continue
            since_ms = channel.segmenter.open_since_ms()
            # A later segment of this channel may carry these turns as `other_turns`; a restart must find them first.
            offsets += [
                turn.restart_offset
                for other, speaking in self._channels.items()
                if other != number
                for turn in speaking.turns
                if turn.end_ms > since_ms
            ]
        return min(offsets, default=None)

    def _restart_offsets(self) -> dict[int, int]:
        """By channel: where a restart must begin to find the segment that closes next."""
        held = {number: channel.oldest_offset() for number, channel in self._channels.items()}
        return {number: self._last_offset if offset is None else offset for number, offset in held.items()}

    def _channel(self, chunk: AudioChunk) -> _Channel:
        known = self._channels.get(chunk.channel)
        if known is None:
            if len(self._channels) >= CHANNELS_MOST:
                raise Unprocessable(
                    f"call {self.call_id}: channel {chunk.channel} is one too many; at most {CHANNELS_MOST} a call",
                    reason="too_many_channels",
                )
            known = self._channels[chunk.channel] = _Channel(chunk.role)
        # The agent's audio under the caller's role would be analysed: refuse rather than follow.
        if known.role != chunk.role:
            raise Unprocessable(
                f"call {self.call_id}, channel {chunk.channel}: the role changed from {known.role} to {chunk.role}",
                reason="role_changed",
            )
        return known

    def _closed(
        self, number: int, channel: _Channel, closed: list[SpeechSegment], restart_offsets: dict[int, int]
    ) -> list[ClosedSegment]:
        found = []
        for segment in closed:
            channel.turns.append(_Turn(segment.start_ms, segment.end_ms, restart_offsets[number]))
            turns = self._other_turns(number, segment)
            found.append(ClosedSegment(self.call_id, number, channel.role, segment, turns))
        self.segments += len(found)
        return found

    def _other_turns(self, number: int, segment: SpeechSegment) -> tuple[tuple[int, int], ...]:
        """Closed segments of the other channels, and the one that is open up to now, where they touch this one."""
        turns: list[tuple[int, int]] = []
        for other, channel in self._channels.items():
            if other == number:
                continue
            turns += [(turn.start_ms, turn.end_ms) for turn in channel.turns]
            if channel.segmenter is not None and (now := channel.segmenter.speaking_turn()) is not None:
                turns.append(now)
        return tuple(t for t in turns if t[1] > segment.start_ms and t[0] < segment.end_ms)


def _pushed(segmenter: Segmenter, pieces: list[Piece]) -> list[SpeechSegment]:
    return [
        segment
        for piece in pieces
        for segment in segmenter.push(
            piece.samples,
            piece.start_ms,
            piece.offset,
            piece.captured_at_ms,
            missing_ms=piece.missing_ms,
            begins=piece.begins,
        )
    ]
