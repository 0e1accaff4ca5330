"""Old, present and future messages in one topic: each reader takes what it can and names what it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.bench.fuzz import DECODERS, KINDS
from tonewatch.stream.errors import UnknownVersion
from tonewatch.stream.topics import CALLS

GOLDEN = Path(__file__).parent / "golden"
CASES = [
    (topic, kind, path)
    for topic, kinds in KINDS.items()
    for kind in kinds
    for path in sorted(GOLDEN.glob(f"{kind.__struct_config__.tag}.*"))  # type: ignore[attr-defined]
]


def golden(path: Path) -> bytes:
    return bytes.fromhex(path.read_text()) if path.suffix == ".hex" else path.read_bytes()


def unpacked(topic: str, path: Path) -> dict[str, Any]:
    module = msgspec.msgpack if topic == CALLS.name else msgspec.json
    fields: dict[str, Any] = module.decode(golden(path))
    return fields


def packed(topic: str, fields: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(fields) if topic == CALLS.name else msgspec.json.encode(fields)


def test_every_message_has_golden_bytes() -> None:
    assert {kind for _, kind, _ in CASES} == {kind for kinds in KINDS.values() for kind in kinds}


@pytest.mark.parametrize(("topic", "kind", "path"), CASES)
def test_a_message_of_a_later_release_is_read_without_what_it_has_more(topic: str, kind: type, path: Path) -> None:
    fields = unpacked(topic, path)
    newer = packed(topic, {**fields, "added_later": {"deep": [1, "x", None]}})
    assert DECODERS[topic](newer) == DECODERS[topic](golden(path))


@pytest.mark.parametrize(("topic", "kind", "path"), CASES)
def test_a_message_of_an_earlier_release_is_read_with_the_defaults_of_what_it_lacks(
    topic: str, kind: type, path: Path
) -> None:
    fields = unpacked(topic, path)
    optional = [f for f in msgspec.structs.fields(kind) if not f.required and f.name in fields]
    older = packed(topic, {name: fields[name] for name in fields if name not in {f.encode_name for f in optional}})
    message = DECODERS[topic](older)
    assert optional and all(
        getattr(message, f.name) == f.default for f in optional if f.default is not msgspec.NODEFAULT
    )


@pytest.mark.parametrize(("topic", "kind", "path"), CASES)
def test_a_message_of_a_version_that_is_not_known_is_named_as_that(topic: str, kind: type, path: Path) -> None:
    with pytest.raises(UnknownVersion):
        DECODERS[topic](packed(topic, {**unpacked(topic, path), "v": 2}))
