"""The CloudEvents headers of a record: the required ones, ids that a second delivery shares, nothing of ours lost."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.cloud_events import ATTRIBUTES, event_headers
from tonewatch.stream.codec import decode_alert, decode_segment, decode_tone
from tonewatch.stream.messages.schema import topic_schema
from tonewatch.stream.topics import ALERTS, SEGMENTS, TONE

GOLDEN = Path(__file__).parent / "golden"
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


def test_what_does_not_tell_when_it_was_written_has_no_time() -> None:
    state = decode_tone((GOLDEN / "call_state.json").read_bytes())
    assert "ce_time" not in dict(event_headers(TONE.name, state))
