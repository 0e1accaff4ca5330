"""What no message has a place for: who somebody is by the voice. And where an embedding may stand."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tonewatch.stream import messages
from tonewatch.stream.archive import schema
from tonewatch.stream.board.view import CallView
from tonewatch.stream.messages import PastCall, Segment
from tonewatch.stream.messages.common import Message
from tonewatch.stream.tone.state import CallMemory

TRAITS = ("age", "gender", "sex", "male", "female", "ethnic", "accent", "speaker_id", "identity", "health")
"""No word of a field's name: `language` is told by the recogniser and named by the call, and is none of them."""

ALL = sorted(
    {one for one in vars(messages).values() if isinstance(one, type) and issubclass(one, msgspec.Struct)},
    key=lambda one: one.__name__,
)


def fields(kind: Any, seen: set[Any] | None = None) -> Iterator[str]:
    """Names of all fields of a struct and of those within it."""
    seen = set() if seen is None else seen
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        for name, inner in typing.get_type_hints(kind).items():
            if name.startswith("__"):
                continue
            yield name
            yield from fields(inner, seen)
    for inner in typing.get_args(kind):
        yield from fields(inner, seen)


@pytest.mark.parametrize("kind", [*ALL, CallView, CallMemory], ids=lambda kind: kind.__name__)
def test_age_and_gender_have_no_place_in_any_message_view_or_memory(kind: type) -> None:
    assert [name for name in fields(kind) if set(name.split("_")) & set(TRAITS)] == []


def test_the_contract_has_messages_at_all() -> None:
    assert sum(issubclass(kind, Message) for kind in ALL) > 15


def test_an_embedding_is_part_of_a_segment_and_of_an_earlier_call_and_of_nothing_else_that_is_written() -> None:
    holding = {kind for kind in ALL if issubclass(kind, Message) and "embedding" in set(fields(kind))}
    assert holding == {Segment, PastCall}
    assert "embedding" not in set(fields(CallView))
    assert [column for table in schema.metadata.sorted_tables for column in table.c if "embedding" in column.name] == []
