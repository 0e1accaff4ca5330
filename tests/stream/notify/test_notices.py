"""What of an alert leaves the house."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tonewatch.stream.messages import Alert
from tonewatch.stream.notify.notices import CUT, is_handled, notice_of, sentence_of, without_quotations

Make = Callable[..., Alert]

SAID = ("this is the third time I am calling", "no")


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        (
            'Louder than usual; complains ("this is the third time"), and fast.',
            "Louder than usual; complains, and fast.",
        ),
        ('She says "I am calling" and cries.', f"She says {CUT} and cries."),
        ("Sie sagt „das ist das dritte Mal“ und weint.", f"Sie sagt {CUT} und weint."),
        ("The caller says this is the third time, loudly.", f"The caller says {CUT}, loudly."),
        ("The Third TIME I am calling, says the caller.", f"{CUT}, says the caller."),
        ('A mark that is not closed "I am', f"A mark that is not closed {CUT}"),
        ("No change of 7.5 dB.", "No change of 7.5 dB."),
    ],
)
def test_what_the_caller_said_is_taken_out_with_marks_or_without(sentence: str, left: str) -> None:
    assert without_quotations(sentence, SAID) == left


def test_a_route_says_whether_the_sentence_leaves_and_with_it_quotations(alert: Make) -> None:
    quoting = alert(sentence='Louder ("this is the third time").')
    assert sentence_of(quoting, "none") == ""
    assert sentence_of(quoting, "sentence") == "Louder."
    assert sentence_of(quoting, "quotations") == quoting.sentence


def test_a_notice_holds_no_evidence_no_facts_and_no_comment(alert: Make) -> None:
    told = msgspec.json.encode(notice_of(alert(), "raised", "none"))
    assert b"third time" not in told and b"segment_id" not in told and b"Louder" not in told


@pytest.mark.parametrize(
    ("changed", "handled"),
    [
        ({}, False),
        ({"acknowledged_by": "Ada"}, True),
        ({"assigned_to": "Ada"}, True),
        ({"snoozed_until_ms": 1}, True),
        ({"state": "withdrawn"}, True),
    ],
)
def test_an_alert_is_handled_when_somebody_has_it_or_it_is_over(
    alert: Make, changed: dict[str, object], handled: bool
) -> None:
    assert is_handled(alert(**changed)) is handled


def test_who_took_an_alert_stays_in_the_house_where_no_text_leaves_it(alert: Make) -> None:
    taken = alert(1, "assigned", assigned_to="Grace", acknowledged_by="Ada")
    named = notice_of(taken, "acknowledged", "sentence")
    unnamed = notice_of(taken, "acknowledged", "none")
    assert (named.assigned_to, named.acknowledged_by) == ("Grace", "Ada")
    assert not {"Grace", "Ada"} & set(msgspec.structs.astuple(unnamed)) and unnamed.kind == "acknowledged"
