"""AudioHook's text messages, as a client (Genesys Cloud) sends them and a server answers.

Source: https://developer.genesys.cloud/devapps/audiohook/protocol-reference and the types of Genesys' reference
implementation (github.com/purecloudlabs/audiohook-reference-implementation, app/audiohook/src/protocol).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from tonewatch.stream.doors.json_messages import decoded
from tonewatch.stream.errors import Undecodable

VERSION = "2"
NULL_UUID = "00000000-0000-0000-0000-000000000000"
"""Of the conversation in a connection probe, by which an administrator tries the integration."""

Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Party = Literal["external", "internal"]
Format = Literal["PCMU", "L16"]
CloseReason = Literal["end", "error", "disconnect", "reconnect"]
T = TypeVar("T")

_DURATION = re.compile(r"PT(\d{1,9}(?:\.\d*)?|\.\d+)S")


class Message(msgspec.Struct, frozen=True):
    """`seq` counts the client's messages from 1; `serverseq` is that of the newest one it had of ours."""

    version: Literal["2"]
    id: str
    type: str
    seq: Number
    serverseq: Number = 0
    position: str = "PT0S"
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class Media(msgspec.Struct, frozen=True):
    """What is offered: interleaved samples of these parties."""

    type: str = "audio"
    format: str = "PCMU"
    channels: tuple[str, ...] = ()
    rate: int = 8_000


class Participant(msgspec.Struct, frozen=True):
    id: str = ""
    ani: str = ""


class Open(msgspec.Struct, frozen=True):
    """`customConfig` is what the integration's administrator wrote; `continuedSessions`: it is a reconnect."""

    organizationId: str  # noqa: N815 - a name of the protocol
    conversationId: str  # noqa: N815
    media: tuple[Media, ...]
    participant: Participant = Participant()
    language: str = ""
    supportedLanguages: bool = False  # noqa: N815
    customConfig: dict[str, Any] = {}  # noqa: N815
    continuedSessions: tuple[Any, ...] = ()  # noqa: N815


class Close(msgspec.Struct, frozen=True):
    reason: CloseReason


class Discarded(msgspec.Struct, frozen=True):
    """Of `discarded` and `resumed`: audio from `start` on, for so long, is not sent."""

    start: str
    discarded: str

    @property
    def end_ms(self) -> int:
        """
        Raises:
            Undecodable: a time is none.
        """
        return milliseconds(self.start) + milliseconds(self.discarded)


_message = msgspec.json.Decoder(Message)
_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Open, Close, Discarded)
}


def decode(text: str) -> Message:
    """
    Raises:
        Undecodable: it is no message of the protocol; the text quotes nothing of it.
    """
    return decoded(_message, text, "AudioHook")


def parameters(message: Message, kind: type[T]) -> T:
    """
    Raises:
        Undecodable: they are not those of such a message.
    """
    decoder: msgspec.json.Decoder[T] = _decoders[kind]
    return decoded(decoder, bytes(message.parameters), f"AudioHook ({kind.__name__.lower()})")


def milliseconds(duration: str) -> int:
    """`PT1.25S` is 1,250. Raises Undecodable: it is no duration in seconds."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise Undecodable("Not a message of AudioHook: a duration is written PT1.25S.")
    return round(1_000 * float(found[1]))


def encode(kind: str, session_id: str, seq: int, clientseq: int, said: dict[str, Any]) -> str:
    """A message of the server."""
    body = {"version": VERSION, "type": kind, "id": session_id, "seq": seq, "clientseq": clientseq, "parameters": said}
    return msgspec.json.encode(body).decode()
