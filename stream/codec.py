"""Messages to bytes and back, with errors that name what was wrong.

The bounds of every field are checked here, in `stream.messages.bounds` they stand; so is the size of a whole record, in
both directions: what a role would write beyond it is refused before any broker can refuse it.
"""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

import msgspec

from tonewatch.stream.errors import TooLarge, Undecodable, UnknownVersion
from tonewatch.stream.messages import (
    VERSION,
    Access,
    Alert,
    CallClock,
    CallerMessage,
    CallMessage,
    ControlMessage,
    Delivery,
    KeyMessage,
    Moment,
    Rationale,
    SegmentMessage,
    ToneMessage,
    Verdict,
)
from tonewatch.stream.messages.bounds import CALL_ID_BYTES, LARGEST_READ, LARGEST_WRITTEN

T = TypeVar("T")

SEALED: Final = b"\xc1TW\x01"
"""Begins a record that is encrypted under its call's key (call_keys/README.md): neither JSON nor msgpack begins so."""

_pack = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()


def encode_call(message: CallMessage) -> bytes:
    """As msgpack, for `tonewatch.calls.v1`.

    Raises:
        TooLarge: no topic has room for it.
    """
    return _within_bounds(message, _pack.encode(message))


Written = (
    SegmentMessage
    | ToneMessage
    | Alert
    | ControlMessage
    | Moment
    | Rationale
    | CallerMessage
    | CallClock
    | Delivery
    | Access
    | Verdict
    | KeyMessage
)


def encode(message: Written) -> bytes:
    """As JSON, for every other topic.

    Raises:
        TooLarge: no topic has room for it.
    """
    return _within_bounds(message, _json.encode(message))


def _within_bounds(message: CallMessage | Written, data: bytes) -> bytes:
    if len(data) > LARGEST_WRITTEN:
        kind = message.__struct_config__.tag
        raise TooLarge(f"A message {kind} would have {len(data)} bytes; at most {LARGEST_WRITTEN} are written.")
    return data


class Decoder(Generic[T]):
    """Decodes one topic's messages.

    Raises:
        Undecodable: the bytes are not such a message; the text names the field. Its reason is `too_large` for a record
            beyond LARGEST_READ, `too_deep` where lists and objects are nested beyond Python's limit.
        UnknownVersion: the message is of a version this release does not know.
    """

    def __init__(self, kind: object, *, packed: bool = False) -> None:
        module = msgspec.msgpack if packed else msgspec.json
        self._message: Any = module.Decoder(kind)
        # Made once: a decoder compiles its type, which takes longer than a message.
        self._version = module.Decoder(_Versioned)
        self._format = "msgpack" if packed else "JSON"
        self._packed = packed

    def __call__(self, data: bytes | None) -> T:
        if not data:
            raise Undecodable(f"The record is empty; expected {self._format}.")
        if len(data) > LARGEST_READ:
            text = f"The record has {len(data)} bytes; at most {LARGEST_READ} are read"
            raise Undecodable(f"{text}.", reason="too_large")
        try:
            message: T = self._message.decode(data)
            if not self._packed:
                data.decode()  # msgspec skips fields that it does not know without a look at their bytes
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _check_seal(data)
            self._check_version(data)
            raise Undecodable(f"Not a {self._format} message of this topic: {error}.") from error
        except RecursionError as error:
            # Fields that are skipped are walked too. msgspec counts its depth as Python does, and stops in good order.
            raise Undecodable(f"The {self._format} is nested too deep.", reason="too_deep") from error
        self._check_call_id(message)
        # After decoding: of messages of this version, which are nearly all, the bytes are read once.
        if (version := getattr(message, "v", VERSION)) != VERSION:
            raise UnknownVersion(_version_text(version))
        return message

    def _check_version(self, data: bytes) -> None:
        """A newer version may also change the shape: say so rather than name a missing field."""
        try:
            version = self._version.decode(data).v
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if version != VERSION:
            raise UnknownVersion(_version_text(version))

    def _check_call_id(self, message: T) -> None:
        """Its bound in code points was checked; a key of Kafka and of a database is counted in bytes."""
        call_id: str = getattr(message, "call_id", "")
        if len(call_id.encode()) > CALL_ID_BYTES:
            raise Undecodable(f"Not a {self._format} message of this topic: call_id has over {CALL_ID_BYTES} bytes.")


def _check_seal(data: bytes) -> None:
    if data.startswith(SEALED):
        raise Undecodable(
            "The record is sealed under a key of its call, and was not opened: its reader has TONEWATCH_CALL_KEYS=off, "
            "the key is not in tonewatch.keys.v1, or is under a master key that the reader has not, or the record was "
            "changed or moved.",
            reason="sealed",
        )


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
decode_delivery: Decoder[Delivery] = Decoder(Delivery)
decode_access: Decoder[Access] = Decoder(Access)
decode_verdict: Decoder[Verdict] = Decoder(Verdict)
decode_key: Decoder[KeyMessage] = Decoder(KeyMessage)
