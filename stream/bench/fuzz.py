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

Form = Literal[
    "bytes", "empty", "truncated", "flipped", "retyped", "versioned", "extreme", "largest", "beyond", "long", "deep"
]
"""`extreme` and `largest` lie within the bounds of the contract, `beyond` mostly does not."""

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
_LENGTHS = (300, 20_000, 200_000, 900_000, 1_100_000, 8_000_000)
_DEPTHS = (50, 5_000, 50_000, 400_000)
"""Far from the depth at which Python's limit lies, which depends on who decodes."""

_WIDEST = "\x01"
"""The code point that takes the most bytes in JSON: six."""

_ANYTHING: tuple[Any, ...] = (None, True, 0, -1, 2**63, 1.5, "x", [], {}, [[[[]]]], {"a": {"b": []}})


class Fuzzer:
    """Draws one input after another; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._bounded = True

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
            case "largest":
                return form, _encode(largest(kind), packed)
            case "beyond":
                self._bounded = False
                beyond = self._value(kind)
                self._bounded = True
                return form, _encode(beyond, packed)
            case "long":
                return form, _encode(self._lengthened(self._value(kind)), packed)
            case "deep":
                return form, _nested(_encode(self._value(kind), packed), draw.choice(_DEPTHS), packed)

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

    def key(self, topic: str, value: bytes) -> bytes:
        """Of a record that can be read its call's mostly: under another key it is refused before anything else."""
        call_id = _call_of(topic, value)
        return call_id if call_id is not None and self._draw.random() < 0.9 else self._any_key()

    def _any_key(self) -> bytes:
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

    def _lengthened(self, value: dict[str, Any]) -> dict[str, Any]:
        """With a long text in one of its fields, or in one that it does not have."""
        name = self._draw.choice([*sorted(name for name, of in value.items() if isinstance(of, str)), "added_later"])
        return {**value, name: self._draw.choice(("a", _WIDEST)) * self._draw.choice(_LENGTHS)}

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
            case inspect.IntType(ge=low, le=high):
                return self._within(draw.choice(_INTS), low, high)
            case inspect.FloatType(ge=low, le=high):
                return self._within(draw.choice(_FLOATS), low, high)
            case inspect.StrType(min_length=least, max_length=most):
                return draw.choice(_TEXTS).ljust(least or 0)[: most if self._bounded else None]
            case inspect.BytesType(max_length=most):
                size = draw.choice([0, 1, 319, 3200, 70_000])
                return draw.randbytes(min(size, most or size) if self._bounded else size)
            case inspect.BoolType():
                return draw.random() < 0.5
            case inspect.VarTupleType() | inspect.ListType():
                return [self._drawn(info.item_type, depth + 1) for _ in range(draw.randint(0, 3))]
            case inspect.DictType():
                return {}
            case _:
                return None

    def _within(self, number: float, low: float | None, high: float | None) -> float:
        if not self._bounded or low is None or high is None:
            return number
        return type(number)(max(low, min(high, number)))


def largest(kind: type) -> dict[str, Any]:
    """The message that takes the most bytes of all that the contract allows."""
    value: dict[str, Any] = _largest(inspect.type_info(kind))
    return value


def _largest(info: Any) -> Any:  # noqa: ANN401
    match info:
        case inspect.StructType():
            fields = {f.encode_name: _largest(f.type) for f in info.fields if not _is_former(f.type)}
            tag = {info.tag_field: info.tag} if info.tag_field else {}
            return tag | fields | ({"v": 1} if "v" in fields else {})
        case inspect.UnionType():
            return max((_largest(one) for one in info.types), key=lambda one: len(_encode(one, packed=False)))
        case inspect.LiteralType():
            return max(info.values, key=lambda value: len(str(value)))
        case inspect.IntType(ge=low, le=high):
            return low if len(str(low)) > len(str(high)) else high
        case inspect.FloatType(ge=low, le=high):
            # As many digits as a double has.
            return -0.00012345678901234567 if low is not None and low < 0 else (high or 1.0) / 3
        case inspect.StrType(max_length=most):
            return _WIDEST * (most or 0)
        case inspect.BytesType(max_length=most):
            return b"\xff" * (most or 0)
        case inspect.BoolType():
            return False
        case inspect.VarTupleType(item_type=item, max_length=most):
            return [_largest(item)] * (most or 0)
        case inspect.DictType(key_type=key, value_type=of, max_length=most):
            name = str(_largest(key))
            return {f"{number:03}{name[3:]}": _largest(of) for number in range(most or 0)}
        case _:
            return None


def _is_former(info: Any) -> bool:  # noqa: ANN401
    """A field that only reads a former name cannot stand beside the present one."""
    return isinstance(info, inspect.UnionType) and any(
        isinstance(one, inspect.CustomType) and one.cls is msgspec.UnsetType for one in info.types
    )


def bomb(size: int) -> bytes:
    """What packs into next to nothing and is unpacked into `size` bytes."""
    return bytes(size)


def _nested(whole: bytes, depth: int, packed: bool) -> bytes:
    """The message with one more field, in which lists lie in lists; it is put before the others."""
    if not packed:
        return whole.replace(b"{", b'{"added_later":' + b"[" * depth + b"]" * depth + b",", 1)
    # A fixmap (0x8n) has one more entry then; of a larger one only its own head is given up, which is malformed too.
    head = bytes([whole[0] + 1]) if 0x80 <= whole[0] < 0x8F else b"\x81"
    return head + msgspec.msgpack.encode("added_later") + b"\x91" * depth + b"\x90" + whole[1:]


def _call_of(topic: str, value: bytes) -> bytes | None:
    try:
        message = DECODERS[topic](value)
    except BadRecord:
        return None
    return str(getattr(message, "call_id", "")).encode(errors="replace")


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
