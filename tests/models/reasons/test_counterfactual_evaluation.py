from __future__ import annotations

from collections import Counter

from tonewatch.models.reasons.counterfactual_evaluation import grafted, questions
from tonewatch.stream.messages import FactsTable

from .conftest import honest, records, replied, stubborn


def test_measurements_of_another_go_under_the_words_of_this_one(tables: dict[str, FactsTable]) -> None:
    mixed = grafted(tables["boiling"], tables["flat"])
    assert mixed.facts == tables["flat"].facts
    assert mixed.quotes == tables["boiling"].quotes


def test_only_a_degraded_answer_is_asked_again_with_calm_facts(tables: dict[str, FactsTable]) -> None:
    found = questions(records(honest, tables), 0)
    assert [one.before.asked.call for one in found if one.change == "calm"] == ["boiling", "sinking"]
    assert {one.wanted for one in found if one.change == "calm"} == {False}
    # Another caller's facts must have been answered with the opposite.
    assert all(
        one.before.answer and one.wanted != one.before.answer.degraded for one in found if one.change == "another"
    )


def test_a_seed_fixes_the_questions(tables: dict[str, FactsTable]) -> None:
    found = records(honest, tables)
    assert [one.facts for one in questions(found, 1)] == [one.facts for one in questions(found, 1)]


def test_a_reply_that_does_not_follow_is_counted_by_its_change(tables: dict[str, FactsTable]) -> None:
    followed = Counter((one.change, one.followed) for one in replied(stubborn, tables))
    assert followed["calm", True] == 0 < followed["calm", False]
    assert followed["irrelevant", False] == 0 < followed["irrelevant", True]
