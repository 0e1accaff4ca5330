"""JSON Schema of the messages: for integrators a file per topic, and what the types of the board's page are made from.

`python -P -m tonewatch.stream.messages.schema` renews the files in `stream/messages/schemas/`, and the page of all
messages (`stream/messages/README.md`). A schema says what a
reader accepts: a field with a default may be missing in a record of an earlier release, and fields that it does not
name are ignored. What only reads the former name of a field or of a value is left out, because nothing writes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from tonewatch.stream import messages
from tonewatch.stream.cloud_events import schema_id
from tonewatch.stream.messages import (
    Access,
    Alert,
    AlertAction,
    CallClock,
    CallerMessage,
    CallMessage,
    Delivery,
    KeyMessage,
    Moment,
    Rationale,
    SegmentMessage,
    ToneMessage,
    Verdict,
)
from tonewatch.stream.topics import (
    ALERT_ACTIONS,
    ALERTS,
    AUDIT,
    CALLERS,
    CALLS,
    CLOCKS,
    DELIVERIES,
    KEYS,
    MARKS,
    MOMENTS,
    RATIONALES,
    SEGMENTS,
    TONE,
    TOPICS,
    VERDICTS,
    Topic,
)

Schema = dict[str, Any]
"""One JSON Schema, draft 2020-12, as msgspec makes them."""

FOLDER: Final = Path(__file__).with_name("schemas")

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

TOPIC_MESSAGES: Final[Mapping[str, object]] = {
    CALLS.name: CallMessage,
    CLOCKS.name: CallClock,
    MARKS.name: CallClock,
    SEGMENTS.name: SegmentMessage,
    TONE.name: ToneMessage,
    MOMENTS.name: Moment,
    ALERTS.name: Alert,
    RATIONALES.name: Rationale,
    ALERT_ACTIONS.name: AlertAction,
    CALLERS.name: CallerMessage,
    DELIVERIES.name: Delivery,
    AUDIT.name: Access,
    VERDICTS.name: Verdict,
    KEYS.name: KeyMessage,
}
"""What this release writes to each topic, by its name."""

_FORMER_VALUES: Final = {("Thresholds", "unit"): {"chance"}}
"""Literal values that are read as another one; by struct and field."""


def topic_schema(topic: Topic) -> Schema:
    """The schema of one record of `topic`. Bytes are base64 in it; on a msgpack topic they travel as they are.

    Raises:
        KeyError: it is no topic of messages (a dead-letter topic, a changelog).
    """
    (record,), definitions = components([TOPIC_MESSAGES[topic.name]])
    head = {"$schema": DIALECT, "$id": schema_id(topic.name), "title": topic.name, "description": topic.holds}
    return {**head, **record, "$defs": definitions}


def components(kinds: Iterable[object]) -> tuple[list[Schema], dict[str, Schema]]:
    """The schema of each kind, and of each struct that they are made of by its name; they refer to `#/$defs/<name>`."""
    schemas, found = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    for name, schema in found.items():
        _drop_former_names(name, schema)
    return list(schemas), {name: found[name] for name in sorted(found)}


def literal_names() -> dict[str, tuple[str, ...]]:
    """The values of each literal type that the messages name (`Role`, `AlertState`, ...)."""
    exported = {name: getattr(messages, name) for name in messages.__all__}
    return {name: get_args(kind) for name, kind in exported.items() if get_origin(kind) is Literal}


def descriptions() -> dict[str, str]:
    """The string that stands below an assignment in the modules of messages, by the assigned name.

    Python keeps docstrings of classes and functions alone, so these are read from the source.
    """
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        body = ast.parse(path.read_text()).body
        for above, below in pairwise(body):
            match above, below:
                case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = text
    return found


def write(folder: Path = FOLDER) -> None:
    """One file per topic, named after it; files of topics that are no more are taken away."""
    folder.mkdir(exist_ok=True)
    texts = file_texts()
    for path in folder.glob("*.json"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text)


def file_texts() -> dict[str, str]:
    """What the files hold, by their names."""
    schemas = {topic.name: topic_schema(topic) for topic in TOPICS if topic.name in TOPIC_MESSAGES}
    return {
        f"{name}.json": msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
        for name, schema in schemas.items()
    }


def _drop_former_names(name: str, schema: Schema) -> None:
    # A field that only reads a former name is the one whose type includes UnsetType: see stream/former_names.py.
    for kind in _structs_named(name, msgspec.Struct):
        for each in msgspec.structs.fields(kind):
            if msgspec.UnsetType in get_args(each.type):
                schema["properties"].pop(each.encode_name, None)
    for (struct, of), former in _FORMER_VALUES.items():
        if struct == name:
            values = schema["properties"][of]
            values["enum"] = [value for value in values["enum"] if value not in former]


def _structs_named(name: str, base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Every struct of ours by its name: a schema does not say which class it was made from."""
    for kind in base.__subclasses__():
        if kind.__name__ == name and kind.__module__.startswith("tonewatch."):
            yield kind
        yield from _structs_named(name, kind)


if __name__ == "__main__":
    # Made from this module, and renewed with it; but not where the former schemas would be broken.
    from tonewatch.stream.messages import renewal

    renewal.renew()
