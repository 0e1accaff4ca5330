"""What may change in a message, and what may not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tonewatch.stream.messages.compatibility import breaks
from tonewatch.stream.messages.schema import topic_schema
from tonewatch.stream.topics import ALERTS, SEGMENTS, TOPICS, Topic

Change = Callable[[dict[str, Any]], object]


def changed(topic: Topic, change: Change) -> list[str]:
    old, new = topic_schema(topic), topic_schema(topic)
    change(new["$defs"])
    return breaks(copy.deepcopy(old), new)


def test_nothing_changed_breaks_nothing() -> None:
    assert [breaks(topic_schema(topic), topic_schema(topic)) for topic in TOPICS] == [[]] * len(TOPICS)


@pytest.mark.parametrize(
    "change",
    [
        lambda defs: defs["Alert"]["properties"].update(colour={"type": "string", "default": ""}),
        lambda defs: defs["Alert"]["properties"]["state"]["enum"].append("paused"),
        lambda defs: defs["Alert"]["properties"]["sentence"].update(maxLength=9_000),
        lambda defs: defs["Alert"]["properties"].update(onset_ms={"type": "number"}),
        lambda defs: defs.update(Colour={"type": "object", "properties": {}, "required": []}),
    ],
    ids=["a field with a default", "a word", "a wider bound", "an integer that is any number", "a part"],
)
def test_what_is_added_or_widened_breaks_nothing(change: Change) -> None:
    assert changed(ALERTS, change) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda defs: defs["Alert"]["properties"].pop("rule"), "Alert.rule is gone"),
        (lambda defs: defs["Alert"]["required"].append("queue"), "Alert.queue has no default any more"),
        (
            lambda defs: (
                defs["Alert"]["properties"].update(colour={"type": "string"}),
                defs["Alert"]["required"].append("colour"),
            ),
            "Alert.colour is new and has no default",
        ),
        (
            lambda defs: defs["Alert"]["properties"]["state"]["enum"].remove("firing"),
            'Alert.state is no longer "firing"',
        ),
        (
            lambda defs: defs["Alert"]["properties"].update(onset_ms={"type": "string"}),
            "Alert.onset_ms is no longer integer (minimum 0 maximum 691200000)",
        ),
        (
            lambda defs: defs["Alert"]["properties"]["sentence"].update(maxLength=10),
            "Alert.sentence is no longer string",
        ),
        (
            lambda defs: defs["Alert"]["properties"]["cause"].update(default="dead_air"),
            "Alert.cause has another default",
        ),
        (
            lambda defs: defs["Alert"]["properties"].update(facts={"$ref": "#/$defs/Fact"}),
            "Alert.facts is no longer Facts",
        ),
        (lambda defs: defs.pop("Acted"), "Acted is gone"),
    ],
    ids=["gone", "no default", "required", "word", "type", "bound", "default", "part", "struct"],
)
def test_what_is_taken_away_or_narrowed_is_told(change: Change, sentence: str) -> None:
    (found,) = changed(ALERTS, change)
    assert found.startswith(sentence)


def test_a_message_that_a_topic_no_longer_holds_is_told() -> None:
    new = topic_schema(SEGMENTS)
    new["anyOf"] = [one for one in new["anyOf"] if not one["$ref"].endswith("/Silence")]
    assert breaks(topic_schema(SEGMENTS), new) == ["the record is no longer Silence"]
