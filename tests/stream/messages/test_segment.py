"""What a listener writes of a segment."""

from __future__ import annotations

import json
from pathlib import Path

from tonewatch.stream.codec import decode_segment, encode
from tonewatch.stream.messages import Segment

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "segment.json").read_text())


def segment(**fields: object) -> Segment:
    found = decode_segment(json.dumps({**GOLDEN, **fields}).encode())
    assert isinstance(found, Segment)
    return found


def test_the_former_word_for_a_tonal_signal_is_read_as_todays() -> None:
    assert segment(abstained="tone").abstained == "tonal"
    assert segment(abstained="noisy").abstained == "noisy"


def test_an_embedding_is_bytes_here_and_base64_in_json() -> None:
    found = segment(embedding="AAEC")
    assert found.embedding == b"\x00\x01\x02"
    assert json.loads(encode(found))["embedding"] == "AAEC"


def test_what_a_segment_without_measurements_carries_is_null() -> None:
    bare = {key: GOLDEN[key] for key in ("type", "call_id", "segment_id", "channel", "role", "start_ms", "end_ms")}
    found = decode_segment(json.dumps({**bare, "closed_by": "pause", "audio": GOLDEN["audio"]}).encode())
    assert isinstance(found, Segment)
    assert (found.prosody, found.posterior, found.uncertainty, found.model, found.embedding) == (None,) * 4 + (b"",)
