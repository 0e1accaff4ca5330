"""The AsyncAPI document: up to date, and every reference in it leads somewhere."""

from __future__ import annotations

from typing import Any

from tonewatch.stream.messages import asyncapi
from tonewatch.stream.messages.page import SHOWN
from tonewatch.stream.messages.renewal import ASYNCAPI

DOCUMENT = asyncapi.document()


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for each in value.values() for found in references(each)]
    return [found for each in value for found in references(each)] if isinstance(value, list) else []


def test_the_file_is_what_the_messages_give() -> None:
    assert ASYNCAPI.read_text() == asyncapi.text(), "stale: run `python -P -m tonewatch.stream.messages.schema`"


def test_every_reference_leads_to_a_part_of_the_document() -> None:
    found = references(DOCUMENT)
    assert len(found) > 50
    for reference in found:
        at: Any = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            at = at[name]
        assert at


def test_each_topic_is_a_channel_with_an_operation_in_the_right_direction() -> None:
    assert set(DOCUMENT["channels"]) == {topic.name for topic, _ in SHOWN}
    actions = {one["channel"]["$ref"]: one["action"] for one in DOCUMENT["operations"].values()}
    assert actions["#/channels/tonewatch.alerts.v1"] == "send"
    assert actions["#/channels/tonewatch.calls.v1"] == "receive"


def test_an_alert_has_its_payload_key_and_headers() -> None:
    alert = DOCUMENT["components"]["messages"]["Alert"]
    assert alert["payload"] == {"$ref": "#/components/schemas/Alert"}
    assert alert["headers"]["properties"]["ce_type"]["const"] == "tonewatch.alert.v1"
    assert alert["bindings"]["kafka"]["key"]["type"] == "string"
