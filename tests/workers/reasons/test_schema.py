from __future__ import annotations

import json

import msgspec

from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.schema import FIELDS, plain, schema

from ..claims import TABLES

ANSWER = {
    "voice": "Louder by 7 dB.",
    "words": "none",
    "fit": "none",
    "change": "The tone fell.",
    "label": "angry",
    "degraded": "unsure",
    "confidence": 0.55,
}


def test_json_becomes_the_skeleton_and_keeps_its_order() -> None:
    answer = parse(plain(json.dumps(ANSWER)))
    assert answer is not None
    assert answer.reason == "Louder by 7 dB.\nThe tone fell."
    assert (answer.label, answer.degraded, answer.confidence) == ("angry", None, 0.55)


def test_json_in_a_fence_is_json_and_anything_else_stays() -> None:
    assert parse(plain(f"```json\n{json.dumps(ANSWER)}\n```")) == parse(plain(json.dumps(ANSWER)))
    assert plain("<think>Louder.</think>") == "<think>Louder.</think>"


def test_what_decides_is_written_before_what_is_decided() -> None:
    asked = schema(TABLES["boiling"])
    assert list(asked["properties"]) == list(FIELDS)
    assert asked["required"] == list(FIELDS)


def test_nothing_may_be_said_of_words_that_nobody_heard() -> None:
    silent = msgspec.structs.replace(TABLES["boiling"], quotes=())
    assert schema(silent)["properties"]["words"] == {"type": "string", "enum": ["none"]}
