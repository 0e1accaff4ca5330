"""One RTP packet, as RFC 3550 section 5.1 lays it out: bytes <-> fields."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from tonewatch.stream.errors import Unprocessable

LARGEST: Final = 4_096
"""Bytes of a datagram that is looked at: 20 ms of 48 kHz linear audio have 1,932; a jumbo frame is none of a call's."""

_HEADER: Final = struct.Struct(">BBHII")
_RTCP: Final = range(72, 77)
"""RTCP's packet types 200 to 204 look like these payload types with a marker (RFC 5761 section 4)."""


@dataclass(frozen=True, slots=True)
class Packet:
    """`marker`: the first one after a silence that was not sent. `timestamp` counts at the clock of its format."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


def parse(datagram: bytes) -> Packet:
    """
    Raises:
        Unprocessable: `not_rtp`, `rtcp`, `too_large`, `bad_header`, `bad_padding`.
    """
    if len(datagram) > LARGEST:
        raise Unprocessable(f"A datagram of {len(datagram)} bytes; the most is {LARGEST}.", reason="too_large")
    if len(datagram) < _HEADER.size or datagram[0] >> 6 != 2:
        raise Unprocessable(f"A datagram of {len(datagram)} bytes that is not RTP version 2.", reason="not_rtp")
    flags, second, sequence, timestamp, ssrc = _HEADER.unpack_from(datagram)
    payload_type = second & 0x7F
    if payload_type in _RTCP and second & 0x80:
        raise Unprocessable("RTCP on the port of RTP.", reason="rtcp")
    start = _payload_start(datagram, flags)
    end = _payload_end(datagram, flags, start)
    return Packet(payload_type, sequence, timestamp, ssrc, datagram[start:end], bool(second & 0x80))


def _payload_start(datagram: bytes, flags: int) -> int:
    start = _HEADER.size + 4 * (flags & 0x0F)
    if flags & 0x10:
        # Two bytes of profile, two of the extension's length in words of four bytes.
        if len(datagram) < start + 4:
            raise Unprocessable("A header extension that is cut off.", reason="bad_header")
        (words,) = struct.unpack_from(">H", datagram, start + 2)
        start += 4 + 4 * words
    if start > len(datagram):
        raise Unprocessable("A header longer than its datagram.", reason="bad_header")
    return start


def _payload_end(datagram: bytes, flags: int, start: int) -> int:
    if not flags & 0x20:
        return len(datagram)
    padding = datagram[-1] if len(datagram) > start else 0
    if not 0 < padding <= len(datagram) - start:
        raise Unprocessable(f"{padding} bytes of padding in {len(datagram) - start}.", reason="bad_padding")
    return len(datagram) - padding


def build(packet: Packet) -> bytes:
    """A datagram without CSRC, extension and padding."""
    second = packet.payload_type | (0x80 if packet.marker else 0)
    return _HEADER.pack(0x80, second, packet.sequence, packet.timestamp, packet.ssrc) + packet.payload
