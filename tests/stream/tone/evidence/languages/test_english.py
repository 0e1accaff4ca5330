"""What the English patterns find, and what they leave alone."""

from __future__ import annotations

import pytest

from tonewatch.stream.tone.evidence.word_evidence import spoken_of

SPOKEN = [
    ("This is the third time I call about it.", ("again",)),
    ("I want to cancel my contract, and I will talk to a lawyer.", ("leaving", "escalation")),
    ("That is unacceptable, nobody calls me back!", ("complaint", "again")),
    ("What the hell is going on? You\u2019re idiots.", ("swearing",)),
    ("I can't take it any more, please help me.", ("distress",)),
    ("Oh, that's wonderful, thank you so much.", ("relief",)),
]
NOTHING = [
    "I don't want to cancel my contract.",
    "I have no complaint at all.",
    "It's not the third time, it is the first.",
    "Good morning, I would like to ask about my bill, thank you.",
    "Can you tell me the time of the appointment? I'm afraid I lost the letter.",
]


@pytest.mark.parametrize(("text", "expected"), SPOKEN)
def test_words_speak_of_what_a_listener_would_say(text: str, expected: tuple[str, ...]) -> None:
    assert spoken_of(text, "en") == expected


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_negated_or_plain_speaks_of_nothing(text: str) -> None:
    assert spoken_of(text, "en") == ()


def test_a_clause_that_begins_anew_is_not_negated_by_the_one_before() -> None:
    assert spoken_of("It is not fixed, I cancel my contract", "en") == ("leaving",)


def test_a_negation_in_the_end_of_a_word_counts() -> None:
    assert spoken_of("we aren't furious", "en") == ()
