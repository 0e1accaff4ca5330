"""The archive's tables are those of this release, wherever the database began; nothing that was kept is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.call_notice import marked, notice_of
from tonewatch.stream.archive.migrate import (
    FIRST,
    FOLDER,
    HEAD,
    _alone,
    _config,
    bring_up_to_date,
    head,
    revision_of,
)
from tonewatch.stream.archive.search import said
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.messages import Alert, Moment, Rationale

from .test_store import Body


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    yield engine
    engine.dispose()


def made_by_a_former_release(engine: Engine) -> None:
    """Its tables, and no revision: it made them without Alembic."""
    script = ScriptDirectory(str(FOLDER)).get_revision(FIRST)
    assert script is not None
    with engine.begin() as db, Operations.context(MigrationContext.configure(db)):
        script.module.upgrade()


def keep_as_a_former_release(engine: Engine, alert: Alert, moment: Moment, body: Body) -> None:
    rows = {
        "calls": {"call_id": "c-1", "first_at_ms": 1},
        "alerts": {c.name: getattr(alert, c.name, None) for c in schema.alerts.columns} | {"body": body(alert)},
        "moments": {c.name: getattr(moment, c.name, None) for c in schema.moments.columns} | {"body": body(moment)},
    }
    with engine.begin() as db:
        for table, row in rows.items():
            there = {column["name"] for column in inspect(db).get_columns(table)} & row.keys()
            named = ", ".join(sorted(there))
            values = ", ".join(f":{name}" for name in sorted(there))
            db.execute(text(f"INSERT INTO {table} ({named}) VALUES ({values})"), {name: row[name] for name in there})


def differences(engine: Engine) -> list[object]:
    with engine.connect() as db:
        found = compare_metadata(MigrationContext.configure(db), schema.metadata)
    # The index of words is each database's own: it stands in the revision alone.
    return [one for one in found if "spoken_words" not in str(one) and "'words'" not in str(one)]


def test_an_empty_database_gets_the_tables_that_the_code_names(engine: Engine) -> None:
    bring_up_to_date(engine)
    assert differences(engine) == []
    with engine.connect() as db:
        assert revision_of(db) == HEAD == head()


def test_a_database_that_is_up_to_date_is_left_alone(engine: Engine) -> None:
    bring_up_to_date(engine)
    bring_up_to_date(engine)
    assert differences(engine) == []


def test_an_archive_of_a_former_release_is_carried_over_with_what_it_holds(
    engine: Engine, database: str, alert: Alert, moment: Moment, rationale: Rationale, body: Body
) -> None:
    made_by_a_former_release(engine)
    keep_as_a_former_release(engine, alert, moment, body)
    archive = Archive(connect(database))
    archive.write(rationale, body(rationale), 2)
    archive.close()
    assert differences(engine) == []
    with engine.connect() as db:
        kept = db.execute(schema.alerts.select()).mappings().one()
        said = db.execute(schema.spoken.select()).mappings().all()
        queue = db.execute(schema.calls.select()).mappings().one()["queue"]
    assert (kept["queue"], kept["acknowledged_by"], queue) == ("billing", "Ada", "billing")
    assert (kept["onset_at_ms"], kept["fired_at_ms"]) == (1_790_000_028_000, 1_790_000_035_000)
    assert kept["body"] == body(alert)
    assert [row["text"] for row in said] == ["this is the third time"]


def put(engine: Engine, table: str, **row: object) -> None:
    with engine.begin() as db:
        names = ", ".join(row)
        db.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row)


def test_what_was_withdrawn_said_and_told_before_calls_had_marks_is_known_afterwards(engine: Engine) -> None:
    with _alone(engine) as db:
        command.upgrade(_config(db), "0004")
    for call_id, closed_at_ms in (("gone", None), ("told", None), ("untold", None), ("over", 5), ("bare", None)):
        put(engine, "calls", call_id=call_id, first_at_ms=1, closed_at_ms=closed_at_ms)
    sound = {"call_id": "gone", "start_ms": 0, "end_ms": 0, "status": "withheld"}
    put(engine, "audio", **sound, segment_id="gone/withdrawn", reason="notice_withdrawn")
    put(engine, "audio", **{**sound, "call_id": "told"}, segment_id="gone/0/0", reason="x")
    for offset, notice in enumerate(("false", "true")):
        opened = '{"type":"call_opened","call_id":"told","notice_given":%s,"call":{"roles":["customer","agent"]}}'
        put(engine, "heard", call_id="told", record_offset=offset, body=opened % notice)
    put(engine, "heard", call_id="untold", record_offset=0, body='{"type":"call_opened","notice_given":false}')
    put(engine, "heard", call_id="over", record_offset=0, body='{"type":"call_opened","notice_given":true}')
    put(engine, "spoken", segment_id="s", call_id="told", start_ms=0, text="before", confidence=1.0, source="words")

    bring_up_to_date(engine)
    assert differences(engine) == []
    put(engine, "spoken", segment_id="s", call_id="over", start_ms=0, text="after", confidence=1.0, source="words")
    with engine.begin() as db:
        assert marked(db, ["gone", "told"]) == {"gone": "withdrawn"}
        told = notice_of(db, ["told", "untold", "over", "bare"])
        kept = [row.call_id for row in db.execute(schema.audio.select())]
        db.execute(text("DELETE FROM spoken WHERE text = 'before'"))
        found = [said(word, engine.dialect.name) for word in ("before", "after")]
        calls = [
            [row.call_id for row in db.execute(schema.spoken.select().where(one))] for one in found if one is not None
        ]
    assert {name: one.told for name, one in told.items()} == {"told": True, "untold": False, "over": None, "bare": None}
    assert (told["told"].bound, kept, calls) == ({"0": ["customer"], "1": ["agent"]}, ["told"], [[], ["over"]])


def test_a_revision_that_fails_alters_nothing(engine: Engine) -> None:
    made_by_a_former_release(engine)
    with engine.begin() as db:
        db.execute(text("CREATE TABLE verdicts (mine integer)"))
    before = tables(engine)
    with pytest.raises(Exception, match="verdicts"):
        bring_up_to_date(engine)
    assert tables(engine) == before


def tables(engine: Engine) -> dict[str, set[str]]:
    found = inspect(engine)
    return {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}
