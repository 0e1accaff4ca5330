from __future__ import annotations

import math

import pytest

from tonewatch.models.reasons.rewards import (
    FORMAT,
    NOTHING,
    OUTCOME,
    REASON,
    Scores,
    advantages,
    rewards,
    score,
    trust,
)
from tonewatch.stream.messages import FactsTable

TRUE = (
    "<think>\nVoice: Louder by 7 dB and higher in pitch by 4.2 semitones. The caller sounds angrier than usual."
    "\nFit: The words and the voice agree.\nChange: The tone fell from 0.05 to -0.62.\n</think>"
    "<answer>angry; degraded yes; confidence 0.8</answer>"
)
FALSE = TRUE.replace("Louder", "Quieter").replace("higher", "lower")


def test_a_true_and_complete_reason_with_the_right_answer_scores_full(tables: dict[str, FactsTable]) -> None:
    found = score(TRUE, tables["boiling"], "angry", True)
    assert (found.format, found.outcome, found.alignment, found.completeness) == (1.0, 1.0, 5.0, 5.0)
    assert found.right
    assert found.reason > 0.95


def test_a_false_claim_costs_alignment_and_completeness_and_not_the_outcome(tables: dict[str, FactsTable]) -> None:
    true, false = (score(text, tables["boiling"], "angry", True) for text in (TRUE, FALSE))
    assert false.alignment < true.alignment
    assert false.completeness < true.completeness
    assert false.outcome == true.outcome


def test_what_does_not_parse_scores_nothing(tables: dict[str, FactsTable]) -> None:
    assert score("Louder.", tables["boiling"], "angry", True) == NOTHING
    assert rewards([NOTHING], reason=False, trusted=True) == [0.0]


def test_an_answer_that_the_measurements_refuse_has_no_form(tables: dict[str, FactsTable]) -> None:
    refused = TRUE.replace("angry; degraded yes", "neutral; degraded no")
    assert score(refused, tables["boiling"], "angry", True).format == 0.0


def test_one_that_cannot_tell_is_worth_less_than_right_and_more_than_wrong(tables: dict[str, FactsTable]) -> None:
    answers = [TRUE.replace("degraded yes", f"degraded {word}") for word in ("yes", "unsure", "no")]
    outcomes = [score(text, tables["boiling"], "angry", True).outcome for text in answers]
    assert outcomes == sorted(outcomes, reverse=True)
    assert len(set(outcomes)) == 3


def test_where_wrong_answers_have_the_better_reasons_the_reward_trusts_reasons_less() -> None:
    right, wrong = Scores(1, 1, 2, 2, 2, 2), Scores(1, 0, 5, 5, 5, 5)
    assert trust([right, wrong]) == pytest.approx(math.exp(0.4 - 1.0))
    assert trust([right]) == trust([wrong]) == 1.0
    trusted, plain = (rewards([right, wrong], reason=True, trusted=flag)[1] for flag in (True, False))
    assert trusted < plain


def test_the_reward_is_the_papers_sum() -> None:
    good = Scores(1, 1, 5, 5, 5, 5)
    assert rewards([good], reason=True, trusted=True) == [FORMAT + OUTCOME + REASON]
    assert rewards([good], reason=False, trusted=True) == [FORMAT + OUTCOME]


def test_advantages_compare_within_a_group_and_teach_nothing_where_all_are_alike() -> None:
    assert advantages([1.0, 1.0]) == [0.0, 0.0]
    low, high = advantages([0.0, 1.0])
    assert low == pytest.approx(-high)
