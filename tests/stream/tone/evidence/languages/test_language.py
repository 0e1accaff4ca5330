"""What takes a match away, and what keeps it."""

from __future__ import annotations

import pytest

from tonewatch.stream.tone.evidence.languages.language import NEGATED_WITHIN_BEFORE, Language

MADE_UP = Language(
    code="xx",
    patterns={"complaint": (r"bad(?:ly)?",), "relief": (r"good",)},
    negations=frozenset({"no"}),
    negations_after=frozenset({"nay"}),
    negation_suffixes=("n't",),
    boundaries=frozenset({"but"}),
)


@pytest.mark.parametrize("text", ["it is bad", "good, no", "no. bad", "no but bad", "bad, nay", "bad one two nay"])
def test_a_match_stands_where_no_negation_reaches_it(text: str) -> None:
    assert len(MADE_UP.spoken_of(text)) == 1


@pytest.mark.parametrize("text", ["no bad", "no such bad", "isn't bad", "bad nay", "bad one nay"])
def test_a_negation_of_the_same_clause_takes_a_match_away(text: str) -> None:
    assert MADE_UP.spoken_of(text) == ()


def test_a_negation_reaches_over_a_few_words_only() -> None:
    near, far = (
        " ".join(["no", *["very"] * count, "bad"]) for count in (NEGATED_WITHIN_BEFORE - 1, NEGATED_WITHIN_BEFORE)
    )
    assert (MADE_UP.spoken_of(near), MADE_UP.spoken_of(far)) == ((), ("complaint",))


def test_one_match_that_stands_is_enough() -> None:
    assert MADE_UP.spoken_of("not no bad, and badly too") == ("complaint",)


def test_a_pattern_matches_whole_words_only() -> None:
    assert MADE_UP.spoken_of("badge too-good good's") == ()


def test_a_language_without_suffixes_or_negations_behind_needs_neither() -> None:
    plain = Language(code="yy", patterns={"relief": (r"good",)}, negations=frozenset(), boundaries=frozenset())
    assert plain.spoken_of("isn't good nay") == ("relief",)
