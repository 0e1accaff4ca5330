"""What an RTP payload type means: RFC 3551's static ones, and Asterisk's numbers for signed linear audio."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from tonewatch.stream.errors import Unprocessable

Wire = Literal["mulaw", "alaw", "g722", "l16"]
"""How samples travel. `l16`: int16 in network order, big endian."""

COMFORT_NOISE: Final = frozenset({13, 19})
"""RFC 3389; 19 is what it was before it had a number."""

EVENTS: Final = frozenset({101, 121})
"""Asterisk's numbers for keys that are pressed (RFC 4733): no audio, and never looked at."""

_DYNAMIC: Final = range(96, 128)
_LINEAR_8000: Final = frozenset({10, 11})


@dataclass(frozen=True, slots=True)
class Format:
    """`name` is Asterisk's. `clock_hz` counts timestamps: 8,000 for G.722, whose samples are 16,000 a second."""

    name: str
    wire: Wire
    rate_hz: int
    clock_hz: int

    def ticks(self, payload: bytes) -> int:
        """How far the timestamp moves over the payload."""
        return len(payload) // 2 if self.wire == "l16" else len(payload)

    def silence(self, ms: float) -> bytes:
        """A payload of no sound, of whole samples."""
        ticks = round(ms * self.clock_hz / 1000)
        byte = {"mulaw": b"\xff", "alaw": b"\xd5", "g722": b"\x00", "l16": b"\x00\x00"}[self.wire]
        return byte * ticks


FORMATS: Final = MappingProxyType(
    {
        one.name: one
        for one in (
            Format("ulaw", "mulaw", 8_000, 8_000),
            Format("alaw", "alaw", 8_000, 8_000),
            Format("g722", "g722", 16_000, 8_000),
            *(
                Format(f"slin{khz}" if khz != 8 else "slin", "l16", hz, hz)
                for khz, hz in ((8, 8_000), (12, 12_000), (16, 16_000), (24, 24_000), (32, 32_000), (48, 48_000))
            ),
        )
    }
)
"""By the name that `format=` of Asterisk's `externalMedia` takes."""

_STATIC: Final = MappingProxyType({0: FORMATS["ulaw"], 8: FORMATS["alaw"], 9: FORMATS["g722"]})
_ASTERISK: Final = MappingProxyType({118: FORMATS["slin16"]})


def format_of(payload_type: int, declared: Format) -> Format:
    """The format of a packet of a leg that was announced with the format `declared`.

    A payload type with a fixed meaning has it whatever was announced. 10 and 11, at which RFC 3551 has 44.1 kHz, are
    signed linear audio of 8 kHz where that was announced: so Asterisk sends it.

    Raises:
        Unprocessable: `payload_type`.
    """
    if fixed := _STATIC.get(payload_type):
        return fixed
    if payload_type in _LINEAR_8000 and declared.name == "slin":
        return declared
    if payload_type in _DYNAMIC and payload_type not in EVENTS and declared.wire == "l16":
        return declared
    if known := _ASTERISK.get(payload_type):
        return known
    raise Unprocessable(
        f"Payload type {payload_type}, and the leg was announced as {declared.name}; "
        f"known formats are {', '.join(FORMATS)}.",
        reason="payload_type",
    )


def usual_type(declared: Format) -> int:
    """The payload type under which Asterisk sends the format."""
    usual = {"ulaw": 0, "alaw": 8, "g722": 9, "slin": 10, "slin16": 118}
    return usual.get(declared.name, 96)
