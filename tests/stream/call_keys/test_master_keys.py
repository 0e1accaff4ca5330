"""The file of master keys, and what it wraps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.call_keys.master_keys import MasterKeys, master_id, new_master_key, read_master_keys
from tonewatch.stream.errors import SettingsError, Undecodable

KEY, CALL, ID = b"d" * 32, b"c-1", b"12345678"


def test_the_first_line_wraps_and_every_line_unwraps(tmp_path: Path) -> None:
    file = tmp_path / "master"
    former, now = new_master_key(), new_master_key()
    file.write_text(former + "\n")
    before = read_master_keys(str(file))
    wrapped = before.wrap(KEY, CALL, ID)
    assert len(wrapped) == 60 and KEY not in wrapped
    file.write_text(f"{now}\n{former}\n")
    masters = read_master_keys(str(file))
    assert masters.current != before.current
    assert masters.unwrap(before.current, wrapped, CALL, ID) == KEY


def test_a_master_key_that_was_added_to_the_file_is_found_when_it_is_met(tmp_path: Path) -> None:
    file = tmp_path / "master"
    former, now = new_master_key(), new_master_key()
    file.write_text(former + "\n")
    running = read_master_keys(str(file))
    file.write_text(f"{now}\n{former}\n")
    writer = read_master_keys(str(file))
    assert running.current != writer.current
    assert running.unwrap(writer.current, writer.wrap(KEY, CALL, ID), CALL, ID) == KEY
    assert running.current == writer.current


def test_a_missing_master_key_is_named_with_the_file_to_put_it_into() -> None:
    held = MasterKeys([b"a" * 32])
    with pytest.raises(SettingsError) as refused:
        held.unwrap(master_id(b"b" * 32), bytes(60), CALL, ID)
    for told in (master_id(b"b" * 32), held.current, "TONEWATCH_MASTER_KEY_FILE", "keys rotate"):
        assert told in str(refused.value)


@pytest.mark.parametrize(("call", "key_id"), [(b"c-2", ID), (CALL, b"87654321")])
def test_a_wrapped_key_serves_no_other_call(call: bytes, key_id: bytes) -> None:
    held = MasterKeys([b"a" * 32])
    with pytest.raises(Undecodable, match="changed"):
        held.unwrap(held.current, held.wrap(KEY, CALL, ID), call, key_id)


@pytest.mark.parametrize("content", ["short", "a" * 44, "", "not base64 !\n"])
def test_a_file_that_holds_no_key_is_refused_and_its_content_not_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "master"
    file.write_text(content)
    with pytest.raises(SettingsError, match="TONEWATCH_MASTER_KEY_FILE") as refused:
        read_master_keys(str(file))
    assert not content.strip() or content.strip() not in str(refused.value)


def test_no_file_is_an_error_that_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match="tonewatch keys make"):
        read_master_keys("")
