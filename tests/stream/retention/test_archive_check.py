from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.codec import decode_alert
from tonewatch.stream.errors import StoreError
from tonewatch.stream.retention.archive_check import DAY_MS, audio_files, wrong_files, wrong_rows

ALERT = (Path(__file__).parents[1] / "golden" / "alert.json").read_text()
FIRST_MS = 1_790_000_000_000


def test_a_call_is_too_old_when_its_days_and_one_more_are_over(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    Archive(connect(url)).write(decode_alert(ALERT.encode()), ALERT, FIRST_MS)
    engine = connect(url)
    assert wrong_rows(engine, 30, FIRST_MS + 31 * DAY_MS) == []
    assert wrong_rows(engine, 30, FIRST_MS + 31 * DAY_MS + 1) == ["1 calls are older than 30 days"]
    assert wrong_rows(engine, 0, FIRST_MS + 9999 * DAY_MS) == []


def test_an_archive_that_is_not_there_yet_holds_nothing_and_one_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    assert wrong_rows(create_engine(f"sqlite:///{tmp_path / 'new.db'}"), 1, FIRST_MS) == []
    with pytest.raises(StoreError):
        wrong_rows(create_engine(f"sqlite:///{tmp_path / 'no' / 'a.db'}"), 1, FIRST_MS)


def test_files_that_others_may_read_links_and_old_audio_are_told(tmp_path: Path) -> None:
    private, public = tmp_path / "c" / "a.wav", tmp_path / "c" / "b.wav"
    private.parent.mkdir()
    private.touch(mode=0o600)
    os.utime(private, (0, 0))
    public.touch()
    public.chmod(0o644)
    (tmp_path / "link").symlink_to(public)
    files = audio_files(tmp_path)
    assert wrong_files(files, 0, 10 * DAY_MS) == ["1 files are symbolic links", "1 files can be read by others"]
    assert wrong_files([private], 5, 10 * DAY_MS) == ["1 files are over 5 days old"]
    assert wrong_files([], 5, 10 * DAY_MS) == []
