"""Bytes of anybody's, given to every decoder of a topic: each is a message, or refused as a bad record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.stream import codec
from tonewatch.stream.audit.record import Record
from tonewatch.stream.audit.verify import verify
from tonewatch.stream.errors import BadRecord

GOLDEN = Path(__file__).parent / "golden"
DECODERS = {name: getattr(codec, name) for name in dir(codec) if name.startswith("decode_")}
SEEDS = [file.read_bytes().strip() for file in sorted(GOLDEN.glob("*.json"))]


@st.composite
def spoilt(draw: Any) -> bytes:
    """A message with some bytes altered, cut off, or put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["flip", "cut", "insert"])):
            case "flip" if data:
                data[at] ^= draw(st.integers(1, 255))
            case "cut":
                del data[at:]
            case _:
                data[at:at] = draw(st.binary(max_size=8))
    return bytes(data)


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=40)
@given(data=st.one_of(st.binary(max_size=200), spoilt()))
def test_a_decoder_answers_or_refuses_and_raises_nothing_else(name: str, data: bytes) -> None:
    try:
        DECODERS[name](data)
    except BadRecord as error:
        assert error.reason


@settings(max_examples=40)
@given(values=st.lists(st.one_of(st.binary(max_size=60), spoilt()), max_size=6))
def test_the_check_of_the_audit_tells_of_bytes_that_are_none_and_raises_nothing(values: list[bytes]) -> None:
    records = [Record(0, offset, value) for offset, value in enumerate(values)]
    assert verify(records, b"k" * 32).records == len(values)
