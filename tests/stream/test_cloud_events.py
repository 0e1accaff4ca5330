"""The CloudEvents headers of a record: the required ones, ids that a second delivery shares, nothing of ours lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from tonewatch.stream.cloud_events import ATTRIBUTES, event_headers, schema_id
from tonewatch.stream.codec import decode_alert, decode_segment, decode_tone
from tonewatch.stream.messages import AnyMessage, CallMessage
from tonewatch.stream.messages.schema import TOPIC_MESSAGES, topic_schema
from tonewatch.stream.topics import ALERTS, SEGMENTS, TONE

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[2]
ENCODES = re.compile(r"^from tonewatch\.stream\.codec import .*\bencode\b", re.MULTILINE)
ALERT = decode_alert((GOLDEN / "alert.json").read_bytes())


def test_an_alert_carries_all_attributes() -> None:
    headers = dict(event_headers(ALERTS.name, ALERT))
    assert headers.keys() == ATTRIBUTES.keys()
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"tonewatch.alert.v1"
    assert headers["ce_id"] == b"c-1/tone_falls/24000/0"
    assert headers["ce_partitionkey"] == ALERT.call_id.encode()
    assert headers["ce_dataschema"].decode() == topic_schema(ALERTS)["$id"]
    assert re.fullmatch(rb"2026-09-\d\dT\d\d:\d\d:\d\d\.500Z", headers["ce_time"])


def test_a_second_delivery_has_the_same_id_and_another_event_has_not() -> None:
    def named(message: msgspec.Struct) -> bytes:
        return dict(event_headers(ALERTS.name, message))["ce_id"]

    assert named(msgspec.structs.replace(ALERT, emitted_at_ms=5)) == named(ALERT)
    assert named(msgspec.structs.replace(ALERT, seq=1)) != named(ALERT)


@pytest.mark.parametrize("tag", ["call_opened", "call_closed", "silence", "words", "segment"])
def test_what_a_listener_writes_of_a_call_has_ids_of_its_own(tag: str) -> None:
    message = decode_segment((GOLDEN / f"{tag}.json").read_bytes())
    headers = dict(event_headers(SEGMENTS.name, message))
    assert headers["ce_type"].decode() == f"tonewatch.{tag}.v1"
    assert headers["ce_id"].startswith(message.call_id.encode()) and headers["ce_source"] == b"/tonewatch.segments.v1"
    assert all(value and isinstance(value, bytes) for value in headers.values())


KINDS = [kind for kind in get_args(AnyMessage) if kind not in get_args(CallMessage)]
TOPIC_OF = {kind: name for name, kinds in TOPIC_MESSAGES.items() for kind in (get_args(kinds) or (kinds,))}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_message_that_is_produced_names_its_kind_its_topic_its_schema_and_itself(
    kind: type[msgspec.Struct],
) -> None:
    tag = str(kind.__struct_config__.tag)
    message = msgspec.json.decode((GOLDEN / f"{tag}.json").read_bytes(), type=kind)
    headers = dict(event_headers(TOPIC_OF[kind], message))
    assert ATTRIBUTES.keys() - headers.keys() <= {"ce_time", "ce_partitionkey"}
    assert headers["ce_type"].decode() == f"tonewatch.{tag}.v1"
    assert headers["ce_source"].decode() == f"/{TOPIC_OF[kind]}"
    assert headers["ce_dataschema"].decode() == schema_id(TOPIC_OF[kind])
    assert ("ce_partitionkey" in headers) == hasattr(message, "call_id")
    assert event_headers(TOPIC_OF[kind], message) == event_headers(TOPIC_OF[kind], msgspec.structs.replace(message))


def test_no_two_messages_of_a_topic_have_the_same_id() -> None:
    for name in TOPIC_MESSAGES:
        kinds = [kind for kind in KINDS if TOPIC_OF[kind] == name]
        files = {kind: GOLDEN / f"{kind.__struct_config__.tag}.json" for kind in kinds}
        messages = [msgspec.json.decode(file.read_bytes(), type=kind) for kind, file in files.items()]
        ids = [dict(event_headers(name, message))["ce_id"] for message in messages]
        assert len(ids) == len(set(ids)), name


NO_EVENTS = {
    "stream/bench/judging_stages.py": "measures what encoding costs, and sends nothing",
    "workers/listen/stages.py": "measures what encoding costs, and sends nothing",
    "stream/archive/store.py": "keeps the end of an alert as its body, and sends nothing",
    "stream/archive/measured.py": "keeps a segment of an untold call as its body, and sends nothing",
    "stream/archive/late_notice.py": "keeps a verdict without its note as its body, and sends nothing",
    "stream/audit/fitting.py": "tries whether a record would be read, and sends nothing",
    "dashboard/review/verdicts.py": "tries whether a verdict would be read; who sends it writes its headers",
    "stream/audit/chain.py": "links a record; who sends it writes its headers",
    "stream/erasure/kafka_erasure.py": "lays what is left of a delivery over it, for the notifier alone",
    "stream/call_keys/key_index.py": "keys, which nobody routes",
    "stream/call_keys/shredding.py": "the mark that there are none any more",
    "stream/bench/floods.py": "what nobody of ours would write",
    "stream/bench/joining_command.py": "segments of a bench, which nobody routes",
    "stream/monitor/callers.py": "callers_command.py writes its records, with their headers",
}


def test_whoever_writes_an_event_writes_its_headers_too() -> None:
    files = [file for room in ("stream", "workers", "dashboard") for file in (ROOT / room).rglob("*.py")]
    ours = [file for file in files if "node_modules" not in file.parts]
    encoding = {str(file.relative_to(ROOT)) for file in ours if ENCODES.search(file.read_text())}
    with_headers = {str(file.relative_to(ROOT)) for file in ours if "event_headers(" in file.read_text()}
    assert encoding - with_headers == set(NO_EVENTS)


def test_what_does_not_tell_when_it_was_written_has_no_time() -> None:
    state = decode_tone((GOLDEN / "call_state.json").read_bytes())
    assert "ce_time" not in dict(event_headers(TONE.name, state))
