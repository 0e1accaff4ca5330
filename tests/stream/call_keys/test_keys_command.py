"""`tonewatch keys make`: the file of master keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.call_keys.keys_command import keys_make
from tonewatch.stream.call_keys.master_keys import read_master_keys
from tonewatch.stream.errors import SettingsError


def test_a_new_file_is_its_owner_s_alone_and_a_second_key_comes_behind_the_first(tmp_path: Path) -> None:
    file = tmp_path / "master"
    keys_make(file)
    first = read_master_keys(str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    keys_make(file)
    both = read_master_keys(str(file))
    assert both.current == first.current and len(both.names) == 2


def test_what_is_no_file_of_master_keys_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    file.write_text("something else")
    with pytest.raises(SettingsError, match="keys make"):
        keys_make(file)
    assert file.read_text() == "something else"
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="cannot be written"):
        keys_make(tmp_path / "link")
