"""What the topic of keys says, whatever the order in which its records come."""

from __future__ import annotations

import itertools

import pytest

from tonewatch.stream.call_keys.counts import SEALED_RECORDS
from tonewatch.stream.call_keys.key_index import (
    SHREDDED,
    USED_FOR_MS,
    Held,
    KeyIndex,
    key_record,
    mark_key,
    record_key,
)
from tonewatch.stream.call_keys.master_keys import MasterKeys
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import BadRecord, SettingsError
from tonewatch.stream.messages import CallKey, CallShredded
from tonewatch.stream.topics import KEYS

MASTERS = MasterKeys([b"m" * 32])
CALL, FIRST, SECOND = b"team/c-1", b"11111111", b"22222222"
NOW = 1_789_000_000_000
MARK = (mark_key(CALL), encode(CallShredded(call_id=CALL.decode(), at_ms=NOW)))

Record = tuple[bytes, bytes | None]


def made(key_id: bytes, at_ms: int = NOW) -> Record:
    return record_key(CALL, key_id), key_record(MASTERS, CALL, key_id, key_id * 4, at_ms)


def index_of(*records: Record, masters: MasterKeys | None = MASTERS) -> KeyIndex:
    index = KeyIndex(masters)
    for key, value in records:
        index.apply(key, value)
    return index


def test_a_writer_takes_the_newest_key_and_a_reader_any() -> None:
    index = index_of(made(SECOND, NOW + 1), made(FIRST))
    held = index.to_seal(CALL, NOW)
    assert isinstance(held, Held) and held.key_id == SECOND
    assert None not in (index.to_open(CALL, FIRST), index.to_open(CALL, SECOND))
    assert index.to_open(CALL, b"33333333") is None and index.to_seal(b"c-2", NOW) is None


def test_a_key_that_is_too_old_opens_and_seals_no_more() -> None:
    index = index_of(made(FIRST))
    assert index.to_seal(CALL, NOW + USED_FOR_MS) is not None
    assert index.to_seal(CALL, NOW + USED_FOR_MS + 1) is None
    assert index.to_open(CALL, FIRST) is not None


@pytest.mark.parametrize("order", list(itertools.permutations([made(FIRST), made(SECOND), MARK])))
def test_a_marked_call_has_no_key_wherever_the_mark_lies_among_them(order: tuple[Record, ...]) -> None:
    index = index_of(*order)
    assert index.to_seal(CALL, NOW) is SHREDDED
    assert index.to_open(CALL, FIRST) is SHREDDED
    assert index.voided(CALL) == [FIRST, SECOND]
    for key_id in (FIRST, SECOND):
        index.apply(record_key(CALL, key_id), None)
    assert index.voided(CALL) == [] and index.shredded_with_keys() == []
    assert (index.to_open(CALL, FIRST), index.shredded_at_ms(CALL), len(index)) == (SHREDDED, NOW, 0)


def test_a_second_mark_does_not_move_the_time_of_the_first() -> None:
    later = encode(CallShredded(call_id=CALL.decode(), at_ms=NOW + 5))
    assert index_of(MARK, (MARK[0], later)).shredded_at_ms(CALL) == NOW


def test_a_key_that_was_destroyed_is_forgotten_though_it_was_just_used() -> None:
    index = index_of(made(FIRST))
    assert index.to_open(CALL, FIRST) is not None
    index.apply(record_key(CALL, FIRST), None)
    assert index.to_open(CALL, FIRST) is None and not index.has_keys(CALL)


def test_keys_under_another_master_key_are_wrapped_again_and_still_open() -> None:
    both = MasterKeys([b"n" * 32, b"m" * 32])
    index = index_of(made(FIRST), made(SECOND), masters=both)
    again = list(index.rewrapped())
    assert index.masters() == {MASTERS.current: 2} and len(again) == 2
    alone = index_of(*((key, value) for _, key, value in again), masters=MasterKeys([b"n" * 32]))
    assert alone.to_open(CALL, FIRST) is not None
    assert list(alone.rewrapped()) == []
    (name,) = alone.masters()
    other = index_of(*((key, value) for _, key, value in again))
    assert (other.unheld(), alone.unheld()) == ({name: 2}, {})
    with pytest.raises(SettingsError, match=name):
        other.to_open(CALL, FIRST)


def test_what_the_topic_has_let_go_is_forgotten_too() -> None:
    index = KeyIndex(MASTERS)
    for written_at_ms, (key, value) in (
        (NOW, made(FIRST)),
        (NOW + 1, made(SECOND)),
        (NOW, (mark_key(b"c-2"), MARK[1])),
    ):
        index.apply(key, value, written_at_ms)
    index.prune(NOW + 1)
    assert (index.to_open(CALL, FIRST), index.holds(CALL, SECOND), index.shredded) == (None, True, 0)
    index.prune(NOW + 2)
    assert len(index) == 0


def forged(key_id: bytes, master: str = MASTERS.current, wrapped: bytes = b"x" * 60, at_ms: int = NOW) -> Record:
    """Of somebody who may write to the topic and has no master key."""
    made = CallKey(call_id=CALL.decode(), key_id=key_id.hex(), master_id=master, wrapped=wrapped, made_at_ms=at_ms)
    return record_key(CALL, key_id), encode(made)


def sealed_with(index: KeyIndex) -> bytes | None:
    held = index.to_seal(CALL, NOW)
    return held.key_id if isinstance(held, Held) else None


@pytest.mark.parametrize("master", [MASTERS.current, "deadbeef0000"])
@pytest.mark.parametrize("wrapped", [b"x" * 60, b""])
def test_a_newer_key_that_nobody_of_ours_wrapped_is_not_sealed_with(master: str, wrapped: bytes) -> None:
    index = index_of(made(FIRST), forged(SECOND, master, wrapped, NOW + 10**12))
    assert sealed_with(index) == FIRST
    assert index_of(forged(SECOND, master, wrapped)).to_seal(CALL, NOW) is None


@pytest.mark.parametrize("master", [MASTERS.current, "deadbeef0000"])
def test_garbage_over_a_key_takes_its_place_neither_at_once_nor_later(master: str) -> None:
    index = index_of(made(FIRST), *[forged(FIRST, master)] * 3)
    assert index.to_open(CALL, FIRST) is not None and sealed_with(index) == FIRST
    assert [key for _, key, _ in index.rewrapped()] == [record_key(CALL, FIRST)]
    for _, key, value in list(index.rewrapped()):
        index.apply(key, value)
    assert list(index.rewrapped()) == []


def test_garbage_over_a_key_whose_master_comes_later_does_not_destroy_it() -> None:
    new = MasterKeys([b"n" * 32])
    file = [b"m" * 32]
    masters = MasterKeys(file, lambda: file)
    index = KeyIndex(masters)
    under_new = record_key(CALL, FIRST), key_record(new, CALL, FIRST, b"k" * 32, NOW)
    for key, value in (under_new, forged(FIRST, MASTERS.current)):
        index.apply(key, value)
    file.append(b"n" * 32)
    assert index.to_open(CALL, FIRST) is not None


def test_a_record_that_says_an_old_time_shortens_no_key_s_life() -> None:
    index = KeyIndex(MASTERS)
    key, value = made(FIRST)
    index.apply(key, value, NOW)
    index.apply(*forged(FIRST), 5)
    index.prune(NOW - 1)
    assert index.to_open(CALL, FIRST) is not None


def test_garbage_alone_opens_nothing_and_is_counted_once() -> None:
    before = SEALED_RECORDS.labels(topic=KEYS.name, outcome="broken")._value.get()
    index = index_of(forged(FIRST))
    assert [index.to_open(CALL, FIRST) for _ in range(2)] == [None, None]
    assert SEALED_RECORDS.labels(topic=KEYS.name, outcome="broken")._value.get() - before == 1
    assert index.unheld() == {} == index.masters()


def test_a_mark_is_not_taken_back_and_a_copied_key_is_void_under_it() -> None:
    index = index_of(made(FIRST), MARK, (record_key(CALL, FIRST), None), (MARK[0], None), made(FIRST))
    assert index.to_open(CALL, FIRST) is SHREDDED and index.to_seal(CALL, NOW) is SHREDDED


def test_a_mark_that_says_another_time_than_kafka_is_kept_by_kafka_s() -> None:
    index = KeyIndex(MASTERS)
    index.apply(MARK[0], encode(CallShredded(call_id=CALL.decode(), at_ms=0)), NOW)
    index.prune(NOW)
    assert (index.to_seal(CALL, NOW), index.shredded_at_ms(CALL)) == (SHREDDED, NOW)
    index.apply(MARK[0], MARK[1], NOW + 7)
    index.prune(NOW + 7)
    assert (index.to_seal(CALL, NOW), index.shredded_at_ms(CALL)) == (SHREDDED, NOW)


def test_a_key_that_says_it_is_made_later_than_it_was_written_is_used_no_longer() -> None:
    index = KeyIndex(MASTERS)
    index.apply(*made(FIRST, NOW + 10 * USED_FOR_MS), NOW)
    assert index.to_seal(CALL, NOW + USED_FOR_MS + 1) is None


def test_who_destroys_keys_needs_no_master_key_and_can_use_none() -> None:
    index = index_of(made(FIRST), masters=None)
    with pytest.raises(SettingsError, match="MASTER_KEY_FILE"):
        index.to_open(CALL, FIRST)
    index.apply(*MARK)
    assert index.voided(CALL) == [FIRST]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"c/zz", b"{}"),
        (b"c/1234", b"{}"),
        (b"c", b"{}"),
        (b"", None),
        (b"c/" + b"0" * 16, b"{}"),
        (b"c/shredded", b"{}"),
    ],
)
def test_a_record_that_is_none_is_told(key: bytes, value: bytes | None) -> None:
    with pytest.raises(BadRecord):
        KeyIndex(MASTERS).apply(key, value)


def test_a_mark_in_the_place_of_a_key_and_a_key_in_the_place_of_a_mark_are_none() -> None:
    for key, value in ((record_key(CALL, FIRST), MARK[1]), (mark_key(CALL), made(FIRST)[1])):
        with pytest.raises(BadRecord):
            KeyIndex(MASTERS).apply(key, value)
