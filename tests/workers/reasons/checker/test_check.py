from __future__ import annotations

import json

import msgspec
import pytest

from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.checker.check import check, sentences

from ...claims import TABLES, Labelled, labelled

BOILING = TABLES["boiling"]


LABELLED = labelled("claims") + labelled("claims_later")
HELD_OUT = labelled("claims_held_out")
"""Written last, and nothing of the checker was ever changed for them."""


def verdicts(text: str, facts: FactsTable = BOILING) -> list[str]:
    return [claim.verdict for claim in check(text, facts).claims]


def test_the_labelled_sentences_are_many_and_of_both_kinds() -> None:
    assert len(LABELLED) >= 500
    assert len({s.text for s in LABELLED}) >= 0.9 * len(LABELLED)
    assert min(sum(s.holds for s in LABELLED), sum(not s.holds for s in LABELLED)) >= 80


def precision_and_recall(found: list[Labelled]) -> tuple[float, float]:
    kept = [bool(check(s.text, TABLES[s.table]).kept_text) for s in found]
    right = sum(k and s.holds for k, s in zip(kept, found, strict=True))
    return right / sum(kept), right / sum(s.holds for s in found)


def test_precision_and_recall_over_the_labelled_sentences() -> None:
    precision, recall = precision_and_recall(LABELLED)
    assert precision >= FLOORS["precision"]
    assert recall >= FLOORS["recall"]


def test_sentences_that_the_checker_was_never_mended_for_are_judged_nearly_as_well() -> None:
    precision, recall = precision_and_recall(HELD_OUT)
    assert precision >= HELD_OUT_FLOORS["precision"]
    assert recall >= HELD_OUT_FLOORS["recall"]


FLOORS = {"precision": 1.0, "recall": 0.95}
HELD_OUT_FLOORS = {"precision": 1.0, "recall": 0.81}
"""As measured: BENCHMARKS.md and workers/README.md state them."""


def test_a_sentence_with_one_false_claim_is_dropped_and_the_others_stay() -> None:
    checked = check("The caller is louder. The pitch fell. Speaking faster than usual.", BOILING)
    assert checked.kept_text == "The caller is louder. Speaking faster than usual."
    assert checked.dropped == ("The pitch fell.",)
    assert checked.accepted and checked.false == 1


@pytest.mark.parametrize("text", ["", "The tone fell from 0.05 to -0.62.", "The caller sounds angry.", "Well then."])
def test_a_text_without_a_true_claim_about_the_voice_is_no_reason(text: str) -> None:
    assert not check(text, BOILING).accepted


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("The voice is not quieter.", "true"),
        ("The voice is not louder.", "false"),
        ("No change in pitch.", "false"),
        ("There is no change in the pauses.", "true"),
        ("The pauses did not change.", "true"),
        ("The pitch is no longer higher.", "false"),
        ("The voice isn't any softer.", "true"),
    ],
)
def test_a_negation_turns_a_claim_round(text: str, verdict: str) -> None:
    assert verdicts(text) == [verdict]


@pytest.mark.parametrize(("decibels", "verdict"), [(6, "true"), (7, "true"), (8, "true"), (9, "false"), (3, "false")])
def test_an_amount_may_be_off_by_its_tolerance(decibels: int, verdict: str) -> None:
    assert verdicts(f"The caller is louder by {decibels} dB.") == ["true", verdict]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Louder at 0:40.", "true"),
        ("Louder at 1:10.", "false"),
        ("Louder at 42 s into the call.", "true"),
        ("Louder after ten seconds.", "false"),
        ("Louder over the last 8 seconds.", "true"),
        ("Louder for twenty seconds.", "false"),
    ],
)
def test_a_time_must_lie_in_the_moment(text: str, verdict: str) -> None:
    assert verdict in verdicts(text)
    assert (check(text, BOILING).kept_text == text) == (verdict == "true")


def test_a_quotation_must_have_been_said() -> None:
    assert verdicts('The caller says "Waiting for three weeks".') == ["true"]
    assert verdicts('The caller says "waiting for four weeks".') == ["false"]
    assert verdicts('The caller says "hello".', TABLES["flat"]) == ["unsupported"]


def test_a_fact_that_is_not_trusted_supports_nothing() -> None:
    assert verdicts("The pitch is higher.", TABLES["noisy"]) == ["unsupported"]


@pytest.mark.parametrize(
    "text", ["Louder because his dog died.", "The agent is louder.", "A louder man.", "Louder, he will cancel 42."]
)
def test_what_nobody_measured_is_unsupported(text: str) -> None:
    assert "unsupported" in verdicts(text)
    assert check(text, BOILING).kept_text == ""


def test_numbers_and_quotations_do_not_split_a_sentence() -> None:
    text = 'Up by 4.2 semitones.\n- She says "Stop. No? Now." again! 2. Faster'
    assert sentences(text)[:2] == ["Up by 4.2 semitones.", 'She says "Stop. No? Now." again!']
    assert sentences('She says "Stop." Louder.') == ['She says "Stop."', "Louder."]
    assert sentences("1. Louder\n2. Faster") == ["Louder", "Faster"]


def test_json_of_the_tables_is_what_a_moment_carries() -> None:
    assert json.loads(msgspec.json.encode(BOILING))["facts"][0]["name"] == "level"
