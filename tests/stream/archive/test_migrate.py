"""The archive's tables are those of this release, wherever the database began; nothing that was kept is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.migrate import FIRST, FOLDER, HEAD, bring_up_to_date, head, revision_of
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
