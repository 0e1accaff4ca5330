"""What the Polish patterns find, and what they leave alone."""

from __future__ import annotations

import pytest

from tonewatch.stream.tone.evidence.word_evidence import spoken_of

SPOKEN = [
    ("Dzwonię do państwa trzeci raz i nikt nie oddzwania!", ("again",)),
    ("To skandal, rezygnuję z umowy i idę do sądu.", ("complaint", "leaving", "escalation")),
    ("Nie wiem, co mam robić, jestem zrozpaczona.", ("distress",)),
    ("Cholera jasna, ile razy mam to mówić!", ("again", "swearing")),
    ("Bardzo dziękuję, już działa.", ("relief",)),
]
NOTHING = [
    "Nie rezygnuję z umowy.",
    "To nie jest reklamacja, tylko pytanie.",
    "Dzień dobry, chciałam zapytać o fakturę za wrzesień.",
]


@pytest.mark.parametrize(("text", "expected"), SPOKEN)
def test_words_speak_of_what_a_listener_would_say(text: str, expected: tuple[str, ...]) -> None:
    assert spoken_of(text, "pl") == expected


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_negated_or_plain_speaks_of_nothing(text: str) -> None:
    assert spoken_of(text, "pl") == ()


def test_a_clause_that_begins_anew_is_not_negated_by_the_one_before() -> None:
    assert spoken_of("Nie działa, więc rezygnuję", "pl") == ("leaving",)
