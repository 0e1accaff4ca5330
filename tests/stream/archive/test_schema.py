from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import create_engine, inspect

from tonewatch.stream.archive import schema
from tonewatch.stream.messages import Alert, Evidence, Moment, Rationale, TextRatings, Verdict, Words

TIMES = {"onset_at_ms", "fired_at_ms", "acknowledged_at_ms", "resolved_at_ms"}
OF_ITS_OWN = {"body", "model_name", "model_version", "claims_total", "claims_false"}
"""Columns that are made of more than one field, or of the whole message."""

SPAN = {"topic", "partition", "first_offset", "last_offset"}


@pytest.mark.parametrize(
    ("table", "message", "own"),
    [
        ("alerts", Alert, OF_ITS_OWN | TIMES),
        ("moments", Moment, OF_ITS_OWN),
        ("rationales", Rationale, OF_ITS_OWN),
        ("evidence", Evidence, {"alert_id"} | SPAN),
        ("verdicts", Verdict, OF_ITS_OWN | {field.name for field in msgspec.structs.fields(TextRatings)}),
        ("spoken", Words, {"id", "source"}),
    ],
)
def test_a_column_is_named_like_the_field_that_it_holds(
    table: str, message: type[msgspec.Struct], own: set[str]
) -> None:
    columns = set(schema.metadata.tables[table].columns.keys())
    assert columns - own <= {field.name for field in msgspec.structs.fields(message)}


def test_every_table_can_be_made_and_each_row_of_a_call_names_it() -> None:
    engine = create_engine("sqlite://")
    schema.metadata.create_all(engine)
    made = inspect(engine)
    assert set(made.get_table_names()) == set(schema.metadata.tables)
    of_a_call = {name for name in made.get_table_names() if "call_id" in {c["name"] for c in made.get_columns(name)}}
    keyed = {name for name in of_a_call if any(key["referred_table"] == "calls" for key in made.get_foreign_keys(name))}
    # The audit outlives the calls that it tells of.
    assert of_a_call - {"calls", "audit"} == keyed
    assert keyed == {"alerts", "audio", "heard", "moments", "rationales", "spoken", "tone", "verdicts"}
    engine.dispose()
