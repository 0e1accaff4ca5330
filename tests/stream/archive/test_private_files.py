"""The archive's database is its owner's alone, and is no link to another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.archive.private_files import make_database, make_folder
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.errors import StoreError


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_database_is_made_for_its_owner_alone_and_one_that_lay_open_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "tonewatch.db"
    Archive(connect(f"sqlite:///{file}")).open()
    assert mode(file) == 0o600
    file.chmod(0o644)
    Archive(connect(f"sqlite:///{file}")).open()
    assert mode(file) == 0o600


@pytest.mark.parametrize("suffix", ["", "-journal", "-wal"])
def test_a_link_in_the_place_of_a_database_or_of_what_lies_beside_it_is_refused(tmp_path: Path, suffix: str) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"")
    (tmp_path / f"tonewatch.db{suffix}").symlink_to(victim)
    archive = Archive(connect(f"sqlite:///{tmp_path / 'tonewatch.db'}"))
    with pytest.raises(StoreError, match="symbolic link"):
        archive.open()
    assert victim.read_bytes() == b""


def test_a_folder_of_a_database_that_is_missing_is_not_made(tmp_path: Path) -> None:
    make_database(tmp_path / "missing" / "tonewatch.db")
    assert not (tmp_path / "missing").exists()


def test_folders_that_are_there_keep_their_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    made = make_folder(tmp_path, "one", "two")
    assert (mode(tmp_path), mode(made.parent), mode(made)) == (0o755, 0o700, 0o700)
