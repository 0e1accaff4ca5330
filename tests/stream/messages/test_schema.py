"""JSON Schema of the messages: complete, without former names, and true of the golden bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import EMOTIONS, Thresholds, schema
from tonewatch.stream.topics import ALERTS, TOPICS, Topic, dead_letter_topics

GOLDEN = Path(__file__).parents[1] / "golden"
RENEW = "stale: run `python -P -m tonewatch.stream.messages.schema`"


def definitions(topic: Topic) -> dict[str, Any]:
    found: dict[str, Any] = schema.topic_schema(topic)["$defs"]
    return found


def golden(path: Path) -> object:
    return (
        msgspec.msgpack.decode(bytes.fromhex(path.read_text()))
        if path.suffix == ".hex"
        else json.loads(path.read_text())
    )


def strange_fields(value: object, of: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """Fields in `value` that its schema does not name, and fields that the schema requires and `value` lacks."""
    kinds = [known[kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind for kind in of.get("anyOf", [of])]
    kind: dict[str, Any] = next((each for each in kinds if each.get("type") in ("object", "array")), {})
    if isinstance(value, list) and "items" in kind:
        return [name for item in value for name in strange_fields(item, kind["items"], known)]
    if not isinstance(value, dict) or "properties" not in kind:
        return []
    named = kind["properties"]
    wrong = [*(value.keys() - named.keys()), *(set(kind["required"]) - value.keys())]
    return wrong + [
        name for field in value.keys() & named for name in strange_fields(value[field], named[field], known)
    ]


def test_the_files_for_integrators_are_what_the_messages_give() -> None:
    assert {path.name: path.read_text() for path in schema.FOLDER.glob("*.json")} == schema.file_texts(), RENEW


def test_every_topic_has_a_schema_that_says_what_lies_in_it() -> None:
    for topic in TOPICS:
        made = schema.topic_schema(topic)
        assert (made["title"], made["description"]) == (topic.name, topic.holds)
        assert all(kind in made["$defs"] for kind in topic.holds.partition(" (")[0].split(", "))


def test_a_topic_without_messages_has_none() -> None:
    with pytest.raises(KeyError):
        schema.topic_schema(dead_letter_topics()[0])


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_golden_messages_have_the_fields_of_their_schema(topic: Topic) -> None:
    known = definitions(topic)
    records = [definition for definition in known.values() if "type" in definition["properties"]]
    assert records
    for record in records:
        (tag,) = record["properties"]["type"]["enum"]
        (path,) = GOLDEN.glob(f"{tag}.*")
        assert strange_fields(golden(path), record, known) == []


def test_former_names_of_fields_are_read_and_not_named() -> None:
    known = definitions(ALERTS)
    assert "probability" in known["Alert"]["properties"]
    assert "chance" not in known["Alert"]["properties"]
    assert "chance" not in known["Evidence"]["properties"]


def test_a_former_value_is_read_as_another_one_and_not_named() -> None:
    units = definitions(ALERTS)["Thresholds"]["properties"]["unit"]["enum"]
    limits = {"fire": 0.9, "clear": 0.3, "hold_ms": 0, "cooldown_ms": 0, "min_segments": 1}
    assert "chance" not in units
    assert msgspec.convert({**limits, "unit": "chance"}, Thresholds).unit in units


def test_literal_types_have_their_names_and_descriptions() -> None:
    assert schema.literal_names()["Emotion"] == EMOTIONS
    assert schema.descriptions()["Role"].startswith("Who speaks on a channel.")


def test_files_of_topics_that_are_no_more_are_taken_away(tmp_path: Path) -> None:
    (tmp_path / "tonewatch.gone.v1.json").write_text("{}")
    schema.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(schema.file_texts())
