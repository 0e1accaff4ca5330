"""The contract as one AsyncAPI 3.0 document, from which other tools make clients and pages.

Payloads are the JSON Schemas of the topics; what Kafka does stands in bindings (version 0.5.0 of those of AsyncAPI).
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

import msgspec

from tonewatch.stream.cloud_events import ATTRIBUTES, event_type
from tonewatch.stream.messages.page import SHOWN
from tonewatch.stream.messages.schema import DIALECT, Schema, topic_schema
from tonewatch.stream.topics import ALERT_ACTIONS, CALLS, Topic

WRITTEN_BY_OTHERS: Final = (CALLS, ALERT_ACTIONS)
"""What Tonewatch receives; everything else that is shown it sends."""

_BINDING: Final = "0.5.0"


def document() -> dict[str, Any]:
    """Of all topics that an integrator meets."""
    topics = [topic for topic, _use in SHOWN]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tonewatch",
            "version": version("tonewatch"),
            "description": "Live calls in, the caller's tone, alerts and their reasons out. The key of every record is "
            "the call's id; one about no call has none. Delivery is at least once; fields are only added.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, use) for topic, use in SHOWN},
        "operations": {_operation_name(topic): _operation(topic) for topic in topics},
        "components": {
            "messages": {name: message for topic in topics for name, message in _messages(topic).items()},
            "schemas": {name: schema for topic in topics for name, schema in _schemas(topic).items()},
        },
    }


def text() -> str:
    """As the file holds it."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2).decode() + "\n"


def _channel(topic: Topic, use: str) -> dict[str, Any]:
    config = topic.kafka_config()
    kafka = {
        "topicConfiguration": {
            "cleanup.policy": config["cleanup.policy"].split(","),
            "retention.ms": topic.retention_ms,
            "max.message.bytes": topic.max_message_bytes,
        },
        "bindingVersion": _BINDING,
    }
    return {
        "address": topic.name,
        "description": use,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(topic)},
        "bindings": {"kafka": kafka},
    }


def _operation_name(topic: Topic) -> str:
    return f"{'receive' if topic in WRITTEN_BY_OTHERS else 'send'}_{topic.name.split('.')[1]}"


def _operation(topic: Topic) -> dict[str, Any]:
    action = "receive" if topic in WRITTEN_BY_OTHERS else "send"
    return {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}


def _messages(topic: Topic) -> dict[str, Any]:
    known: dict[str, Schema] = topic_schema(topic)["$defs"]
    return {name: _message(topic, name, of) for name, of in known.items() if "type" in of["properties"]}


def _message(topic: Topic, name: str, of: Schema) -> dict[str, Any]:
    key = {"type": "string", "description": "the call's id, in UTF-8"}
    message = {
        "title": name,
        "contentType": "application/msgpack" if topic is CALLS else "application/json",
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": key, "bindingVersion": _BINDING}},
    }
    # The audio is no event, and what others write need not have the headers.
    if topic not in WRITTEN_BY_OTHERS:
        message["headers"] = _headers(event_type(of["properties"]["type"]["enum"][0]))
    return message


def _headers(kind: str) -> Schema:
    properties = {name: {"type": "string", "description": about} for name, about in ATTRIBUTES.items()}
    properties["ce_type"] = {"type": "string", "const": kind}
    return {"type": "object", "properties": properties}


def _schemas(topic: Topic) -> dict[str, Any]:
    """Each struct in the dialect that msgspec writes; references lead to where they stand in this document."""
    found: dict[str, Schema] = topic_schema(topic)["$defs"]
    moved = msgspec.json.encode(found).replace(b'"#/$defs/', b'"#/components/schemas/')
    return {
        name: of if of is None else {"$schema": DIALECT, **of}
        for name, of in msgspec.json.decode(moved, type=dict[str, Any]).items()
    }
