"""Which completions are answers."""

from __future__ import annotations

import pytest

from tonewatch.workers.reasons.answer import Answer, parse

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
