"""Filler claims nothing, and nothing that could be measured is filler."""

from __future__ import annotations

import pytest

from tonewatch.workers.reasons.checker.claims import read
from tonewatch.workers.reasons.checker.lexicon import MARKS
from tonewatch.workers.reasons.checker.vocabulary import FILLERS


def test_a_sentence_of_filler_claims_nothing() -> None:
    assert read("The caller is speaking now, in this call.") == []


@pytest.mark.parametrize("word", ["dog", "because", "agent", "man", "refund", "lied"])
def test_a_word_beyond_the_list_is_an_unsupported_claim(word: str) -> None:
    assert word not in FILLERS
    assert [statement.kind for statement in read(f"The caller is {word}.")] == ["other"]


@pytest.mark.parametrize("kind", ["emotion", "direction", "talk_over"])
def test_no_filler_is_a_whole_claim(kind: str) -> None:
    patterns = [mark.regex for mark in MARKS if mark.kind == kind]
    assert {word for word in FILLERS if any(pattern.fullmatch(word) for pattern in patterns)} == set()


def test_words_are_in_lower_case() -> None:
    assert {word for word in FILLERS if word != word.lower()} == set()
