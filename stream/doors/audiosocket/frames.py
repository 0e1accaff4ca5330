"""AudioSocket's frames: bytes in any pieces in, frames out; and back, for a simulator.

A frame is a kind (one byte), a length (two bytes, big endian) and a payload. Kinds and rates are those of Asterisk's
`res_audiosocket` (22.10); releases before the end of 2025 have 8 kHz only. Samples are int16 little endian, mono.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from tonewatch.stream.errors import Unprocessable

HANGUP: Final = 0x00
IDENTITY: Final = 0x01
QUIET: Final = 0x02
DIGIT: Final = 0x03
FAILURE: Final = 0xFF

RATES_HZ: Final = MappingProxyType(
    {
        0x10: 8_000,
        0x11: 12_000,
        0x12: 16_000,
        0x13: 24_000,
        0x14: 32_000,
        0x15: 44_100,
        0x16: 48_000,
        0x17: 96_000,
        0x18: 192_000,
    }
)
"""Samples a second by the kind of an audio frame."""

_KINDS: Final = MappingProxyType({rate_hz: kind for kind, rate_hz in RATES_HZ.items()})
_HEADER: Final = struct.Struct(">BH")
_OTHER_PROTOCOLS: Final = MappingProxyType(
    {
        0x16: "a TLS handshake; this port takes plain AudioSocket, or give the door a certificate",
        0x47: "an HTTP request; AudioSocket is no HTTP",
        0x50: "an HTTP request; AudioSocket is no HTTP",
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """The first frame: which leg of which call the connection is for."""

    uuid: UUID


@dataclass(frozen=True, slots=True)
class Audio:
    """`pcm`: int16 little endian, one channel."""

    rate_hz: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed (DTMF). Digits may be a card's number: they are not kept and not logged."""

    digit: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Kind 0x02 of Asterisk up to 18: nothing to hear."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Asterisk reports an error: 0x01 hangup, 0x02 forwarding of a frame, 0x04 memory; 0 where it names none."""

    code: int


@dataclass(frozen=True, slots=True)
class Hangup:
    """The connection ends; a socket that is closed says the same."""


Frame = Identity | Audio | Digit | Quiet | Failure | Hangup


class FrameReader:
    """Takes what a connection sends; holds at most one frame that is not whole (65,538 bytes)."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_known = False

    @property
    def held(self) -> bytes:
        """What was received of a frame that is not whole, or that is none."""
        return bytes(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now. Nonsense behind them is raised by the next call, and ends the connection.

        Raises:
            Unprocessable: `not_audiosocket`, `unknown_kind`, `bad_uuid`, `uuid_twice`, `odd_length`, `bad_length`.
        """
        self._held += data
        frames: list[Frame] = []
        at = 0
        try:
            while len(self._held) - at >= _HEADER.size:
                kind, length = _HEADER.unpack_from(self._held, at)
                self._check(kind, length)
                end = at + _HEADER.size + length
                if end > len(self._held):
                    break
                frames.append(self._frame(kind, bytes(self._held[at + _HEADER.size : end])))
                at = end
        except Unprocessable:
            if not frames:
                raise
        finally:
            del self._held[:at]
        return frames

    def _check(self, kind: int, length: int) -> None:
        """Before the payload is there: nonsense is refused by its header, not waited for."""
        if not self._is_known and (kind != IDENTITY or length != 16):
            what = _OTHER_PROTOCOLS.get(kind, f"kind 0x{kind:02x} with {length} bytes, not a UUID (0x01 with 16)")
            raise Unprocessable(f"The connection begins with {what}.", reason="not_audiosocket")
        if kind in RATES_HZ and length % 2:
            raise Unprocessable(
                f"An audio frame of {length} bytes holds half a sample: the channel's codec is not signed linear. "
                "Dial AudioSocket/HOST:PORT/UUID/c(slin).",
                reason="odd_length",
            )
        if kind == IDENTITY and length != 16:
            raise Unprocessable(f"A UUID of {length} bytes; it has 16.", reason="bad_uuid")
        if kind not in RATES_HZ and kind not in (HANGUP, IDENTITY, QUIET, DIGIT, FAILURE):
            raise Unprocessable(f"Kind 0x{kind:02x} is none of AudioSocket's.", reason="unknown_kind")
        if kind not in RATES_HZ and length > 16:
            raise Unprocessable(f"{length} bytes in a frame of kind 0x{kind:02x}.", reason="bad_length")

    def _frame(self, kind: int, payload: bytes) -> Frame:
        if kind in RATES_HZ:
            return Audio(RATES_HZ[kind], payload)
        match kind:
            case 0x00:
                return Hangup()
            case 0x01:
                return self._identity(payload)
            case 0x02:
                return Quiet()
            case 0x03:
                return Digit(payload[:1].decode("latin-1"))
            case _:
                return Failure(int.from_bytes(payload))

    def _identity(self, payload: bytes) -> Identity:
        if self._is_known:
            raise Unprocessable("A second UUID on one connection.", reason="uuid_twice")
        self._is_known = True
        return Identity(UUID(bytes=payload))


def encode(frame: Frame) -> bytes:
    """As Asterisk sends it.

    Raises:
        ValueError: audio of a rate that has no kind, or of more than 65,535 bytes.
    """
    match frame:
        case Audio(rate_hz, pcm):
            if rate_hz not in _KINDS or len(pcm) > 0xFFFF:
                raise ValueError(f"no audio frame holds {len(pcm)} bytes at {rate_hz} Hz")
            return _HEADER.pack(_KINDS[rate_hz], len(pcm)) + pcm
        case Identity(uuid):
            return _HEADER.pack(IDENTITY, 16) + uuid.bytes
        case Digit(digit):
            return _HEADER.pack(DIGIT, 1) + digit.encode("latin-1")
        case Failure(code):
            payload = code.to_bytes(max(1, (code.bit_length() + 7) // 8))
            return _HEADER.pack(FAILURE, len(payload)) + payload
        case Quiet():
            return _HEADER.pack(QUIET, 0)
        case Hangup():
            return _HEADER.pack(HANGUP, 0)
