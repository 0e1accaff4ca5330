"""The contract: golden bytes of every message, and errors that name what was wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream import codec
from tonewatch.stream.errors import TooLarge, Undecodable, UnknownVersion
from tonewatch.stream.messages import (
    AudioChunk,
    CallAttributes,
    CallEnded,
    CallMessage,
    CallOpened,
    CallStarted,
    NoticeWithdrawn,
    Segment,
)

GOLDEN = Path(__file__).parent / "golden"
DECODERS: dict[str, Callable[[bytes], Any]] = {
    "call_clock": codec.decode_clock,
    "call_opened": codec.decode_segment,
    "segment": codec.decode_segment,
    "words": codec.decode_segment,
    "call_closed": codec.decode_segment,
    "tone": codec.decode_tone,
    "call_state": codec.decode_tone,
    "alert": codec.decode_alert,
    "moment": codec.decode_moment,
    "rationale": codec.decode_rationale,
    "alert_action": codec.decode_control,
    "verdict": codec.decode_verdict,
    "silence": codec.decode_control,
    "past_call": codec.decode_caller,
    "caller_forgotten": codec.decode_caller,
    "delivery": codec.decode_delivery,
    "access": codec.decode_access,
    "call_key": codec.decode_key,
    "call_shredded": codec.decode_key,
}


FORMER_NAMES = {"chance": "probability", "doubt": "uncertainty"}
CALL_ATTRIBUTES = CallAttributes.__struct_fields__
FORMER_VALUES = {("unit", "chance"): "probability", ("abstained", "tone"): "tonal"}


def renamed(of: Any) -> Any:
    """A message of an earlier release under the names that its fields have today."""
    if isinstance(of, dict):
        now = {FORMER_NAMES.get(k, k): FORMER_VALUES.get((k, str(v)), renamed(v)) for k, v in of.items()}
        if now.get("type") in ("call_opened", "call_state"):
            now["call"] = {name: now.pop(name) for name in CALL_ATTRIBUTES if name in now}
        return now
    return [renamed(one) for one in of] if isinstance(of, list) else of


def holds(more: Any, less: Any) -> bool:
    """Is all of `less` in `more`, at whatever depth?"""
    if isinstance(less, dict):
        return isinstance(more, dict) and all(key in more and holds(more[key], less[key]) for key in less)
    if isinstance(less, list):
        return isinstance(more, list) and len(more) == len(less) and all(map(holds, more, less))
    return bool(more == less)


@pytest.mark.parametrize("name", DECODERS)
def test_every_json_message_has_golden_bytes(name: str) -> None:
    golden = (GOLDEN / f"{name}.json").read_bytes().strip()
    message = DECODERS[name](golden)
    assert codec.encode(message) == golden
    assert type(message).__struct_config__.tag == name


@pytest.mark.parametrize("path", sorted((GOLDEN / "older").iterdir()), ids=lambda path: path.stem)
def test_messages_of_earlier_releases_are_read_beside_todays(path: Path) -> None:
    name = path.stem.partition("-")[0]
    message = DECODERS[name](path.read_bytes())
    again = DECODERS[name](codec.encode(message))
    assert again == message
    assert holds(json.loads(codec.encode(message)), renamed(json.loads(path.read_bytes())))


@pytest.mark.parametrize(
    "message",
    [
        CallStarted(call_id="c-1", roles=("customer", "agent"), notice_given=True, started_at_ms=1_790_000_000_000),
        AudioChunk(
            call_id="c-1",
            channel=0,
            role="customer",
            seq=3,
            start_ms=600,
            codec="mulaw",
            rate_hz=8000,
            notice_given=True,
            payload=bytes(range(8)),
        ),
        CallEnded(call_id="c-1", duration_ms=60_000, ended_at_ms=1_790_000_060_000),
        NoticeWithdrawn(call_id="c-1", withdrawn_at_ms=1_790_000_050_000),
    ],
    ids=lambda m: type(m).__name__,
)
def test_every_packed_message_has_golden_bytes(message: CallMessage) -> None:
    golden = bytes.fromhex((GOLDEN / f"{type(message).__struct_config__.tag}.hex").read_text().strip())
    assert codec.encode_call(message) == golden
    assert codec.decode_call(golden) == message


def test_a_former_name_is_read_and_never_written() -> None:
    older = (GOLDEN / "older" / "segment-release-0.1.json").read_bytes()
    message = codec.decode_segment(older)
    assert isinstance(message, Segment)
    assert message.uncertainty == json.loads(older)["doubt"] is not None
    assert b'"doubt"' not in codec.encode(message)


def test_a_field_of_a_later_release_is_ignored() -> None:
    golden = json.loads((GOLDEN / "segment.json").read_text())
    assert codec.decode_segment(json.dumps({**golden, "colour": "blue"}).encode()) == codec.decode_segment(
        json.dumps(golden).encode()
    )


def test_an_unknown_version_says_to_update_the_reader() -> None:
    for data in (b'{"type":"segment","call_id":"c","v":9}', b'{"type":"call_opened","v":2,"later":1}'):
        with pytest.raises(UnknownVersion, match="reads version 1"):
            codec.decode_segment(data)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(Undecodable, match="segment_id"):
        codec.decode_segment(b'{"type":"segment","call_id":"c"}')


@pytest.mark.parametrize("data", [None, b"", b"\xff\xff", b"[]", b'{"type":"nothing"}', msgspec.msgpack.encode({})])
def test_garbage_is_undecodable(data: bytes | None) -> None:
    with pytest.raises(Undecodable):
        codec.decode_segment(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_decoder_raise_anything_else(data: bytes) -> None:
    for decoder in (codec.decode_call, codec.decode_segment, codec.decode_alert):
        try:
            decoder(data)
        except (Undecodable, UnknownVersion) as error:
            assert str(error)


@pytest.mark.parametrize("depth", [5_000, 50_000, 500_000])
@pytest.mark.parametrize("name", ["added_later", "call"])
def test_what_is_nested_too_deep_is_refused_with_its_reason(depth: int, name: str) -> None:
    deep = b'{"type":"silence","call_id":"c","now_ms":1,"%s":%s%s}' % (name.encode(), b"[" * depth, b"]" * depth)
    with pytest.raises(Undecodable) as caught:
        codec.decode_segment(deep)
    assert caught.value.reason == "too_deep"
    packed = b"\x84" + msgspec.msgpack.encode({"type": "call_ended", "call_id": "c", "duration_ms": 1})[1:]
    packed += msgspec.msgpack.encode(name) + b"\x91" * depth + b"\x90"
    with pytest.raises(Undecodable, match="nested too deep"):
        codec.decode_call(packed)


def test_a_version_that_is_not_known_is_named_even_if_the_rest_is_nested_too_deep() -> None:
    with pytest.raises(Undecodable, match="audio"):
        codec.decode_segment(b'{"type":"segment","call_id":"c","audio":1,"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}")
    with pytest.raises(UnknownVersion):
        codec.decode_segment(b'{"type":"segment","call_id":"c","v":%d}' % 2**80)


def test_a_record_that_no_topic_has_room_for_is_neither_read_nor_written() -> None:
    with pytest.raises(Undecodable) as caught:
        codec.decode_segment(b" " * 1_048_577)
    assert caught.value.reason == "too_large"
    call = CallStarted(call_id="c", roles=(), notice_given=True, started_at_ms=0, title="\x01" * 900_000)
    with pytest.raises(TooLarge, match="call_started would have"):
        codec.encode_call(msgspec.structs.replace(call, title="x" * 1_000_001))
    with pytest.raises(TooLarge, match="call_opened would have"):
        codec.encode(CallOpened(call_id="c", notice_given=True, call=call.attributes))
