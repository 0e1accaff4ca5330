"""A sealed record: its bytes, and what becomes of one that was changed or moved."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream import codec
from tonewatch.stream.call_keys.envelope import (
    OVERHEAD_BYTES,
    SHREDDED_RECORD,
    is_empty,
    is_sealed,
    key_id_of,
    open_value,
    seal,
)
from tonewatch.stream.errors import Undecodable

CIPHER, ID = AESGCM(bytes(32)), b"12345678"
TOPIC, CALL = "tonewatch.segments.v1", b"c-1"


@given(st.binary(min_size=1, max_size=4000), st.booleans())
def test_what_was_sealed_comes_out_as_it_went_in(value: bytes, deflate: bool) -> None:
    sealed = seal(CIPHER, ID, TOPIC, CALL, value, deflate=deflate)
    assert is_sealed(sealed) and not is_empty(sealed) and key_id_of(sealed) == ID
    assert open_value(CIPHER, TOPIC, CALL, sealed) == value
    assert len(sealed) <= len(value) + OVERHEAD_BYTES


def test_json_is_packed_before_it_is_sealed_and_noise_is_not() -> None:
    said, noise = b'{"text":"the same again"}' * 40, os.urandom(1000)
    assert len(seal(CIPHER, ID, TOPIC, CALL, said, deflate=True)) < len(said) / 5
    assert len(seal(CIPHER, ID, TOPIC, CALL, noise, deflate=True)) == len(noise) + OVERHEAD_BYTES


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert len({seal(CIPHER, ID, TOPIC, CALL, b"yes", deflate=False) for _ in range(100)}) == 100


@pytest.mark.parametrize(("topic", "call"), [("tonewatch.tone.v1", CALL), (TOPIC, b"c-2"), (TOPIC + ".dlq", CALL)])
def test_a_record_that_was_moved_to_another_topic_or_call_is_refused(topic: str, call: bytes) -> None:
    sealed = seal(CIPHER, ID, TOPIC, CALL, b"said", deflate=False)
    with pytest.raises(Undecodable) as refused:
        open_value(CIPHER, topic, call, sealed)
    assert refused.value.reason == "seal_broken"


def test_no_byte_of_a_sealed_record_can_be_changed_and_none_left_out() -> None:
    sealed = seal(CIPHER, ID, TOPIC, CALL, b"said", deflate=False)
    for at in range(4, len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(Undecodable):
            open_value(CIPHER, TOPIC, CALL, bytes(changed))
        with pytest.raises(Undecodable):
            open_value(CIPHER, TOPIC, CALL, sealed[:at])


def test_a_packed_record_is_unpacked_no_further_than_any_is_read() -> None:
    bomb = seal(CIPHER, ID, TOPIC, CALL, bytes(50_000_000), deflate=True)
    with pytest.raises(Undecodable, match="at most"):
        codec.decode_segment(open_value(CIPHER, TOPIC, CALL, bomb))


def test_a_reader_without_keys_says_what_to_do_and_no_message_begins_as_a_sealed_record() -> None:
    for decode in (codec.decode_call, codec.decode_segment, codec.decode_alert):
        with pytest.raises(Undecodable, match="TONEWATCH_CALL_KEYS") as refused:
            decode(SHREDDED_RECORD)
        assert refused.value.reason == "sealed"
