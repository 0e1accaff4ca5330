"""The types of the board's page are those of the messages."""

from __future__ import annotations

import re

import pytest

from tonewatch.dashboard import typescript


@pytest.fixture(scope="module")
def text() -> str:
    return typescript.render()


def fields(text: str, name: str) -> dict[str, str]:
    """The fields of an interface and their types."""
    body = re.search(rf"^export interface {name} \{{\n(.*?)^\}}", text, re.MULTILINE | re.DOTALL)
    assert body, name
    return dict(re.findall(r"^  (\w+\??): (.*);$", body[1], re.MULTILINE))


def test_the_page_s_types_are_what_the_messages_give(text: str) -> None:
    assert typescript.TYPES.read_text() == text, "stale: run `python -P -m tonewatch.dashboard.typescript`"


def test_the_review_desk_s_types_are_what_its_answers_give() -> None:
    text = typescript.render_review()
    assert typescript.REVIEW_TYPES.read_text() == text, "stale: run `python -P -m tonewatch.dashboard.typescript`"
    assert fields(text, "ReviewState")["mine"] == "Verdict | null"
    assert "alert_id?" in fields(text, "VerdictRequest")
    assert "interface Alert {" not in text and "  Alert,\n" in text  # the board's


def test_a_value_that_may_be_null_is_a_union_with_null_last(text: str) -> None:
    assert fields(text, "Tone")["posterior"] == "Posterior | null"
    assert fields(text, "CallView")["latest"] == "Rationale | null"


def test_literal_types_keep_their_names_and_those_without_one_stand_in_the_field(text: str) -> None:
    alert = fields(text, "Alert")
    assert (alert["state"], alert["event"]) == ("AlertState", 'AlertEvent | ""')
    assert alert["severity"] == '"act" | "watch"'


def test_lists_and_tables_have_the_types_of_their_items(text: str) -> None:
    assert fields(text, "Alert")["also"] == "string[]"
    assert fields(text, "CallView")["alerts"] == "Record<string, Alert>"
    assert fields(text, "EventsFrame")["events"] == "BoardEvent[]"


def test_only_what_the_page_sends_may_leave_out_defaults(text: str) -> None:
    assert "note?" in fields(text, "AlertAction")
    assert "by" in fields(text, "AlertAction")
    assert not [name for name in fields(text, "Alert") if name.endswith("?")]


def test_docstrings_are_doc_comments(text: str) -> None:
    assert re.search(r"/\*\* Where the audio of a segment lies in Kafka\. \*/\nexport interface AudioSpan", text)
    assert re.search(r"/\*\* Who speaks on a channel\..* \*/\nexport type Role", text)


def test_what_only_reads_former_names_is_left_out(text: str) -> None:
    assert "chance" not in text


def test_declarations_are_sorted_by_name(text: str) -> None:
    names = re.findall(r"^export (?:interface|type) (\w+)", text, re.MULTILINE)
    assert names == sorted(names)
    assert len(names) == len(set(names))


def test_the_types_of_the_trends_are_what_they_answer() -> None:
    text = typescript.render_trends()
    assert typescript.TREND_TYPES.read_text() == text, "stale: run `python -P -m tonewatch.dashboard.typescript`"


def test_the_page_knows_every_advice_that_a_reason_may_end_with() -> None:
    text = typescript.render_advice()
    assert typescript.ADVICE.read_text() == text, "stale: run `python -P -m tonewatch.dashboard.typescript`"
    assert '  "Sure; listen in.",\n' in text and '  "Kein Eingreifen nötig.",\n' in text
