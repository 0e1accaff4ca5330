"""What is written to `tonewatch.calls.v1`, as msgpack: a call's audio in short chunks, and its beginning and end."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages.bounds import (
    CallerId,
    CallMs,
    Channel,
    ClockMs,
    Count,
    Label,
    Language,
    Payload,
    RateHz,
    Title,
)
from tonewatch.stream.messages.call_attributes import CallAttributes, Roles
from tonewatch.stream.messages.common import Message, Role

Codec = Literal["mulaw", "alaw", "pcm16"]


class CallStarted(Message, frozen=True, kw_only=True, tag="call_started"):
    """The first record of a call. `notice_given`: the caller was told that the tone of the call is analysed.

    `caller_id` is the same for all calls of one person, in whatever form the integrator has; '' where it is not known.
    It goes no further than this topic: what is remembered of a caller stands under a keyed hash of it.
    """

    roles: Roles
    notice_given: bool
    started_at_ms: ClockMs
    queue: Label = ""
    title: Title = ""
    language: Language = ""
    synthetic: bool = False
    caller_id: CallerId = ""

    @property
    def attributes(self) -> CallAttributes:
        return CallAttributes(
            roles=self.roles,
            started_at_ms=self.started_at_ms,
            queue=self.queue,
            title=self.title,
            language=self.language,
            synthetic=self.synthetic,
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


CallMessage = CallStarted | AudioChunk | CallEnded
