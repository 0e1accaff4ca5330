"""Marks of a second reader, applied to what was written."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from tonewatch.models.reasons.written.collect import WRITTEN_FILE, collect
from tonewatch.models.reasons.written.validate import records_in
from tonewatch.models.reasons.written.written_moment import Writing
from tonewatch.stream.errors import SettingsError

from .test_collect import moment
from .test_validate import RIGHT

BETTER = RIGHT.text.replace("Sure;", "Fairly sure;")
MARKS: list[dict[str, object]] = [
    {"id": "t1", "mark": "ok"},
    {"id": "t2", "mark": "fix", "why": "too sure", "fixed": {"text": BETTER, "confidence": 0.7}},
    {"id": "t3", "mark": "drop", "why": "thin"},
    {"id": "t4", "mark": "fix", "why": "pitch", "fixed": {"text": RIGHT.text.replace("louder", "quieter")}},
    {"id": "t5", "mark": "ok", "read_by": "a person"},
]


def folder(path: Path, marks: list[dict[str, object]]) -> Path:
    for name in ("moments", "written", "read"):
        (path / name).mkdir()
    ids = [f"t{number}" for number in range(1, 7)]
    (path / "moments" / "train_00.jsonl").write_bytes(b"\n".join(msgspec.json.encode(moment(name)) for name in ids))
    written = (msgspec.structs.replace(RIGHT, id=name, read_by="a person") for name in ids)
    (path / "written" / "train_00.jsonl").write_bytes(b"\n".join(msgspec.json.encode(one) for one in written))
    (path / "read" / "train_00.jsonl").write_text("\n".join(json.dumps(mark) for mark in marks))
    return path


def kept(path: Path, told: list[str], *, unread: bool = False) -> dict[str, Writing]:
    collect(path / "moments", path / "written", path / "out", told.append, read=path / "read", unread=unread)
    return {record.id: record for record in records_in([path / "out" / WRITTEN_FILE])}


def test_what_is_ok_is_kept_a_fix_is_applied_and_checked_and_the_rest_is_left_out(tmp_path: Path) -> None:
    told: list[str] = []
    found = kept(folder(tmp_path, MARKS), told)
    assert {name: record.read_by for name, record in found.items()} == {
        "t1": "a language model", "t2": "a language model", "t5": "a person",
    }  # fmt: skip
    assert (found["t2"].text, found["t2"].confidence, found["t2"].think) == (BETTER, 0.7, RIGHT.think)
    assert "2 ok, 2 fixed (1 of them with a fault, left out), 1 dropped, 1 unread (left out)" in told
    assert any('t4: the fix: "quieter" is false' in line for line in told)
    assert "read by a language model: 2, a person: 1" in told


def test_what_nobody_read_is_kept_as_such_where_that_is_asked_for(tmp_path: Path) -> None:
    told: list[str] = []
    found = kept(folder(tmp_path, MARKS), told, unread=True)
    assert found["t6"].read_by == ""
    assert any("1 unread (kept)" in line for line in told)


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ({"id": "t9", "mark": "ok"}, "nothing of this id was written"),
        ({"id": "t1", "mark": "ok"}, "marked twice"),
        ({"id": "t6", "mark": "fine"}, "no record of the form"),
        ({"id": "t6", "mark": "fix", "why": "short", "fixed": {"words": []}}, "no record of the form"),
        ({"id": "t6", "mark": "fix", "why": "short"}, "a fix has the fields that change"),
        ({"id": "t6", "mark": "ok", "fixed": {"text": BETTER}}, "another mark has none"),
        ({"id": "t6", "mark": "drop"}, "drop without why"),
    ],
)
def test_a_mark_that_marks_nothing_ends_the_collection_with_file_line_and_remedy(
    tmp_path: Path, mark: dict[str, object], told: str
) -> None:
    with pytest.raises(SettingsError, match=rf"train_00\.jsonl:6: .*{told}"):
        kept(folder(tmp_path, [*MARKS, mark]), [])


def test_a_folder_without_marks_is_told_and_not_taken_for_nobody_read(tmp_path: Path) -> None:
    (folder(tmp_path, MARKS) / "read" / "train_00.jsonl").rename(tmp_path / "read" / "train_01.jsonl")
    with pytest.raises(SettingsError, match="holds no marks of these files"):
        kept(tmp_path, [], unread=True)


def test_what_was_collected_before_there_were_readers_stays(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("first", "second"))
    for one in (first, second):
        one.mkdir()
        folder(one, MARKS)
    collect(first / "moments", first / "written", first / "out", lambda _: None)
    old = records_in([first / "out" / WRITTEN_FILE])
    assert len(old) == 6
    args = (second / "moments", second / "written", second / "out")
    collect(*args, lambda _: None, before=first / "out", read=second / "read")
    # Of what was marked anew, drops and faulty fixes are gone; what nobody marked stays as it was collected.
    found = {record.id: record.text for record in records_in([second / "out" / WRITTEN_FILE])}
    assert found == {"t1": RIGHT.text, "t2": BETTER, "t5": RIGHT.text, "t6": RIGHT.text}
