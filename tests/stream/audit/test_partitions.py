"""Whole chains that were taken out of the table, or put elsewhere: by what it shows, and by what is kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from tonewatch.stream.audit import audit_command
from tonewatch.stream.audit.audit_command import Kept, Lies, read_heads, write_heads
from tonewatch.stream.audit.chain import Chain
from tonewatch.stream.audit.record import Record
from tonewatch.stream.audit.table_and_topic import ARCHIVED_WITHIN_MS, held_against
from tonewatch.stream.audit.verify import Since, verify
from tonewatch.stream.messages import Access

KEY = b"k" * 32
SPANS = {0: range(12), 1: range(3)}
NOW_MS = 10 * ARCHIVED_WITHIN_MS


def chain_of(writer: str, partition: int, first: int, count: int) -> list[Record]:
    """Each record of the second that its offset is."""
    chain, records = Chain(writer, KEY), []
    for offset in range(first, first + count):
        value = chain.link(Access(call_id="c", access_id=f"{writer}{offset}", kind="listened", acted_at_ms=offset))
        records.append(Record(partition, offset, value, at_ms=offset))
        chain.acknowledged()
    return records


FIRST, MIDDLE, LAST = (chain_of(f"board-{number}", 0, 4 * number, 4) for number in range(3))
OTHER = chain_of("listen", 1, 0, 3)
WHOLE = [*FIRST, *MIDDLE, *LAST, *OTHER]


def put(records: Sequence[Record], partition: int, by: int) -> list[Record]:
    return [replace(record, partition=partition, offset=record.offset + by) for record in records]


TAMPERED = {
    "first chain deleted": [*MIDDLE, *LAST, *OTHER],
    "middle chain deleted": [*FIRST, *LAST, *OTHER],
    "last chain deleted": [*FIRST, *MIDDLE, *OTHER],
    "middle chain deleted, the rest renumbered": [*FIRST, *put(LAST, 0, -4), *OTHER],
    "first chain deleted, the rest renumbered": [*put([*MIDDLE, *LAST], 0, -4), *OTHER],
    "a partition deleted": OTHER,
    "a chain moved to an invented partition": [*FIRST, *put(LAST, 0, -4), *OTHER, *put(MIDDLE, 5, 0)],
    "a chain moved to the beginning of one": [*FIRST, *put(LAST, 0, -4), *OTHER, *put(MIDDLE, 5, -4)],
}
SHOWN_BY_THE_TABLE = {
    "first chain deleted",
    "middle chain deleted",
    "a chain moved to an invented partition",
}


def test_what_is_whole_has_no_fault_and_its_ends_hold() -> None:
    found = verify(WHOLE, KEY)
    assert found.faults == []
    assert verify(WHOLE, KEY, found.heads, ends=found.ends).faults == []
    assert held_against(WHOLE, WHOLE, SPANS, NOW_MS) == ([], [])


@pytest.mark.parametrize("name", TAMPERED)
def test_the_table_alone_shows_what_it_can(name: str) -> None:
    assert bool(verify(TAMPERED[name], KEY).faults) is (name in SHOWN_BY_THE_TABLE)


@pytest.mark.parametrize("name", TAMPERED)
def test_the_ends_of_partitions_of_an_earlier_look_show_each(name: str) -> None:
    assert verify(TAMPERED[name], KEY, ends=verify(WHOLE, KEY).ends).faults


@pytest.mark.parametrize("name", TAMPERED)
def test_the_topic_shows_each(name: str) -> None:
    faults, _ = held_against(TAMPERED[name], WHOLE, SPANS, NOW_MS)
    assert faults
    if "partition" in name and "moved" in name:
        assert any("no such partition" in fault.text for fault in faults)


def test_a_partition_that_begins_late_is_excused_by_the_day_since_when_it_is_kept() -> None:
    late = WHOLE[2:]
    assert [(fault.kind, fault.offset) for fault in verify(late, KEY).faults] == [("missing", 2)]
    found = verify(late, KEY, since=Since(kept_ms=3))
    assert found.faults == [] and "partition 0: what lay at 0 to 1 is of before anything was kept" in found.remarks
    assert [fault.offset for fault in verify(late, KEY, since=Since(kept_ms=2)).faults] == [2]
    # What is dated back in the column beside the record is as late as the record says.
    dated_back = [replace(record, at_ms=0) for record in [*MIDDLE, *LAST, *OTHER]]
    assert [fault.offset for fault in verify(dated_back, KEY, since=Since(kept_ms=3)).faults] == [4]


def test_the_beginning_that_kafka_let_go_is_no_fault_of_the_ends() -> None:
    ends = verify(WHOLE, KEY).ends
    cut = [replace(record, is_cut=True) for record in [*MIDDLE, *LAST]]
    assert verify([*cut, *OTHER], KEY, ends=ends).faults == []
    assert verify([*cut[:-1], *OTHER], KEY, ends=ends).faults


def test_what_grew_holds_to_its_ends() -> None:
    ends = verify([*FIRST, *OTHER], KEY).ends
    assert verify(WHOLE, KEY, ends=ends).faults == []


def test_what_the_archive_may_still_write_is_no_fault_and_what_it_should_have_is() -> None:
    young = [replace(record, at_ms=NOW_MS) for record in LAST]
    faults, remarks = held_against([*FIRST, *MIDDLE, *OTHER], [*FIRST, *MIDDLE, *young, *OTHER], SPANS, NOW_MS)
    assert faults == [] and "4 records of the last hour" in remarks[0]
    assert held_against([*FIRST, *MIDDLE, *OTHER], WHOLE, SPANS, NOW_MS)[0]


def test_rows_behind_the_topics_end_and_other_bytes_are_faults_and_older_rows_are_told() -> None:
    faults, _ = held_against(WHOLE, [*FIRST, *MIDDLE, *OTHER], {0: range(8), 1: range(3)}, NOW_MS)
    assert {(fault.kind, fault.writer, fault.text) for fault in faults} == {
        ("inserted", "board-2", "the topic ends at 8")
    }
    other = replace(WHOLE[0], value=OTHER[0].value)
    faults, _ = held_against([other, *WHOLE[1:]], WHOLE, SPANS, NOW_MS)
    assert {fault.kind for fault in faults} == {"missing", "inserted"}
    faults, remarks = held_against(WHOLE, [*MIDDLE, *LAST, *OTHER], {0: range(4, 12), 1: range(3)}, NOW_MS)
    assert faults == [] and remarks == ["partition 0: 4 rows are older than the topic"]


def test_a_file_of_heads_keeps_both_and_one_of_before_is_read(tmp_path: Path) -> None:
    found, file = verify(WHOLE, KEY), tmp_path / "heads.json"
    write_heads(file, Kept(found.heads, found.ends))
    assert read_heads(file) == Kept(found.heads, found.ends)
    file.write_bytes(msgspec.json.encode(list(found.heads.values())))
    assert read_heads(file) == Kept(found.heads)


def test_ends_are_renewed_of_what_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, heads = tmp_path / "heads.json", verify([*FIRST, *OTHER[:1]], KEY)
    write_heads(file, Kept(heads.heads, heads.ends))
    monkeypatch.setattr(audit_command, "_records", lambda *_: Lies(TAMPERED["a partition deleted"]))
    outcome = CliRunner().invoke(audit_command.audit, ["verify", "--from", "table", "--heads", str(file)])
    assert outcome.exit_code == 1 and "partition 0: the partition had 4 records" in outcome.output
    kept = read_heads(file)
    assert (kept.partitions[0], kept.partitions[1].last) == (heads.ends[0], 2)
