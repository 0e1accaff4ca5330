"""A call at a door: who is on it, and what its streams send, as the messages of the calls topic.

No socket and no clock: `now_ms` is the wall clock, an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast, get_args

from tonewatch.stream.call_hash import RESERVED, is_erased_id
from tonewatch.stream.doors.channel_audio import EXACT_MS, ChannelAudio, Piece
from tonewatch.stream.doors.frame_order import FrameOrder
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, Role
from tonewatch.stream.messages.bounds import CALL_ID_BYTES

LONGEST_CALL_MS = 24 * 3_600_000


@dataclass(frozen=True)
class CallFacts:
    """What a door knows of a call. `roles`: who is on each of its channels, those that are not heard yet too.

    `notice_given` is true only where the telephony system says that the caller was told; a call of which nothing is
    known is counted and not analysed.
    """

    call_id: str
    roles: tuple[Role, ...]
    notice_given: bool = False
    queue: str = ""
    title: str = ""
    language: str = ""
    caller_id: str = ""
    agent_id: str = ""


def check_call_id(call_id: str) -> None:
    """
    Raises:
        Unprocessable: the call has no id, or one that is too long.
    """
    if not call_id or len(call_id.encode(errors="replace")) > CALL_ID_BYTES:
        raise Unprocessable(f"A call's id has 1 to {CALL_ID_BYTES} bytes.", reason="bad_call_id")
    if is_erased_id(call_id):
        raise Unprocessable(RESERVED, reason="bad_call_id")


def own_id(tenant: str, call_id: str, tenants: Collection[str]) -> str:
    """The id of a tenant's call. The tenant stands before it, so that none can write into the call of another.

    The tenant without a name has nothing before its ids: what would be the call of one of `tenants` is refused.

    Raises:
        Unprocessable: `other_tenant`, `bad_call_id`.
    """
    if not tenant and call_id.partition(":")[0] in tenants and ":" in call_id:
        raise Unprocessable(
            "A call of the tenant without a name has an id that begins as those of another tenant do: give it another "
            "id, or use that tenant's secret.",
            reason="other_tenant",
        )
    own = f"{tenant}:{call_id}" if tenant else call_id
    check_call_id(own)
    return own


def facts(call_id: str, roles: Sequence[str], said: Mapping[str, str]) -> CallFacts:
    """From the parameters that a telephony system may set: `notice` (`true`), `queue`, `title`, `language`, `caller`.

    Raises:
        Unprocessable: the call has no id, or one that is too long, or a role is none.
    """
    check_call_id(call_id)
    if not roles or (strange := [role for role in roles if role not in get_args(Role)]):
        wrong = "no channel" if not roles else f"a role {strange[0][:40]!r}"
        raise Unprocessable(f"A call has {wrong}: choose from {', '.join(get_args(Role))}.", reason="bad_role")
    return CallFacts(
        call_id=call_id,
        roles=cast(tuple[Role, ...], tuple(roles)),
        notice_given=said.get("notice", "").strip().lower() == "true",
        # As long as the fields of `CallStarted` may be: a door must not lose a call for a long label.
        queue=said.get("queue", "")[:250],
        title=said.get("title", "")[:500],
        language=said.get("language", "")[:80],
        caller_id=said.get("caller", "")[:512],
        agent_id=said.get("agent", "")[:250],
    )


@dataclass
class _Channel:
    """What goes on over the streams of a channel."""

    seq: int = 0
    end_ms: int = 0


@dataclass
class CallStream:
    """What one socket sends of a call. `shift_ms`: the call's media time at the stream's own 0."""

    call: DoorCall
    channels: tuple[int, ...]
    shift_ms: int
    first_number: int | None
    tolerance_ms: int
    _order: dict[int, FrameOrder] = field(default_factory=dict)
    _audio: dict[int, ChannelAudio] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        """Frames that came twice or too late."""
        return sum(order.left_out for order in self._order.values())

    def take(self, frame: Frame) -> list[AudioChunk]:
        """Chunks that are complete now.

        Raises:
            Unprocessable: it is of a channel that the stream did not name, or no listener could use it.
        """
        if frame.channel not in self.channels:
            raise Unprocessable("A frame is of a channel that its stream did not name.", reason="bad_channel")
        if not 0 <= frame.media_ms + self.shift_ms <= LONGEST_CALL_MS:
            raise Unprocessable("A frame's time is outside of any call's.", reason="bad_time")
        order = self._order.setdefault(frame.channel, FrameOrder(self.first_number))
        chunks = []
        for ready in order.take(frame):
            placed = _moved(ready.frame, self.shift_ms)
            chunks += self._chunks(frame.channel, self._of(frame.channel).add(placed, lost=ready.lost))
        return chunks

    def flush(self) -> list[AudioChunk]:
        """All that is held: nothing came for a while, or nothing will."""
        chunks = []
        for channel, order in self._order.items():
            audio = self._of(channel)
            rest = [(_moved(ready.frame, self.shift_ms), ready.lost) for ready in order.rest()]
            pieces = [piece for frame, lost in rest for piece in audio.add(frame, lost=lost)]
            chunks += self._chunks(channel, [*pieces, *audio.rest()])
        return chunks

    def _of(self, channel: int) -> ChannelAudio:
        if channel not in self._audio:
            # A stream that follows another goes on behind it.
            begin_ms = self.call.channel_end_ms(channel)
            self._audio[channel] = ChannelAudio(begin_ms=begin_ms, tolerance_ms=self.tolerance_ms)
        return self._audio[channel]

    def _chunks(self, channel: int, pieces: list[Piece]) -> list[AudioChunk]:
        return [self.call.chunk(channel, piece, self._audio[channel].end_ms) for piece in pieces]


class DoorCall:
    """Begins once, ends once; between them any number of streams, one after another or side by side."""

    def __init__(self, known: CallFacts, now_ms: Callable[[], int]) -> None:
        self.facts = known
        self._now_ms = now_ms
        self._began_at_ms = now_ms()
        self._channels = [_Channel() for _ in known.roles]
        self._streams = 0
        self.ended = False

    @property
    def end_ms(self) -> int:
        return max(channel.end_ms for channel in self._channels)

    def channel_end_ms(self, channel: int) -> int:
        return self._channels[channel].end_ms

    def start(self) -> CallStarted:
        known = self.facts
        return CallStarted(
            call_id=known.call_id,
            roles=known.roles,
            notice_given=known.notice_given,
            started_at_ms=self._began_at_ms,
            queue=known.queue,
            title=known.title,
            language=known.language,
            caller_id=known.caller_id,
            agent_id=known.agent_id,
        )

    def untell(self) -> list[CallMessage]:
        """Whoever is on the call now was not told: all chunks from here on say so. An announcement, the first time.

        It says when the call began, as the first did, so a listener takes it for the same beginning. Nothing here
        makes a call told again: an announcement of another call does, or the first one of this.
        """
        if not self.facts.notice_given:
            return []
        self.facts = replace(self.facts, notice_given=False)
        return [self.start()]

    def join(
        self,
        channels: Sequence[int] | None = None,
        *,
        at_ms: int | None = None,
        first_number: int | None = None,
        tolerance_ms: int = EXACT_MS,
    ) -> CallStream:
        """A stream of these channels, by default of all.

        `at_ms`: the call's media time at which the stream begins, where the protocol says it; else a stream that
        follows another begins as much later as the wall clock says.

        Raises:
            Unprocessable: the call has no such channel.
        """
        chosen = tuple(range(len(self._channels))) if channels is None else tuple(channels)
        if not chosen or any(not 0 <= channel < len(self._channels) for channel in chosen):
            raise Unprocessable("A stream names a channel that its call does not have.", reason="bad_channel")
        if at_ms is None:
            elapsed_ms = self._now_ms() - self._began_at_ms if self._streams else 0
            at_ms = max(elapsed_ms, max(self._channels[channel].end_ms for channel in chosen))
        self._streams += 1
        return CallStream(self, chosen, at_ms, first_number, tolerance_ms)

    def chunk(self, channel: int, piece: Piece, end_ms: int) -> AudioChunk:
        of = self._channels[channel]
        made = AudioChunk(
            call_id=self.facts.call_id,
            channel=channel,
            role=self.facts.roles[channel],
            seq=of.seq,
            start_ms=piece.start_ms,
            codec=piece.codec,
            rate_hz=piece.rate_hz,
            notice_given=self.facts.notice_given,
            payload=piece.payload,
            captured_at_ms=self._now_ms(),
        )
        of.seq += 1
        of.end_ms = max(of.end_ms, end_ms)
        return made

    def end(self) -> list[CallMessage]:
        """The end, the first time that it is asked for; the streams have been flushed before."""
        if self.ended:
            return []
        self.ended = True
        return [CallEnded(call_id=self.facts.call_id, duration_ms=self.end_ms, ended_at_ms=self._now_ms())]


def _moved(frame: Frame, shift_ms: int) -> Frame:
    if not shift_ms:
        return frame
    moved_ms = frame.media_ms + shift_ms
    return Frame(frame.channel, moved_ms, frame.payload, frame.codec, frame.rate_hz, frame.number)
