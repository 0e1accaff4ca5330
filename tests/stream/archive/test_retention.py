"""Calls are taken out of the archive whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.measured import HeardRow, ToneRow
from tonewatch.stream.archive.retention import Removed, Retention
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import Alert, CallClosed, CallOpened, Moment, Rationale, Verdict, Words

from .test_store import Body

HOUR_MS = 3_600_000


class Shelf:
    """One archive with its folder, to be filled with calls of every kind of row."""

    def __init__(self, url: str, folder: Path) -> None:
        self.archive = Archive(connect(url))
        self.folder = folder
        self.clips = Folder(folder)
        self.retention = Retention(self.archive, self.clips)

    def count(self) -> dict[str, int]:
        with self.archive.transaction() as db:
            tables = schema.metadata.tables.items()
            return {
                name: db.scalar(select(func.count()).select_from(table)) or 0
                for name, table in tables
                if table is not schema.marks
            }


@pytest.fixture
def shelf(database: str, tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(database, tmp_path / "audio")
    yield shelf
    shelf.archive.close()


@pytest.fixture
def messages(alert: Alert, moment: Moment, rationale: Rationale, verdict: Verdict, words: Words) -> list[Alert]:
    return [alert, moment, rationale, verdict, words]  # type: ignore[list-item]


def fill(shelf: Shelf, call_id: str, ended_at_ms: int, messages: list[Alert], body: Body) -> None:
    """A call with a row in every table, and a file that a row names beside one that none does."""
    shelf.archive.write(CallOpened(call_id=call_id, notice_given=True), "", 1)
    path = shelf.clips.write(call_id, f"{call_id}/0/1", ".wav", b"sound")
    shelf.clips.write(call_id, "left over", ".wav", b"sound")
    row = AudioRow(f"{call_id}/0/1", call_id, 1, 2, "kept", path=path)
    for message in messages:
        names = {
            name: f"{call_id}/{getattr(message, name)}"
            for name in ("alert_id", "moment_id", "verdict_id", "segment_id")
            if hasattr(message, name)
        }
        own = msgspec.structs.replace(message, call_id=call_id, **names)
        shelf.archive.write(own, body(own), 1, [row] if isinstance(message, Alert) else [])
    shelf.archive.write_measured([HeardRow(call_id, 1, "{}"), ToneRow(f"{call_id}/1", call_id, 1, 2, 0.1, 0.1, "")], 1)
    closed = CallClosed(call_id=call_id, reason="ended", duration_ms=1)
    shelf.archive.write(closed, body(closed), ended_at_ms)


def test_a_call_that_ended_too_long_ago_leaves_no_row_and_no_file(
    shelf: Shelf, messages: list[Alert], body: Body
) -> None:
    fill(shelf, "new", 2 * HOUR_MS, messages, body)
    shelf.archive.write_audit(0, 0, 1, b'{"call_id": "old"}')
    one_call = shelf.count()
    assert 0 not in one_call.values()
    fill(shelf, "old", HOUR_MS, messages, body)
    assert shelf.retention.due(2 * HOUR_MS) == 1
    assert shelf.retention.prune(2 * HOUR_MS) == Removed(calls=1, files=2)
    assert shelf.count() == one_call
    assert len(list(shelf.folder.iterdir())) == 1
    assert shelf.retention.prune(2 * HOUR_MS) == Removed()


def test_a_call_whose_end_never_came_is_as_old_as_what_was_first_heard_of_it(
    shelf: Shelf, moment: Moment, body: Body
) -> None:
    shelf.archive.write(moment, body(moment), HOUR_MS)
    assert [shelf.retention.due(HOUR_MS), shelf.retention.due(HOUR_MS + 1)] == [0, 1]


def test_where_the_sound_cannot_be_taken_away_the_rows_stay_to_try_again(
    shelf: Shelf, messages: list[Alert], body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shelf, "old", 1, messages, body)
    before = shelf.count()

    def refuse(_call_id: str) -> int:
        raise StoreError("read-only")

    with monkeypatch.context() as patched:
        patched.setattr(shelf.clips, "remove_call", refuse)
        with pytest.raises(StoreError):
            shelf.retention.prune(HOUR_MS)
    assert shelf.count() == before
    assert shelf.retention.prune(HOUR_MS).calls == 1


def test_many_calls_go_in_lots_and_each_lot_is_told(shelf: Shelf, moment: Moment, body: Body) -> None:
    for number in range(120):
        one = msgspec.structs.replace(moment, call_id=f"c{number}", moment_id=f"m{number}")
        shelf.archive.write(one, body(one), 1)
    told: list[None] = []
    assert shelf.retention.prune(2, lambda: told.append(None)).calls == 120
    assert len(told) == 3
