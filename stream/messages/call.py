"""What is written to `tonewatch.calls.v1`, as msgpack: a call's audio in short chunks, and its beginning and end."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tonewatch.stream.messages.bounds import (
    CallerId,
    CallMs,
    Channel,
    ClockMs,
    Count,
    Label,
    Language,
    MediaMs,
    Offset,
    Payload,
    RateHz,
    SignedMs,
    Title,
    Url,
    Word,
)
from tonewatch.stream.messages.call_attributes import CallAttributes, Extra, Roles
from tonewatch.stream.messages.common import Message, Plain, Role

Codec = Literal["mulaw", "alaw", "pcm16"]


class CallStarted(Message, frozen=True, kw_only=True, tag="call_started"):
    """The first record of a call. `notice_given`: the caller was told that the tone of the call is analysed.

    `caller_id` is the same for all calls of one person, in whatever form the integrator has; '' where it is not known.
    It goes no further than this topic: what is remembered of a caller stands under a keyed hash of it. What is
    shown is `caller_shown`, masked by who writes it; for the others see `CallAttributes`.
    """

    roles: Roles
    notice_given: bool
    started_at_ms: ClockMs
    queue: Label = ""
    title: Title = ""
    language: Language = ""
    synthetic: bool = False
    caller_id: CallerId = ""
    team: Label = ""
    agent_id: Label = ""
    agent_name: Label = ""
    caller_shown: Word = ""
    listen_url: Url = ""
    extra: Extra = msgspec.field(default_factory=dict)

    @property
    def attributes(self) -> CallAttributes:
        return CallAttributes(
            roles=self.roles,
            started_at_ms=self.started_at_ms,
            queue=self.queue,
            title=self.title,
            language=self.language,
            synthetic=self.synthetic,
            team=self.team,
            agent_id=self.agent_id,
            agent_name=self.agent_name,
            caller_shown=self.caller_shown,
            listen_url=self.listen_url,
            extra=self.extra,
        )


class AudioChunk(Message, frozen=True, kw_only=True, tag="audio_chunk"):
    """A stretch of one channel's audio. It describes itself, so that a listener can begin at any chunk.

    `seq` counts the chunks of this channel from 0. `start_ms` is the media time of its first sample.
    `captured_at_ms` is the wall clock at its last sample.
    """

    channel: Channel
    role: Role
    seq: Count
    start_ms: CallMs
    codec: Codec
    rate_hz: RateHz
    notice_given: bool
    payload: Payload
    captured_at_ms: ClockMs = 0


class CallEnded(Message, frozen=True, kw_only=True, tag="call_ended"):
    """The last record of a call."""

    duration_ms: CallMs
    ended_at_ms: ClockMs


class NoticeWithdrawn(Message, frozen=True, kw_only=True, tag="notice_withdrawn"):
    """The caller does not want the call to be analysed any more, or it came out that nobody was told.

    Nothing of the call is analysed from here on, whatever its other records say, and what was derived of it is deleted
    where it can be: it holds for the id for good. It may come after the call's end.
    """

    withdrawn_at_ms: ClockMs


class ChannelClock(Plain, frozen=True, kw_only=True):
    """How a channel's chunks map to media time, from the record at `offset` of the calls topic on.

    Media time is `start_ms + shift_ms`. `codec`, `rate_hz`, `seq` (unwrapped), `start_ms` and `captured_at_ms` are
    those of the newest chunk known then; `chunk_ms` is the shortest length of a chunk, `heard_ms` the media time up to
    which the channel had been heard. `begins`: nothing before the record at `offset` matters to what follows.
    `parked`: everything that was open had been closed, because nothing was received for long or the call ended.
    """

    channel: Channel
    role: Role
    offset: Offset
    epoch: Count
    shift_ms: SignedMs
    seq: Count
    start_ms: CallMs
    chunk_ms: MediaMs
    captured_at_ms: ClockMs
    heard_ms: MediaMs
    codec: Codec
    rate_hz: RateHz
    begins: bool = False
    parked: bool = False


class ChannelRoles(Plain, frozen=True, kw_only=True):
    """The roles that the `CallStarted` at `offset` bound to the channels, by their number."""

    offset: Offset
    started_at_ms: ClockMs
    roles: Roles


class CallClock(Message, frozen=True, kw_only=True, tag="call_clock"):
    """What a listener must know of a call whose beginning it does not read; written to `tonewatch.clocks.v1`.

    `starts` and `clocks` are in order of their offsets, the newest ones of many. `end_ms` is the media time up to which
    the call was heard when it ended (`ended`) or went silent, before the record at `end_offset`; -1 while it goes on.
    `on_hold`: it went silent, its end was not read, and it has not been given up. `withdrawn`: the notice of this call
    was withdrawn.
    """

    starts: Annotated[tuple[ChannelRoles, ...], msgspec.Meta(max_length=64)] = ()
    clocks: Annotated[tuple[ChannelClock, ...], msgspec.Meta(max_length=256)] = ()
    ended: bool = False
    end_offset: Annotated[int, msgspec.Meta(ge=-1, le=2**63 - 1)] = -1
    end_ms: SignedMs = 0
    on_hold: bool = False
    withdrawn: bool = False


CallMessage = CallStarted | AudioChunk | CallEnded | NoticeWithdrawn
