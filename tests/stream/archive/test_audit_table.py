"""The audit in the archive's database: byte for byte, in order, and what somebody did to it shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete, text, update

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.audit_table import table_records
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.audit.chain import Chain
from tonewatch.stream.audit.verify import verify
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import Access


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    yield engine
    engine.dispose()


def filled(engine: Engine, each: int = 5) -> list[bytes]:
    archive, values = Archive(engine), []
    for writer in (0, 1):
        chain = Chain(f"w{writer}")
        for offset in range(each):
            value = chain.link(Access(call_id=f"c{offset}", access_id="1", kind="looked", by="Ådá"))
            chain.acknowledged()
            archive.write_audit(writer, offset, 7, value)
            values.append(value)
    return values


def kinds(engine: Engine) -> list[str]:
    return [fault.kind for fault in verify(table_records(engine)).faults]


def test_records_come_back_byte_for_byte_and_in_order(engine: Engine) -> None:
    values = filled(engine)
    assert [record.value for record in table_records(engine)] == values
    assert kinds(engine) == []


def test_a_second_delivery_changes_nothing(engine: Engine) -> None:
    filled(engine)
    filled(engine)
    assert len(table_records(engine)) == 10


@pytest.mark.parametrize("value", [b"", b"\xff\x00", b"hex:00", b'{"a":"\\u0000"}', b"plain\0"])
def test_bytes_that_are_no_text_are_kept_as_they_are(engine: Engine, value: bytes) -> None:
    Archive(engine).write_audit(0, 0, 7, value)
    assert [record.value for record in table_records(engine)] == [value]
    assert kinds(engine) == ["unreadable"]


def test_a_row_that_was_altered_dropped_or_given_another_number_shows(engine: Engine) -> None:
    filled(engine)
    table = schema.audit
    here = (table.c.writer == "w0") & (table.c.seq == 2)
    with engine.begin() as db:
        body = db.scalar(table.select().with_only_columns(table.c.body).where(here))
        db.execute(update(table).where(here).values(body=str(body).replace("c2", "c9")))
    assert kinds(engine) == ["altered"]
    with engine.begin() as db:
        db.execute(delete(table).where(here))
    assert kinds(engine) == ["missing"]
    with engine.begin() as db:
        # Its number is free now, at the partition's beginning, and those before the one that it got are too.
        db.execute(update(table).where(table.c.writer == "w1", table.c.seq == 0).values(record_offset=90))
    assert sorted(kinds(engine)) == ["missing", "missing", "missing", "reordered"]


def test_a_database_without_the_table_is_told_in_words(engine: Engine) -> None:
    with engine.begin() as db:
        db.execute(text("SELECT 1"))
    with pytest.raises(StoreError, match="tonewatch archive"):
        table_records(engine)
