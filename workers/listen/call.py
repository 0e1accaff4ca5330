"""One call in a listener: chunks in, closed speech segments out, and the offset that a restart needs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import msgspec

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import (
    AudioChunk,
    CallClock,
    CallClosed,
    CallOpened,
    CallStarted,
    ChannelClock,
    ChannelRoles,
    CloseReason,
    NoticeWithdrawn,
    Role,
    Silence,
)
from tonewatch.workers.audio.channel import ChannelAudio
from tonewatch.workers.audio.echo import EchoMeasure, measure
from tonewatch.workers.audio.epoch import EpochClock, Others
from tonewatch.workers.audio.segmenter import SegmenterSettings, SpeechSegment
from tonewatch.workers.listen.lines import UNKNOWN_LENGTH_MS, CallLines, length_ms
from tonewatch.workers.listen.notice import NoticePolicy

CHANNELS_MOST = 8
TURNS_KEPT = 32
CLOCKS_KEPT = 64
STARTS_KEPT = 16

SILENCE_STEP_MS = 5_000
"""A silence is written when it has lasted this long, and again each time that it has lasted as long once more."""

CHANNEL_SILENT_MS = 10_000
"""A channel that sent nothing for this long while the call went on is closed, or it would hold back the commits."""


@dataclass(frozen=True)
class ClosedSegment:
    """A segment with its call and channel.

    `other_turns`: when other channels spoke around it, (start_ms, end_ms); an echo on them is no turn. `echo`: how far
    it is another channel's sound itself, null where the others were silent.
    """

    call_id: str
    channel: int
    role: Role
    segment: SpeechSegment
    other_turns: tuple[tuple[int, int], ...] = ()
    echo: EchoMeasure | None = None

    @property
    def segment_id(self) -> str:
        return f"{self.call_id}/{self.channel}/{self.segment.start_ms}"


@dataclass(frozen=True, slots=True)
class _Turn:
    """Times of a closed segment, and the first Kafka offset from which a restart finds it again.

    `is_speech`: false for the echo of another channel.
    """

    start_ms: int
    end_ms: int
    restart_offset: int
    is_speech: bool


@dataclass
class _Channel:
    role: Role
    audio: ChannelAudio
    turns: deque[_Turn] = field(default_factory=lambda: deque(maxlen=TURNS_KEPT))


class Call:
    """State of one call in one listener; it knows no Kafka but offsets.

    `last_seen_s`: the partition's clock at the last record. `rejected` and `words_shed` are counted by the listener.
    `clock`: what was known of the call when its state was let go of, or by an earlier listener.
    `before`: what was counted before the call was put on hold. `policy`: whose calls may be analysed.
    """

    def __init__(
        self,
        call_id: str,
        settings: SegmenterSettings,
        last_seen_s: float,
        clock: CallClock | None = None,
        before: CallClosed | None = None,
        policy: NoticePolicy = NoticePolicy(),  # noqa: B008 - it is frozen
    ) -> None:
        self.call_id = call_id
        self.last_seen_s = last_seen_s
        self.notice_given: bool | None = None
        self.policy = policy
        self.segments = 0 if before is None else before.segments
        self.rejected = 0 if before is None else before.chunks_rejected
        self.words_shed = 0
        self.lines = CallLines()
        self._clock = clock or CallClock(call_id=call_id)
        self._clock_changed = False
        self._begin_at: int | None = None
        self._begin_ms = 0
        self._joined_ms: int | None = None
        self._chunks = 0 if before is None else before.chunks
        self._missing_ms = 0 if before is None else before.missing_ms
        self._end_ms = 0
        self._last_offset = 0
        self._silence_written_ms = 0
        self._unheard_written_ms = 0
        self._settings = settings
        self._channels: dict[int, _Channel] = {}

    def started(self, message: CallStarted, caller: str = "", offset: int = 0) -> CallOpened:
        """The first record, or one more after a transfer or a reconnect, with which each channel begins a new epoch.

        It binds the channels' roles anew. A copy of the `CallStarted` before it begins and binds nothing.
        `caller`: keyed hash of the caller's id, or ''. Of a call that may not be analysed nothing goes on but what
        routing needs (`CallAttributes.for_routing`).
        """
        self.notice_given = message.notice_given and not self.is_withdrawn and self.policy.allows(message.team)
        before = self._start(offset - 1)
        if before is None or (before.started_at_ms, before.roles) != (message.started_at_ms, message.roles):
            self._begin(message, offset)
        opened = CallOpened(
            call_id=self.call_id, call=message.attributes, notice_given=self.notice_given, caller=caller
        )
        return opened.as_far_as_told()

    @property
    def is_withdrawn(self) -> bool:
        """The call's notice was withdrawn, to this listener or to one before it."""
        return self._clock.withdrawn

    def withdraw(self, message: NoticeWithdrawn) -> CallOpened:
        """Nothing of the call is analysed any more; what is open of it is dropped as it is."""
        self.notice_given = False
        self._channels.clear()
        self._begin_at = None
        self.lines = CallLines()
        known = self._clock
        self._clock = CallClock(
            call_id=self.call_id,
            ended=known.ended,
            end_ms=known.end_ms,
            end_offset=known.end_offset,
            withdrawn=True,
        )
        self._clock_changed = True
        return CallOpened(call_id=self.call_id, notice_given=False, withdrawn_at_ms=message.withdrawn_at_ms)

    def _begin(self, message: CallStarted, offset: int) -> None:
        former_ms = self._clock.end_ms if 0 <= self._clock.end_offset <= offset else 0
        self._begin_at, self._begin_ms = offset, max(self._heard_ms(), former_ms)
        self._last_offset = max(self._last_offset, offset)
        for channel in self._channels.values():
            channel.audio.clock.call_started(offset, self._begin_ms)
        start = ChannelRoles(offset=offset, started_at_ms=message.started_at_ms, roles=message.roles)
        starts = sorted(
            [start, *(one for one in self._clock.starts if one.offset != offset)], key=lambda one: one.offset
        )
        self._clock = msgspec.structs.replace(self._clock, starts=tuple(starts[-STARTS_KEPT:]), ended=False)
        self._clock_changed = bool(self.notice_given)

    def _start(self, offset: int) -> ChannelRoles | None:
        """The newest `CallStarted` up to an offset: a restart knows of later ones too, which it will read again."""
        starts = self._clock.starts
        if not starts or starts[-1].offset <= offset:
            return starts[-1] if starts else None
        return next((start for start in reversed(starts) if start.offset <= offset), None)

    def joined(self, chunk: AudioChunk) -> CallOpened:
        """A chunk of a call whose beginning this listener did not read: after a restart, or a time-out."""
        # Which team's call it is only its beginning tells; a clock is written of calls alone that were analysed before.
        known = self.policy.allows_all or bool(self._clock.starts or self._clock.clocks)
        self.notice_given = chunk.notice_given and known and not self.is_withdrawn
        return CallOpened(call_id=self.call_id, notice_given=self.notice_given)

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
        try:
            closed = self._heard(chunk, offset)
        except Unprocessable as error:
            self._refused(chunk.channel, chunk.role, error.reason, length_ms(chunk))
            raise
        self._follow_lines(chunk.channel)
        return closed

    def _heard(self, chunk: AudioChunk, offset: int) -> list[ClosedSegment]:
        channel = self._channel(chunk, offset)
        self._last_offset = offset
        # Before the chunk is taken: once it closes a segment, the records behind that segment are no longer held.
        restart_offsets = self._restart_offsets()
        closed = channel.audio.push(chunk, offset, self._others(chunk.channel))
        self._end_ms = max(self._end_ms, channel.audio.newest_ms)
        return [
            *self._close_silent(restart_offsets, offset),
            *self._closed(chunk.channel, channel, closed, restart_offsets),
        ]

    def undecodable(self, channel: int, role: Role) -> None:
        """A record that was to be audio of this channel is no valid message."""
        if self.notice_given:
            self._refused(channel, role, "undecodable", UNKNOWN_LENGTH_MS)

    def hold(self) -> None:
        """Nothing is received of the call for HOLD_AFTER_S, though its end was not read."""
        if self.notice_given:
            roles = {channel: role for channel, (role, _) in self._heard_by_channel().items()}
            self.lines.hold(max(self._heard_ms(), self._begin_ms, self._clock.end_ms), roles)

    def next_lines(self) -> Silence | None:
        """The record of the lines that changed; null where none did."""
        changed = self.lines.changes()
        return Silence(call_id=self.call_id, now_ms=0, lines=changed) if changed else None

    def finish(self) -> list[ClosedSegment]:
        """The segments that are still open, at the end of the call."""
        found: list[ClosedSegment] = []
        restart_offsets = self._restart_offsets()
        for number, channel in sorted(self._channels.items()):
            found += self._closed(number, channel, channel.audio.close("call_end"), restart_offsets)
        return sorted(found, key=lambda one: one.segment.start_ms)

    def park(self, offset: int, *, ended: bool) -> CallClock:
        """What must be known when the call comes back after its end or a long silence. `offset`: of the next record."""
        for channel in self._channels.values():
            channel.audio.park(offset, "call_end")
        end_ms = max(self._heard_ms(), self._clock.end_ms)
        self._clock = msgspec.structs.replace(self._clock, ended=ended, end_ms=end_ms, end_offset=offset)
        self._clock_changed = True
        return self.next_clock(on_hold=not ended) or self._clock

    def next_clock(self, *, on_hold: bool = False) -> CallClock | None:
        """What a restart must know from now on; null when nothing is new."""
        fresh: list[ChannelClock] = []
        for channel in self._channels.values():
            fresh += channel.audio.clock.written
            channel.audio.clock.written.clear()
        if not fresh and not self._clock_changed:
            return None
        self._clock_changed = False
        clocks = sorted([*self._clock.clocks, *fresh], key=lambda clock: clock.offset)
        self._clock = msgspec.structs.replace(self._clock, clocks=tuple(clocks[-CLOCKS_KEPT:]), on_hold=on_hold)
        return self._clock

    def silent_until_ms(self) -> int | None:
        """Up to where audio of both parties was heard and nobody speaks; null within `SILENCE_STEP_MS` of speech, or of
        audio that was missing or refused.

        On a grid of that length, so that a restarted listener writes the same silences.
        """
        # No segment that is still open can begin before what is read, so the newest closed one ends the speech.
        turns = [channel.turns[-1] for channel in self._channels.values() if channel.turns]
        spoken_ms = max((turn.end_ms for turn in turns), default=0)
        if self._heard_ms() - spoken_ms < SILENCE_STEP_MS:
            return None  # Nothing that was read lies beyond what was heard: the answer after nearly every chunk.
        until_ms = self._read_until_ms()
        until_ms -= until_ms % SILENCE_STEP_MS
        busy_ms = max(spoken_ms, self._unheard_until_ms())
        return until_ms if until_ms - busy_ms >= SILENCE_STEP_MS and until_ms > self._silence_written_ms else None

    def next_silence(self) -> Silence | None:
        """The record of a silence, once for each step of the grid; or of audio that was missing, which is none."""
        if not self.notice_given:
            return None
        unheard_ms = self._unheard_until_ms()
        if unheard_ms > self._unheard_written_ms:
            self._unheard_written_ms = unheard_ms
            return Silence(call_id=self.call_id, now_ms=0, since_ms=unheard_ms)
        until_ms = self.silent_until_ms()
        if until_ms is None:
            return None
        self._silence_written_ms = until_ms
        return Silence(call_id=self.call_id, now_ms=until_ms, since_ms=unheard_ms)

    def _refused(self, channel: int, role: Role, reason: str, lasts_ms: int) -> None:
        known = self._channels.get(channel)
        # Whoever is refused as another party is told of under the role that the channel is bound to.
        bound = role if known is None else known.role
        heard_ms = self._begin_ms if known is None else known.audio.heard_ms
        self.lines.refused(channel, bound, reason, lasts_ms, heard_ms)

    def _follow_lines(self, number: int) -> None:
        """The lines after audio of that channel was accepted."""
        channel = self._channels[number]
        if self._joined_ms is None:
            self._joined_ms = channel.audio.newest_ms
        self.lines.received(number, channel.role, channel.audio.newest_ms)
        self.lines.went_on(self._end_ms, self._heard_by_channel())

    def _heard_by_channel(self) -> dict[int, tuple[Role, int]]:
        """Role of each channel that was announced or heard, and up to where it was."""
        # A listener that begins in the middle of a call knows nothing of what was heard before.
        from_ms = self._begin_ms if self._begin_at is not None else self._joined_ms or 0
        start = self._start(self._last_offset)
        expected = {} if start is None else {n: (role, from_ms) for n, role in enumerate(start.roles)}
        return expected | {n: (one.role, max(one.audio.heard_ms, from_ms)) for n, one in self._channels.items()}

    def _others(self, number: int) -> Others:
        """What the other channels tell of the time."""
        audios = [channel.audio for other, channel in self._channels.items() if other != number]
        return Others(
            max((audio.heard_ms for audio in audios), default=self._begin_ms),
            [audio.clock.known for audio in audios if audio.clock.known is not None],
        )

    def _heard_ms(self) -> int:
        return max((channel.audio.heard_ms for channel in self._channels.values()), default=0)

    def _parties(self) -> dict[Role, list[ChannelAudio]]:
        """Whoever must be heard: by role, because one of two agents may have left the call."""
        start = self._start(self._last_offset)
        parties: dict[Role, list[ChannelAudio]] = {} if start is None else {role: [] for role in start.roles}
        for channel in self._channels.values():
            parties.setdefault(channel.role, []).append(channel.audio)
        return parties

    def _read_until_ms(self) -> int:
        """No segment of any party that closes later can begin before this."""
        return min(
            (max((audio.open_since_ms() or 0 for audio in party), default=0) for party in self._parties().values()),
            default=0,
        )

    def _unheard_until_ms(self) -> int:
        """End of the newest stretch in which one party's audio was missing; 0 when there was none."""
        parties = self._parties().values()
        heard_from_ms = max((audio.heard_from_ms for party in parties for audio in party), default=0)
        heard_ms = min((max((audio.heard_ms for audio in party), default=0) for party in parties), default=0)
        if self._end_ms - heard_ms <= CHANNEL_SILENT_MS:
            return heard_from_ms
        return max(heard_from_ms, self._end_ms - self._end_ms % SILENCE_STEP_MS)

    def _close_silent(self, restart_offsets: dict[int, int], offset: int) -> list[ClosedSegment]:
        """The segments that were open on channels that stopped sending."""
        found: list[ClosedSegment] = []
        # By media time of the call, not by a clock: a replay closes the same channels at the same chunks.
        for number, channel in self._channels.items():
            if channel.audio.is_open and self._end_ms - channel.audio.newest_ms > CHANNEL_SILENT_MS:
                found += self._closed(number, channel, channel.audio.park(offset + 1, "gap"), restart_offsets)
        return found

    def closed(self, reason: CloseReason, duration_ms: int | None) -> CallClosed:
        """The last message about the call, with what this listener counted."""
        return CallClosed(
            call_id=self.call_id,
            reason=reason,
            duration_ms=self._end_ms if duration_ms is None or self._is_shifted() else duration_ms,
            segments=self.segments,
            chunks=self._chunks,
            chunks_rejected=self.rejected,
            missing_ms=self._missing_ms + sum(c.audio.missing_ms for c in self._channels.values()),
            words_shed=self.words_shed,
        )

    def _is_shifted(self) -> bool:
        """The call's media time is not its sender's."""
        clocks = (channel.audio.clock.known for channel in self._channels.values())
        return any(clock is not None and clock.shift_ms != 0 for clock in clocks)

    def oldest_open_offset(self) -> int | None:
        """The first Kafka offset that is still needed: for an open segment, for an unordered chunk, or for what another
        channel said meanwhile, which belongs to the segment too."""
        offsets = [held for channel in self._channels.values() if (held := channel.audio.oldest_offset()) is not None]
        for number, channel in self._channels.items():
            since_ms = channel.audio.open_since_ms()
            if since_ms is None:
                continue
            # A later segment of this channel may carry these turns as `other_turns`; a restart must find them first.
            for other, speaking in self._channels.items():
                if other == number:
                    continue
                for turn in reversed(speaking.turns):
                    if turn.end_ms <= since_ms:
                        break  # They end in the order in which they were closed.
                    offsets.append(turn.restart_offset)
        return min(offsets, default=None)

    def _restart_offsets(self) -> dict[int, int]:
        """By channel: where a restart must begin to find the segment that closes next."""
        held = {number: channel.audio.oldest_offset() for number, channel in self._channels.items()}
        return {number: self._last_offset if offset is None else offset for number, offset in held.items()}

    def _channel(self, chunk: AudioChunk, offset: int) -> _Channel:
        known = self._channels.get(chunk.channel)
        if known is None and len(self._channels) >= CHANNELS_MOST:
            raise Unprocessable(
                f"call {self.call_id}: channel {chunk.channel} is one too many; at most {CHANNELS_MOST} a call",
                reason="too_many_channels",
            )
        self._check_role(chunk, offset)
        if known is None:
            known = self._channels[chunk.channel] = self._new_channel(chunk)
        known.role = known.audio.clock.role = chunk.role
        return known

    def _new_channel(self, chunk: AudioChunk) -> _Channel:
        kept = tuple(clock for clock in self._clock.clocks if clock.channel == chunk.channel)
        clock = EpochClock(chunk.channel, chunk.role, kept)
        if self._begin_at is not None:
            clock.call_started(self._begin_at, self._begin_ms)
        return _Channel(chunk.role, ChannelAudio(clock, self._settings))

    def _check_role(self, chunk: AudioChunk, offset: int) -> None:
        """`CallStarted` binds a role, else the first chunk does; a channel once the agent's is never the customer's."""
        bound, was_agents = self._bound_role(chunk.channel, offset), self._was_agents(chunk.channel, offset)
        if (bound is None or chunk.role == bound) and (chunk.role == "agent" or not was_agents):
            return
        raise Unprocessable(
            f"call {self.call_id}, channel {chunk.channel}: the role changed from {bound or 'agent'} to {chunk.role}",
            reason="role_changed",
        )

    def _bound_role(self, number: int, offset: int) -> Role | None:
        start = self._start(offset)
        if start is not None and 0 <= number < len(start.roles):
            return start.roles[number]
        if number in self._channels:
            return self._channels[number].role
        return next((clock.role for clock in reversed(self._former(number, offset))), None)

    def _was_agents(self, number: int, offset: int) -> bool:
        roles = [start.roles[number : number + 1] for start in self._clock.starts if start.offset <= offset]
        known = self._channels.get(number)
        return (
            ("agent",) in roles
            or (known is not None and known.role == "agent")
            or any(clock.role == "agent" for clock in self._former(number, offset))
        )

    def _former(self, number: int, offset: int) -> list[ChannelClock]:
        return [clock for clock in self._clock.clocks if clock.channel == number and clock.offset <= offset]

    def _closed(
        self, number: int, channel: _Channel, closed: list[SpeechSegment], restart_offsets: dict[int, int]
    ) -> list[ClosedSegment]:
        found = []
        for segment in closed:
            echo = self._echo(number, segment.start_ms, segment.end_ms)
            is_speech = echo is None or not echo.is_echo
            channel.turns.append(_Turn(segment.start_ms, segment.end_ms, restart_offsets[number], is_speech))
            turns = self._other_turns(number, segment)
            role = channel.audio.role_in(segment.epoch)
            found.append(ClosedSegment(self.call_id, number, role, segment, turns, echo))
        self.segments += len(found)
        return found

    def _other_turns(self, number: int, segment: SpeechSegment) -> tuple[tuple[int, int], ...]:
        """Closed segments of the other channels, and the one that is open up to now, where they touch this one."""
        turns: list[tuple[int, int]] = []
        for other, channel in self._channels.items():
            if other == number:
                continue
            turns += [(turn.start_ms, turn.end_ms) for turn in channel.turns if turn.is_speech]
            now = channel.audio.speaking_turn()
            if now is not None and ((echo := self._echo(other, *now)) is None or not echo.is_echo):
                turns.append(now)
        return tuple(t for t in turns if t[1] > segment.start_ms and t[0] < segment.end_ms)

    def _echo(self, number: int, start_ms: int, end_ms: int) -> EchoMeasure | None:
        """How far what a channel carried between the two times is another channel's sound: the best of all others."""
        own = self._channels[number].audio.energies
        others = (one.audio.energies for other, one in self._channels.items() if other != number)
        found = [echo for energies in others if (echo := measure(own, energies, start_ms, end_ms)) is not None]
        return max(found, key=lambda echo: (echo.is_echo, echo.correlation), default=None)
