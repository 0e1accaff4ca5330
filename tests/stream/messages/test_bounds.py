"""The rule of sizes: everything in a message is bounded, and the largest legal record fits wherever it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect

from tonewatch.stream import codec
from tonewatch.stream.bench.fuzz import DECODERS, KINDS, largest
from tonewatch.stream.errors import Undecodable
from tonewatch.stream.messages import (
    Access,
    AlertAction,
    CallClock,
    CallerMessage,
    CallMessage,
    CallOpened,
    CallStarted,
    Delivery,
    KeyMessage,
    Moment,
    Rationale,
    Segment,
    Verdict,
)
from tonewatch.stream.messages.bounds import CALL_ID_BYTES, LARGEST_WRITTEN
from tonewatch.stream.messages.schema import TOPIC_MESSAGES
from tonewatch.stream.tone.alerts.lifecycle import alert_id as alert_id_of
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step
from tonewatch.stream.topics import (
    ALERT_ACTIONS,
    AUDIT,
    CALLERS,
    CALLS,
    CLOCKS,
    DELIVERIES,
    KEYS,
    MARKS,
    TOPICS,
    VERDICTS,
)
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.explain.explainer import fitted
from tonewatch.workers.listen.call import Call
from tonewatch.workers.reasons.explain import from_the_facts

ALL_KINDS = {
    **KINDS,
    CLOCKS.name: (CallClock,),
    MARKS.name: (CallClock,),
    ALERT_ACTIONS.name: (AlertAction,),
    CALLERS.name: get_args(CallerMessage),
    DELIVERIES.name: (Delivery,),
    AUDIT.name: (Access,),
    VERDICTS.name: (Verdict,),
    KEYS.name: get_args(KeyMessage),
}
READ: dict[str, Callable[[bytes | None], Any]] = {
    **DECODERS,
    ALERT_ACTIONS.name: codec.decode_control,
    CALLERS.name: codec.decode_caller,
    CLOCKS.name: codec.decode_clock,
    MARKS.name: codec.decode_clock,
    DELIVERIES.name: codec.decode_delivery,
    AUDIT.name: codec.decode_access,
    VERDICTS.name: codec.decode_verdict,
    KEYS.name: codec.decode_key,
}
CASES = [(topic, kind) for topic, kinds in ALL_KINDS.items() for kind in kinds]


def unbounded(info: Any, path: str = "") -> Iterator[str]:
    """Paths of the parts of a type that may be as large as they like."""
    match info:
        case inspect.StructType():
            for field in info.fields:
                yield from unbounded(field.type, f"{path}.{field.name}")
        case inspect.UnionType():
            for one in info.types:
                yield from unbounded(one, path)
        case inspect.VarTupleType() | inspect.ListType():
            yield from [path] if info.max_length is None else []
            yield from unbounded(info.item_type, f"{path}[]")
        case inspect.DictType():
            yield from [path] if info.max_length is None else []
            yield from unbounded(info.key_type, f"{path} key")
            yield from unbounded(info.value_type, f"{path} value")
        case inspect.StrType() | inspect.BytesType():
            yield from [path] if info.max_length is None else []
        case inspect.IntType() | inspect.FloatType():
            yield from [path] if info.ge is None or info.le is None else []
        case inspect.AnyType() | inspect.RawType():
            yield path


def encoded(topic: str, fields: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(fields) if topic == CALLS.name else msgspec.json.encode(fields)


def written(message: Any) -> bytes:
    return codec.encode_call(message) if isinstance(message, CallMessage) else codec.encode(message)


def test_every_topic_is_looked_at() -> None:
    assert set(ALL_KINDS) == {topic.name for topic in TOPICS} == set(TOPIC_MESSAGES)


@pytest.mark.parametrize(("topic", "kind"), CASES)
def test_every_text_list_and_number_has_a_bound(topic: str, kind: type) -> None:
    assert list(unbounded(inspect.type_info(kind))) == []


@pytest.mark.parametrize(("topic", "kind"), CASES)
def test_the_largest_legal_record_is_read_and_may_be_written_again(topic: str, kind: type) -> None:
    fields = largest(kind)
    if "call_id" in fields:
        assert len(fields["call_id"].encode()) == CALL_ID_BYTES
    message = READ[topic](encoded(topic, fields))
    assert isinstance(message, kind)
    assert READ[topic](written(message)) == message
    assert len(written(message)) <= LARGEST_WRITTEN < min(t.max_message_bytes for t in TOPICS) - 8 * CALL_ID_BYTES


def test_what_a_listener_and_a_monitor_make_of_the_largest_beginning_of_a_call_is_legal() -> None:
    begin = msgspec.convert(largest(CallStarted), CallStarted)
    opened = Call(begin.call_id, SegmenterSettings(), 0.0).started(msgspec.structs.replace(begin, notice_given=True))
    assert codec.decode_segment(codec.encode(opened)) == opened
    (state,) = step(CallMemory(), opened, ToneConfig())
    assert codec.decode_tone(codec.encode(state)) == state


def test_what_an_explainer_makes_of_the_largest_moment_is_legal() -> None:
    moment = msgspec.json.decode(msgspec.json.encode(largest(Moment)), type=Moment)
    reason = fitted(from_the_facts(moment, "shed"))
    assert codec.decode_rationale(codec.encode(reason)) == reason


def test_what_a_model_wrote_beyond_the_bounds_is_cut_off() -> None:
    legal = msgspec.json.decode(msgspec.json.encode(largest(Rationale)), type=Rationale)
    claim = msgspec.structs.replace(legal.claims[0], text="x" * 50_000)
    reason = fitted(msgspec.structs.replace(legal, text="y" * 50_000, claims=(claim,) * 500))
    assert codec.decode_rationale(codec.encode(reason)) == reason


def test_one_more_than_a_bound_is_refused_by_name() -> None:
    fields = largest(CallOpened)
    fields["call"]["title"] += "x"
    with pytest.raises(Undecodable, match=r"length <= 500 - at `\$.call.title`"):
        codec.decode_segment(msgspec.json.encode(fields))


def test_a_call_id_is_bounded_in_bytes_too() -> None:
    with pytest.raises(Undecodable, match="call_id"):
        codec.decode_segment(msgspec.json.encode({"type": "silence", "call_id": "ü" * 129, "now_ms": 1}))


@pytest.mark.parametrize("share", [-0.1, 1.1, -1e308])
def test_shares_of_a_posterior_outside_0_to_1_are_refused(share: float) -> None:
    fields = largest(Segment)
    fields["posterior"]["angry"] = share
    with pytest.raises(Undecodable, match=r"posterior\.angry"):
        codec.decode_segment(msgspec.json.encode(fields))


def test_identifiers_that_are_made_of_the_longest_legal_ones_are_legal() -> None:
    begin, last = largest(CallStarted), msgspec.json.decode(msgspec.json.encode(largest(Moment)), type=Moment).at_ms
    call_id = begin["call_id"]
    alert_id = alert_id_of(call_id, "r" * 80, last)
    moment_id = f"{alert_id}/recovery/{last}"
    segment_id = f"{call_id}/65535/{last}"
    for name, made in (("alert_id", alert_id), ("moment_id", moment_id)):
        codec.decode_moment(msgspec.json.encode({**largest(Moment), name: made}))
    codec.decode_segment(msgspec.json.encode({**largest(Segment), "segment_id": segment_id}))
