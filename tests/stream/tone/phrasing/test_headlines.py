"""The first clause alone tells a row."""

from __future__ import annotations

import pytest

from tonewatch.stream.tone.argument import Argument
from tonewatch.stream.tone.phrasing.headlines import headline_of
from tonewatch.stream.tone.phrasing.registry import PHRASINGS

CASES = [
    (Argument("rising", emotion="angry", grows=True, certainty="sure", since_ms=62_000), "Angrier since 1:02"),
    (
        Argument("rising", emotion="angry", grows=True, present=True, again=True, since_ms=62_000),
        "Angry again since 1:02",
    ),
    (Argument("rising", doubt="neutral", has_usual=True, moved=True), "Doubtful since 0:00"),
    (Argument("rising", doubt="happy", excited=True, relation="ordinary"), "Joy rather than anger since 0:00"),
    (Argument("rising", doubt="happy", relation="explain"), "Mixed signals since 0:00"),
    (Argument("back", against_before=True, moved=True, advice="none"), "Calmed down since 0:00"),
    (Argument("back", against_before=True, moved=True, advice="watch"), "Calmer since 0:00, but not settled"),
    (Argument("brighter", emotion="happy", grows=True, advice="none"), "Happier since 0:00, no concern"),
]


@pytest.mark.parametrize(("argument", "told"), CASES)
def test_what_happened_stands_first_with_its_time(argument: Argument, told: str) -> None:
    assert headline_of(argument, PHRASINGS["en"]) == told
    assert headline_of(argument, PHRASINGS["de"]) != told
