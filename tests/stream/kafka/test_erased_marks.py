"""Which letters are of calls that are gone; `tests/integration/test_erasure.py` replays some through a broker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tonewatch.stream.call_hash import erased_id, hash_of
from tonewatch.stream.codec import encode
from tonewatch.stream.erased_calls import mark
from tonewatch.stream.kafka.dead_letters import DeadLetter, read_letter
from tonewatch.stream.kafka.erased_marks import _gone, without_gone
from tonewatch.stream.messages import CallClock
from tonewatch.stream.topics import CALLS, CLOCKS, DELIVERIES

from ...conftest import FakeRecord

DELIVERY = (Path(__file__).parents[1] / "golden" / "delivery.json").read_bytes()


def letter(topic: str, key: bytes, value: bytes) -> DeadLetter:
    return replace(read_letter(FakeRecord(f"{topic}.dlq", 0, 0, value, key=key)), key=key)


def test_letters_of_calls_that_are_gone_are_found_by_their_keys_and_those_of_deliveries_by_what_they_tell() -> None:
    letters = [letter(CALLS.name, b"c-1", b"x"), letter(CALLS.name, b"c-2", b"x"), letter(CALLS.name, b"\xff", b"x")]
    told = [letter(DELIVERIES.name, b"d", DELIVERY), letter(DELIVERIES.name, b"c-1", b"{")]
    assert without_gone([*letters, *told], frozenset({hash_of("c-1")})) == [*letters[1:], told[1]]
    assert without_gone([*letters, *told], frozenset()) == [*letters, *told]


@pytest.mark.parametrize(
    ("topic", "key", "value", "gone"),
    [
        (CLOCKS.name, erased_id("c"), encode(CallClock(call_id=erased_id("c"), withdrawn=True)), True),
        (CLOCKS.name, "c", encode(CallClock(call_id="c", withdrawn=True)), True),
        (CLOCKS.name, "c", encode(CallClock(call_id="c")), False),
        (CLOCKS.name, "c", b"{", False),
        (CLOCKS.name, "c", None, False),
        (DELIVERIES.name, erased_id("c"), encode(mark("c", 1)), True),
        (DELIVERIES.name, "erased:c", b"{}", False),
        (DELIVERIES.name, "d", DELIVERY, False),
    ],
)
def test_marks_and_withdrawn_clocks_name_a_call_that_is_gone(
    topic: str, key: str, value: bytes | None, gone: bool
) -> None:
    assert (_gone(topic, key.encode(), value) == hash_of("c")) == gone
