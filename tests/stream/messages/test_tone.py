"""The rolling tone and the call's state on the wire."""

from __future__ import annotations

import json
from pathlib import Path

from tonewatch.stream.codec import decode_tone
from tonewatch.stream.messages import CallState, ModelRef, Tone

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "tone.json").read_text())


def tone(**fields: object) -> Tone:
    found = decode_tone(json.dumps({**GOLDEN, **fields}).encode())
    assert isinstance(found, Tone)
    return found


def test_a_tone_names_the_encoder_where_the_monitor_knows_it() -> None:
    model = {"name": "full-int8", "version": "3f9a1c20b7de", "provider": "cuda"}
    assert tone(model=model).model == ModelRef(**model)
    older = {key: value for key, value in GOLDEN.items() if key != "model"}
    found = decode_tone(json.dumps(older).encode())
    assert isinstance(found, Tone) and found.model is None


def test_the_former_word_for_a_tonal_signal_is_read_as_todays() -> None:
    assert tone(tone=None, abstained="tone").abstained == "tonal"


def test_a_state_without_attributes_is_a_state() -> None:
    found = decode_tone(b'{"type":"call_state","call_id":"c","state":"not_analysed"}')
    assert isinstance(found, CallState)
    assert found.call.title == ""
