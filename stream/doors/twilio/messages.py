"""What Twilio Media Streams sends over a websocket, as JSON; its numbers are texts.

Telnyx and SignalWire send the same events: Telnyx in snake case and with the codec's name as RTP has it.
Sources: https://www.twilio.com/docs/voice/media-streams/websocket-messages,
https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket,
https://signalwire.com/docs/compatibility-api/cxml/reference/voice/stream
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tonewatch.stream.doors.json_messages import decoded
from tonewatch.stream.messages import Codec
from tonewatch.stream.messages.bounds import CallMs

Track = Literal["inbound", "outbound"]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

CODECS: dict[str, Codec] = {
    "audio/x-mulaw": "mulaw",
    "audio/mulaw": "mulaw",
    "audio/pcmu": "mulaw",
    "pcmu": "mulaw",
    "audio/x-alaw": "alaw",
    "audio/pcma": "alaw",
    "pcma": "alaw",
    "audio/l16": "pcm16",
    "audio/x-l16": "pcm16",
    "l16": "pcm16",
}
"""By the encoding in lower case. L16 is little endian, as these systems send it."""

_TRACKS: dict[str, Track] = {
    "inbound": "inbound",
    "inbound_track": "inbound",
    "outbound": "outbound",
    "outbound_track": "outbound",
}


class MediaFormat(msgspec.Struct, frozen=True, rename={"sample_rate": "sampleRate"}):
    encoding: str = ""
    sample_rate: int = 0
    channels: int = 1


class SnakeMediaFormat(msgspec.Struct, frozen=True):
    encoding: str = ""
    sample_rate: int = 0
    channels: int = 1


class Parameter(msgspec.Struct, frozen=True):
    name: str
    value: str = ""


class Start(msgspec.Struct, frozen=True):
    """`customParameters` are those of the TwiML's <Parameter>; the fields in snake case are Telnyx'."""

    callSid: str = ""  # noqa: N815 - a name of the protocol
    tracks: tuple[str, ...] = ()
    mediaFormat: MediaFormat | None = None  # noqa: N815
    customParameters: dict[str, str] = {}  # noqa: N815
    call_control_id: str = ""
    media_format: SnakeMediaFormat | None = None
    custom_parameters: dict[str, str] | tuple[Parameter, ...] = {}

    @property
    def call_id(self) -> str:
        return self.callSid or self.call_control_id

    @property
    def parameters(self) -> dict[str, str]:
        snake = self.custom_parameters
        listed = snake if isinstance(snake, dict) else {one.name: one.value for one in snake}
        return {**listed, **self.customParameters}

    @property
    def format(self) -> MediaFormat | SnakeMediaFormat:
        return self.mediaFormat or self.media_format or MediaFormat()


class Media(msgspec.Struct, frozen=True):
    """`chunk` counts a track's frames from 1; `timestamp` is ms since the stream began."""

    track: str
    payload: Annotated[bytes, msgspec.Meta(min_length=1, max_length=65_536)]
    chunk: Number | None = None
    timestamp: CallMs | None = None


class Event(msgspec.Struct, frozen=True):
    """Any message: those that carry neither `start` nor `media` are told by `event` alone.

    Which key was pressed, in a `dtmf`, is not read: it may be of a card or a PIN.
    """

    event: str
    start: Start | None = None
    media: Media | None = None


_decoder = msgspec.json.Decoder(Event, strict=False)


def decode(message: str | bytes) -> Event:
    """
    Raises:
        Undecodable: it is no message of the protocol; the text names the field and quotes nothing of the message.
    """
    return decoded(_decoder, message, "Twilio Media Streams")


def track(name: str) -> Track | None:
    """Null for one that is none."""
    return _TRACKS.get(name)
