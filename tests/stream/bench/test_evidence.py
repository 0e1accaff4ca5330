from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.bench.evidence import Evidence, _note
from tonewatch.stream.codec import decode_alert, decode_segment, decode_tone
from tonewatch.stream.messages import Alert, Segment, Tone
from tonewatch.stream.topics import ALERTS, SEGMENTS, TONE

GOLDEN = Path(__file__).parents[1] / "golden"
CHANGELOG = "app-calls-changelog"


@dataclass(frozen=True)
class Record:
    value: bytes
    key: bytes = b"k"
    timestamp: int = 5000
    headers: list[tuple[str, bytes]] = field(default_factory=list)


@pytest.fixture
def found() -> Evidence:
    return Evidence()


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def test_a_segment_its_tone_and_its_alert_are_found_under_their_call(found: Evidence) -> None:
    segment, tone, alert = (
        decode_segment(golden("segment")),
        decode_tone(golden("tone")),
        decode_alert(golden("alert")),
    )
    assert isinstance(segment, Segment) and isinstance(tone, Tone) and isinstance(alert, Alert)
    for topic, name in ((SEGMENTS, "segment"), (TONE, "tone"), (TONE, "tone"), (ALERTS, "alert")):
        _note(found, topic.name, Record(golden(name)), CHANGELOG)
    call = found.of(segment.call_id)
    assert list(call.segments.values()) == [(segment.start_ms, segment.end_ms)]
    assert not any(segment.call_id in name for name in call.segments)
    (counted,) = found.of(tone.call_id).counted.values()
    assert [(one.tone, one.written_at_s) for one in counted] == [(tone.tone, 5.0)] * 2
    assert list(found.of(alert.call_id).alerts.values()) == [[alert]]


def test_what_cannot_be_read_is_no_evidence_and_a_dead_letter_is_counted_by_its_reason(found: Evidence) -> None:
    _note(found, TONE.name, Record(b"{"), CHANGELOG)
    for _ in range(2):
        _note(found, TONE.dlq, Record(b"{", headers=[("reason", b"late")]), CHANGELOG)
    assert (found.calls, found.dead_letters) == ({}, {f"{TONE.dlq} late": 2})


def test_a_state_that_holds_a_segment_twice_has_counted_it_twice(found: Evidence) -> None:
    once, twice = {"segment_id": "c/0/0"}, {"segment_id": "c/0/4000"}
    state = msgspec.json.encode({"memory": {"window": [once, twice, twice], "baseline": [once]}})
    _note(found, CHANGELOG, Record(state, key=b'"c"'), CHANGELOG)
    _note(found, CHANGELOG, Record(b"", key=b'"d"'), CHANGELOG)
    assert found.of("c").twice_in_state == {"0/4000"} and "d" not in found.calls
