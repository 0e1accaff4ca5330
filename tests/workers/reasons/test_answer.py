from __future__ import annotations

import pytest

from tonewatch.workers.reasons.answer import Answer, parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.examples import EXAMPLES
from tonewatch.workers.reasons.prompt import PREFIX, build, grammar, quotes, render

GOOD = "<think>\nVoice: Louder.\nWords: none\n</think>\n<answer>angry; degraded yes; confidence 0.8</answer>"


def test_an_answer_is_taken_apart_and_headings_are_taken_off() -> None:
    assert parse(GOOD) == Answer("Louder.", "angry", True, 0.8)


@pytest.mark.parametrize(
    "answer",
    [
        "Angry; Degraded: YES; Confidence=0.8",
        " label: angry ; degraded true ; confidence 80 % ",
        "angry; degraded yes; confidence 0.80;",
    ],
)
def test_case_spaces_and_small_words_do_not_matter(answer: str) -> None:
    assert parse(f"Well: <THINK>Louder.</THINK> <answer>{answer}</answer> bye") == Answer("Louder.", "angry", True, 0.8)


@pytest.mark.parametrize(
    "answer",
    [
        "furious; degraded yes; confidence 0.8",
        "angry; degraded maybe; confidence 0.8",
        "angry; degraded yes; confidence 1.8",
        "angry; degraded yes",
        "angry; degraded yes; confidence 0.8; really",
        "angry or sad; degraded yes; confidence 0.8",
        "",
    ],
)
def test_anything_else_is_no_answer(answer: str) -> None:
    assert parse(f"<think>Louder.</think><answer>{answer}</answer>") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Louder.",
        "<answer>angry; degraded yes; confidence 0.8</answer>",
        GOOD.replace("</think>", ""),
        GOOD.replace("Louder.", "none"),
        GOOD + GOOD.replace("yes", "no"),
    ],
)
def test_a_missing_or_a_second_different_part_is_no_answer(text: str) -> None:
    assert parse(text) is None


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


def test_the_prompt_begins_with_what_never_changes_and_ends_with_the_facts() -> None:
    table = EXAMPLES[0][0]
    prompt = build(table)
    assert prompt.startswith(PREFIX)
    assert prompt.endswith(render(table) + "\n")
    assert "Voice: Louder by 6 dB" in prompt[len(PREFIX) :]


def test_the_facts_in_the_prompt_are_true_to_their_table() -> None:
    for table, _ in EXAMPLES:
        for line in render(table).splitlines():
            if line.startswith(("Voice: ", "Change: ")):
                assert check(line.split(": ", 1)[1], table).dropped == ()


def test_the_grammar_offers_each_way_of_a_measurement_so_that_the_choice_is_the_models() -> None:
    offered = grammar(EXAMPLES[0][0])
    assert all(f'"{words}"' in offered for words in ("louder by 6 dB", "quieter by 6 dB", "loudness unchanged"))
    assert all(f"The tone {verb} from" in offered for verb in ("fell", "rose"))


def test_the_grammar_allows_only_quotations_that_were_said() -> None:
    said, silent = EXAMPLES[0][0], EXAMPLES[1][0]
    assert f'says \\"{quotes(said)[0]}\\"."' in grammar(said)
    assert 'words ::= "none"\n' in grammar(silent)
    assert 'fit ::= "none"\n' in grammar(silent)
