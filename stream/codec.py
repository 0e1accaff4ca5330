"""Messages to bytes and back, with errors that name what was wrong."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from tonewatch.stream.errors import Undecodable, UnknownVersion
from tonewatch.stream.messages import (
    VERSION,
    Alert,
    CallClock,
    CallerMessage,
    CallMessage,
    ControlMessage,
    Moment,
    Rationale,
    SegmentMessage,
    ToneMessage,
)

T = TypeVar("T")

_pack = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()


def encode_call(message: CallMessage) -> bytes:
    """As msgpack, for `tonewatch.calls.v1`."""
    return _pack.encode(message)


Written = SegmentMessage | ToneMessage | Alert | ControlMessage | Moment | Rationale | CallerMessage | CallClock


def encode(message: Written) -> bytes:
    """As JSON, for every other topic."""
    return _json.encode(message)


class Decoder(Generic[T]):
    """Decodes one topic's messages.

    Raises:
        Undecodable: the bytes are not such a message; the text names the field.
        UnknownVersion: the message is of a version this release does not know.
    """

    def __init__(self, kind: object, *, packed: bool = False) -> None:
        module = msgspec.msgpack if packed else msgspec.json
        self._message: Any = module.Decoder(kind)
        self._version = module.Decoder(_Versioned)
        self._format = "msgpack" if packed else "JSON"
        self._packed = packed

    def __call__(self, data: bytes | None) -> T:
        if not data:
            raise Undecodable(f"The record is empty; expected {self._format}.")
        try:
            message: T = self._message.decode(data)
            if not self._packed:
                data.decode()  # msgspec skips fields that it does not know without a look at their bytes
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._check_version(data)
            raise Undecodable(f"Not a {self._format} message of this topic: {error}.") from error
        if (version := getattr(message, "v", VERSION)) != VERSION:
            raise UnknownVersion(_version_text(version))
        return message

    def _check_version(self, data: bytes) -> None:
        """A newer version may also change the shape: say so rather than name a missing field."""
        try:
            version = self._version.decode(data).v
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        if version != VERSION:
            raise UnknownVersion(_version_text(version))


class _Versioned(msgspec.Struct):
    v: int = VERSION


def _version_text(version: int) -> str:
    return f"The message has version {version}, this release reads version {VERSION}: update the reader first."


decode_call: Decoder[CallMessage] = Decoder(CallMessage, packed=True)
decode_clock: Decoder[CallClock] = Decoder(CallClock)
decode_segment: Decoder[SegmentMessage] = Decoder(SegmentMessage)
decode_tone: Decoder[ToneMessage] = Decoder(ToneMessage)
decode_alert: Decoder[Alert] = Decoder(Alert)
decode_moment: Decoder[Moment] = Decoder(Moment)
decode_rationale: Decoder[Rationale] = Decoder(Rationale)
decode_control: Decoder[ControlMessage] = Decoder(ControlMessage)
decode_caller: Decoder[CallerMessage] = Decoder(CallerMessage)
