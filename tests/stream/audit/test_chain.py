"""Records that name the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.audit.chain import Chain, digest, is_sealed_by, key_id, read_key
from tonewatch.stream.codec import decode_access
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Access

KEY = b"k" * 32


def access(by: str = "Ada") -> Access:
    return Access(call_id="c", access_id="1", kind="looked", by=by)


def test_each_record_carries_its_number_and_the_hash_of_the_one_before() -> None:
    chain = Chain("w")
    first, second = chain.link(access()), chain.link(access())
    assert (decode_access(first).seq, decode_access(first).previous) == (0, "")
    assert (decode_access(second).seq, decode_access(second).previous) == (1, digest(first))


def test_two_writers_have_names_of_their_own() -> None:
    assert Chain().writer != Chain().writer


def test_a_seal_holds_for_the_bytes_it_was_made_over_and_for_no_other() -> None:
    value = Chain("w", KEY).link(access())
    seal = decode_access(value).seal
    assert is_sealed_by(value, seal, KEY)
    assert not is_sealed_by(value.replace(b"Ada", b"Eve"), seal, KEY)
    assert not is_sealed_by(value, seal, b"x" * 32)
    assert not is_sealed_by(value, "", KEY)


def test_a_record_says_how_many_before_it_may_not_have_arrived() -> None:
    chain = Chain("w")
    chain.link(access())
    chain.acknowledged()
    chain.link(access())
    chain.lose()
    told = decode_access(chain.link(access()))
    assert (told.unacknowledged, told.lost) == (1, 1)
    chain.acknowledged()
    told = decode_access(chain.link(access()))
    assert (told.unacknowledged, told.lost) == (0, 0)


def test_a_key_is_known_by_an_id_that_does_not_tell_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("k" * 32 + "\n")
    assert read_key(str(file)) == KEY
    assert key_id(KEY) != key_id(b"x" * 32) and len(key_id(KEY)) == 12
    assert (read_key(""), key_id(b"")) == (b"", "")


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("short")
    with pytest.raises(SettingsError, match="TONEWATCH_AUDIT_KEY_FILE"):
        read_key(str(file))
