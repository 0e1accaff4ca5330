"""Inputs drawn from a seed: bytes that are no message, messages that nearly are one, and valid nonsense."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec
from msgspec import inspect

from tonewatch.stream.codec import (
    decode_alert,
    decode_call,
    decode_moment,
    decode_rationale,
    decode_segment,
    decode_tone,
)
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.messages import Alert, CallMessage, Moment, Rationale, SegmentMessage, ToneMessage
from tonewatch.stream.topics import ALERTS, CALLS, MOMENTS, RATIONALES, SEGMENTS, TONE

Form = Literal["bytes", "empty", "truncated", "flipped", "retyped", "versioned", "extreme"]
FORMS: tuple[Form, ...] = get_args(Form)

KINDS: dict[str, tuple[type, ...]] = {
    CALLS.name: get_args(CallMessage),
    SEGMENTS.name: get_args(SegmentMessage),
    TONE.name: get_args(ToneMessage),
    ALERTS.name: (Alert,),
    MOMENTS.name: (Moment,),
    RATIONALES.name: (Rationale,),
}
DECODERS: dict[str, Callable[[bytes | None], Any]] = {
    CALLS.name: decode_call,
    SEGMENTS.name: decode_segment,
    TONE.name: decode_tone,
    ALERTS.name: decode_alert,
    MOMENTS.name: decode_moment,
    RATIONALES.name: decode_rationale,
}

_INTS = (0, 1, -1, 7, 200, 8000, 2**31, -(2**31), 2**53, 2**63 - 1, -(2**63))
_FLOATS = (0.0, -1.0, 1.0, 0.5, 1e-308, 1e308, -1e308)
_TEXTS = (
    "",
    "x",
    "call/0/200",
    "../../etc/passwd",
    "\u0000",
    "a" * 5000,
    "\U0001f600",
    "<script>",
    "{}",
    "' OR 1=1",
    "\n",
)
_ANYTHING: tuple[Any, ...] = (None, True, 0, -1, 2**63, 1.5, "x", [], {}, [[[[]]]], {"a": {"b": []}})


class Fuzzer:
    """Draws one input after another; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def record(self, topic: str) -> tuple[Form, bytes]:
        """The value of a record for this topic."""
        draw = self._draw
        form = draw.choice(FORMS)
        kind = draw.choice(KINDS[topic])
        packed = topic == CALLS.name
        match form:
            case "bytes":
                return form, draw.randbytes(draw.randint(1, 400))
            case "empty":
                return form, b""
            case "truncated":
                whole = _encode(self._value(kind), packed)
                return form, whole[: draw.randrange(len(whole))]
            case "flipped":
                return form, self._flip(_encode(self._value(kind), packed))
            case "retyped":
                return form, _encode(self._retyped(self._value(kind)), packed)
            case "versioned":
                return form, _encode({**self._value(kind), "v": draw.choice([0, 2, 99, -1])}, packed)
            case "extreme":
                return form, _encode(self._value(kind), packed)

    def frame(self) -> str | bytes:
        """Something that a client may send on a websocket."""
        draw = self._draw
        match draw.randrange(4):
            case 0:
                return draw.randbytes(draw.randint(0, 300))
            case 1:
                return draw.choice(_TEXTS)
            case 2:
                return msgspec.json.encode({"type": "resume", "from": draw.choice(_ANYTHING)}).decode()
            case _:
                return msgspec.json.encode(draw.choice(_ANYTHING)).decode()

    def path(self) -> str:
        """Something that a client may ask a web server for."""
        draw = self._draw
        start = draw.choice(["/", "/api/", "/api/calls/", "/assets/", "/ws", "/../", "//", "/%00", "/api/calls/%ff"])
        return start + "".join(
            draw.choice(["a", "%2e%2e/", "%", "?", "#", "é", "/", "\\", "0"]) for _ in range(draw.randint(0, 12))
        )

    def audio(self, whole: bytes) -> bytes:
        """A sound file that is broken somewhere."""
        cut = whole[: self._draw.randrange(1, len(whole))] if self._draw.random() < 0.5 else whole
        return self._flip(cut) if self._draw.random() < 0.8 else self._draw.randbytes(200)

    def key(self) -> bytes:
        return self._draw.choice([b"", b"x", b"\xff\xfe", self._draw.randbytes(8)])

    def _flip(self, data: bytes) -> bytes:
        flipped = bytearray(data)
        for _ in range(self._draw.randint(1, 6)):
            flipped[self._draw.randrange(len(flipped))] = self._draw.randrange(256)
        return bytes(flipped)

    def _retyped(self, value: dict[str, Any]) -> dict[str, Any]:
        """With one field of another type, or without one."""
        name = self._draw.choice(sorted(value))
        if self._draw.random() < 0.3:
            return {key: kept for key, kept in value.items() if key != name}
        return {**value, name: self._draw.choice(_ANYTHING)}

    def _value(self, kind: type) -> dict[str, Any]:
        value: dict[str, Any] = self._drawn(inspect.type_info(kind))
        return value

    def _drawn(self, info: Any, depth: int = 0) -> Any:  # noqa: ANN401
        """Any value of a type that the contract names."""
        draw = self._draw
        match info:
            case inspect.StructType():
                tag = {info.tag_field: info.tag} if info.tag_field else {}
                drawn = {f.encode_name: self._drawn(f.type, depth + 1) for f in info.fields}
                # A drawn version would nearly always be an unknown one, and nothing else would be tried.
                return tag | drawn | ({"v": 1} if "v" in drawn else {})
            case inspect.UnionType():
                return self._drawn(draw.choice(info.types), depth)
            case inspect.LiteralType():
                return draw.choice(info.values)
            case inspect.IntType():
                return draw.choice(_INTS)
            case inspect.FloatType():
                return draw.choice(_FLOATS)
            case inspect.StrType():
                return draw.choice(_TEXTS)
            case inspect.BytesType():
                return draw.randbytes(draw.choice([0, 1, 319, 3200, 70_000]))
            case inspect.BoolType():
                return draw.random() < 0.5
            case inspect.VarTupleType() | inspect.ListType():
                return [self._drawn(info.item_type, depth + 1) for _ in range(draw.randint(0, 3))]
            case _:
                return None


def is_malformed(topic: str, value: bytes) -> bool:
    """Must every reader of the topic refuse it?"""
    try:
        # The contract decides, by the very decoders that readers use: what they take, a reader must take.
        DECODERS[topic](value)
    except BadRecord:
        return True
    return False


def _encode(value: Any, packed: bool) -> bytes:  # noqa: ANN401
    if not packed:
        return msgspec.json.encode(value)
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, ValueError):
        return b"\xc1"  # A number that msgpack has no room for.
