"""Whether the caller's words are content or not."""

from __future__ import annotations

import pytest

from tonewatch.workers.reasons.checker.valence import valence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("I would like to ask about my bill", 0),
        ("Thank you, that is wonderful", 2),
        ("This is terrible, I am angry", -2),
        ("great, and again the wrong parcel", 0),
    ],
)
def test_content_words_count_against_discontented_ones(text: str, expected: int) -> None:
    assert valence(text) == expected


@pytest.mark.parametrize("text", ["not good", "it isn't good", "not very good", "NOT GOOD"])
def test_a_negation_in_front_turns_a_word_round(text: str) -> None:
    assert valence(text) == -1


def test_a_negation_further_away_does_not() -> None:
    assert valence("not that it was good") == 1
