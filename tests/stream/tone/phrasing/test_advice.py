from __future__ import annotations

import pytest

from tonewatch.stream.tone.phrasing.advice import without_advice
from tonewatch.stream.tone.phrasing.registry import PHRASINGS

ENDINGS = [
    (code, ending)
    for code, phrasing in PHRASINGS.items()
    for key, texts in phrasing.texts.items()
    if key.startswith("end.")
    for ending in texts
]


def test_every_ending_of_every_language_is_taken_out() -> None:
    assert {code for code, _ in ENDINGS} == set(PHRASINGS)
    assert {without_advice(f"Angrier since 0:35: louder. {ending}") for _, ending in ENDINGS} == {
        "Angrier since 0:35: louder."
    }


@pytest.mark.parametrize("text", ["", "Nobody has spoken for 20 s.", "Louder. Listen in; this is sure. So it was."])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert without_advice(text) == text
