from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tonewatch.stream.archive.folder import Folder, safe_name
from tonewatch.stream.errors import StoreError

IDENTIFIERS = st.text(max_size=400) | st.text(alphabet="aA./\\ :0-_~\0", max_size=20)


@given(IDENTIFIERS)
def test_a_name_is_one_short_plain_part_of_a_path(identifier: str) -> None:
    name = safe_name(identifier)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]*", name)
    assert len(name) <= 80
    assert Path(name).name == name


@given(IDENTIFIERS, IDENTIFIERS)
def test_two_identifiers_never_share_a_name(one: str, other: str) -> None:
    assume(one != other)
    assert safe_name(one).casefold() != safe_name(other).casefold()


def test_slashes_and_case_do_not_make_two_identifiers_one() -> None:
    assert len({safe_name(text) for text in ("a/b", "a-b", "A/b", "a\\b", "../a/b", "a/b ")}) == 6


def test_a_file_lies_under_its_call_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "new" / "audio")
    path = folder.write("../../call", "../../call/0/400", ".wav", b"one")
    assert folder.write("../../call", "../../call/0/400", ".wav", b"two") == path
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files == [tmp_path / "new" / "audio" / path]
    assert files[0].read_bytes() == b"two"
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new" / "audio").stat().st_mode & 0o777 == 0o700
    assert files[0].parent.stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_place_of_a_call_s_folder_or_of_the_whole_is_refused(tmp_path: Path) -> None:
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "audio"
    elsewhere.mkdir()
    root.mkdir()
    (root / safe_name("c")).symlink_to(elsewhere)
    (tmp_path / "linked").symlink_to(elsewhere)
    for folder in (Folder(root), Folder(tmp_path / "linked")):
        with pytest.raises(StoreError, match="symbolic link"):
            folder.write("c", "c/0/0", ".wav", b"x")
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    folder, victim = Folder(tmp_path / "audio"), tmp_path / "victim"
    path = tmp_path / "audio" / folder.write("c", "c/0/0", ".wav", b"x")
    victim.write_bytes(b"mine")
    path.unlink()
    path.symlink_to(victim)
    folder.write("c", "c/0/0", ".wav", b"voice")
    assert (victim.read_bytes(), path.is_symlink(), path.read_bytes()) == (b"mine", False, b"voice")


def test_a_folder_that_cannot_be_written_is_said_and_heals(tmp_path: Path) -> None:
    in_the_way = tmp_path / "audio"
    in_the_way.write_bytes(b"")
    folder = Folder(in_the_way)
    with pytest.raises(StoreError, match="TONEWATCH_STORE"):
        folder.write("c", "c/0/0", ".wav", b"x")
    in_the_way.unlink()
    assert (in_the_way / folder.write("c", "c/0/0", ".wav", b"x")).read_bytes() == b"x"


def test_a_failed_write_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    taken = tmp_path / safe_name("c") / (safe_name("c/0/0") + ".wav")
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(StoreError):
        folder.write("c", "c/0/0", ".wav", b"x")
    assert list(taken.parent.iterdir()) == [taken]
