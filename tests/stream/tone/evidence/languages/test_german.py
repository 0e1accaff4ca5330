"""What the German patterns find, and what they leave alone."""

from __future__ import annotations

import pytest

from tonewatch.stream.tone.evidence.word_evidence import spoken_of

SPOKEN = [
    ("Ich rufe jetzt zum dritten Mal an, und niemand hilft mir!", ("again",)),
    ("Das ist eine Frechheit. Ich werde kündigen und zum Anwalt gehen.", ("complaint", "leaving", "escalation")),
    ("Ich weiß nicht mehr weiter, ich bin völlig verzweifelt.", ("distress",)),
    ("Vielen herzlichen Dank, jetzt bin ich erleichtert.", ("relief",)),
]
NOTHING = [
    "Ich möchte nicht kündigen.",
    "Ich beschwere mich nicht, ich frage nur.",
    "Guten Tag, es geht nicht um die Rechnung, es geht jetzt um den Termin.",
]


@pytest.mark.parametrize(("text", "expected"), SPOKEN)
def test_words_speak_of_what_a_listener_would_say(text: str, expected: tuple[str, ...]) -> None:
    assert spoken_of(text, "de") == expected


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_negated_or_plain_speaks_of_nothing(text: str) -> None:
    assert spoken_of(text, "de") == ()


def test_a_negation_behind_the_match_counts_where_it_is_near() -> None:
    assert spoken_of("Ich kündige nicht", "de") == ()
    assert spoken_of("Ich kündige, denn es geht nicht", "de") == ("leaving",)
