"""The worked examples of the prompt keep to what they show."""

from __future__ import annotations

import pytest

from tonewatch.stream.messages.measures import unit_of
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.examples import EXAMPLES


@pytest.mark.parametrize("index", range(len(EXAMPLES)))
def test_each_example_of_the_prompt_is_true_to_its_own_table(index: int) -> None:
    table, written = EXAMPLES[index]
    answer = parse(written)
    assert answer is not None
    checked = check(answer.reason, table)
    assert checked.accepted and checked.dropped == ()


def test_no_reason_of_the_prompt_is_told_twice() -> None:
    """A small model repeats what it saw twice: of the reasons, only the skeleton is the same."""
    voices = [written.split("Voice: ")[1].split("\n")[0] for _, written in EXAMPLES]
    firsts = [voice.split()[0] for voice in voices]
    assert len(set(firsts)) == len(firsts)
    assert len({answer.split("<answer>")[1] for _, answer in EXAMPLES}) == len(EXAMPLES)


def test_facts_of_the_examples_have_the_units_of_the_messages() -> None:
    facts = [fact for table, _ in EXAMPLES for fact in table.facts]
    assert {fact.unit for fact in facts if fact.unit != unit_of(fact.name)} == set()


def test_the_examples_cover_every_emotion_and_both_answers() -> None:
    answers = [answer for _, written in EXAMPLES if (answer := parse(written)) is not None]
    assert {answer.label for answer in answers} == {"angry", "happy", "neutral", "sad"}
    assert {answer.degraded for answer in answers} == {True, False}
