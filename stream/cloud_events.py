"""CloudEvents 1.0 in Kafka's binary mode: headers that tell routers what a record is; the value stays as it is.

Our own readers ignore them. The audio has none: a chunk is no event, and would grow by a tenth. What a shadow writes
has the ids of the live events: it lies on topics of its own.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import msgspec

SPEC_VERSION: Final = "1.0"

ATTRIBUTES: Final = {
    "ce_specversion": "version of CloudEvents",
    "ce_type": "what happened: `tonewatch.`, the message's `type`, its version",
    "ce_source": "the topic; with `ce_id` it names an event, and a second delivery of one has the same",
    "ce_id": "made of the message's own ids",
    "ce_partitionkey": "the call's id, which is the record's key",
    "ce_dataschema": "the `$id` of the topic's JSON Schema",
    "ce_time": "when it was written; left out where the message does not tell",
    "content-type": "of the value",
}

Headers = list[tuple[str, bytes]]


def event_headers(topic: str, message: msgspec.Struct) -> Headers:
    """Of a JSON message that is about to be written to `topic`, the live topic's name."""
    tag = str(message.__struct_config__.tag)
    found = [*_fixed(topic, tag), ("ce_id", _id(tag, message).encode())]
    if call_id := getattr(message, "call_id", ""):
        found.append(("ce_partitionkey", call_id.encode()))
    if at_ms := getattr(message, "emitted_at_ms", 0) or _done_at_ms(message):
        found.append(("ce_time", _rfc3339(at_ms).encode()))
    return found


def event_type(tag: str) -> str:
    """`ce_type` of a message by its `type`."""
    return f"tonewatch.{tag}.v1"


def schema_id(topic: str) -> str:
    """`ce_dataschema` of a topic's messages, and `$id` of its schema."""
    return f"urn:tonewatch:schema:{topic}"


@cache
def _fixed(topic: str, tag: str) -> Headers:
    return [
        ("ce_specversion", SPEC_VERSION.encode()),
        ("ce_type", event_type(tag).encode()),
        ("ce_source", f"/{topic}".encode()),
        ("ce_dataschema", schema_id(topic).encode()),
        ("content-type", b"application/json"),
    ]


def _id(tag: str, message: Any) -> str:  # noqa: ANN401
    match tag:
        case "alert":
            return f"{message.alert_id}/{message.seq}"
        case "segment" | "tone":
            return str(message.segment_id)
        case "words":
            return f"{message.segment_id}/words"
        case "moment" | "rationale":
            return str(message.moment_id)
        case "delivery":
            return f"{message.delivery_id}/{message.state}/{message.attempts}"
        case "access":
            return str(message.access_id)
        case "alert_action":
            return f"{message.alert_id}/{message.action_id}"
        case "verdict":
            return str(message.verdict_id)
    # Nothing of its own names it: two with the same content tell the same.
    digest = hashlib.blake2b(msgspec.json.encode(message), digest_size=8).hexdigest()
    return f"{getattr(message, 'call_id', '')}/{tag}/{digest}"


def _done_at_ms(message: msgspec.Struct) -> int:
    """When a person did what the message tells."""
    return getattr(message, "acted_at_ms", 0) or getattr(message, "judged_at_ms", 0)


def _rfc3339(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
