from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tonewatch.stream.archive.folder import Folder, safe_name
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.codec import decode_alert, decode_verdict
from tonewatch.stream.erasure.sql_erasure import erase_files, erase_rows, rows_of
from tonewatch.stream.errors import StoreError

GOLDEN = Path(__file__).parents[1] / "golden"


def filled(tmp_path: Path, *calls: str) -> str:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    archive = Archive(connect(url))
    for call_id in calls:
        for name, decode in (("alert", decode_alert), ("verdict", decode_verdict)):
            body = (GOLDEN / f"{name}.json").read_text().replace("c-1", call_id)
            if name == "verdict":
                body = body.replace('"verdict_id":"', f'"verdict_id":"{call_id}-')
            archive.write(decode(body.encode()), body, 1)
    return url


def test_rows_of_a_call_go_from_every_table_and_those_of_others_stay(tmp_path: Path) -> None:
    engine = connect(filled(tmp_path, "gone", "kept"))
    before = rows_of(engine, "gone")
    assert {"calls", "alerts", "alert_states", "evidence", "verdicts"} <= before.keys()
    removed = {one.what.removeprefix("rows of "): one.count for one in erase_rows(engine, "gone") if one.count}
    assert removed == {name: len(rows) for name, rows in before.items()}
    assert rows_of(engine, "gone") == {}
    assert rows_of(engine, "kept").keys() == before.keys()
    assert b"gone" not in (tmp_path / "a.db").read_bytes()
    assert [one.count for one in erase_rows(engine, "gone") if one.count] == []


def test_a_database_without_tables_has_nothing_to_erase(tmp_path: Path) -> None:
    assert erase_rows(create_engine(f"sqlite:///{tmp_path / 'new.db'}"), "c") == []


def test_a_database_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="TONEWATCH_DATABASE"):
        erase_rows(create_engine(f"sqlite:///{tmp_path / 'none' / 'a.db'}"), "c")


def test_the_audio_of_a_call_goes_with_its_folder_and_a_second_time_there_is_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "audio")
    folder.write("gone", "gone/0/0", ".wav", b"x")
    kept = folder.write("kept", "kept/0/0", ".wav", b"x")
    assert [one.count for _ in range(2) for one in erase_files(Folder(tmp_path / "audio"), "gone")] == [1, 0]
    assert (tmp_path / "audio" / kept).exists()
    assert Folder(tmp_path / "nowhere").files_of("gone") == []


def test_a_link_in_the_place_of_a_call_s_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_bytes(b"")
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / safe_name("c")).symlink_to(elsewhere)
    with pytest.raises(StoreError, match="symbolic link"):
        erase_files(Folder(tmp_path / "audio"), "c")
    assert (elsewhere / "mine").exists()
