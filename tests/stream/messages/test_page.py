"""The page of the messages: up to date, complete, and with a meaning for every field."""

from __future__ import annotations

import re

import pytest

from tonewatch.stream.messages import page
from tonewatch.stream.messages.meanings import MEANINGS, meaning
from tonewatch.stream.messages.schema import topic_schema
from tonewatch.stream.topics import ALERTS


def test_the_page_is_what_the_messages_give() -> None:
    assert page.PAGE.read_text() == page.text(), "stale: run `python -P -m tonewatch.stream.messages.schema`"


def test_the_first_paragraph_tells_how_records_are_compressed() -> None:
    _title, first, *_rest = page.text().split("\n\n")
    assert "compressed with gzip" in first and "zstd" in first


def test_every_field_of_an_alert_stands_in_a_table_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", page.text(), re.MULTILINE))
    for struct in topic_schema(ALERTS)["$defs"].values():
        assert all(rows[field].strip() for field in struct["properties"])


def test_a_part_is_linked_to_its_table_which_is_there() -> None:
    text = page.text()
    headings = {heading.partition(" ")[0].lower() for heading in re.findall(r"^### (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(\w+)\)", text)) <= headings
    assert "posterior" in headings


def test_a_field_that_nobody_explained_is_told_of() -> None:
    with pytest.raises(KeyError, match=r"Alert\.colour .*meanings\.py"):
        meaning("Alert", "colour")


def test_no_meaning_is_of_a_field_that_is_no_more() -> None:
    fields = {
        (name, field)
        for topic, _ in page.SHOWN
        for name, of in topic_schema(topic)["$defs"].items()
        for field in of["properties"]
    }
    named = {field for _, field in fields} | {f"{name}.{field}" for name, field in fields}
    assert MEANINGS.keys() - named == set()
