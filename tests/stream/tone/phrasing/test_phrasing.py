"""Languages of the realiser: one set of keys, and the same facts said in each."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.stream.messages import FactsTable, MomentKind
from tonewatch.stream.tone.argument import argue
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.phrasing.registry import PHRASINGS
from tonewatch.stream.tone.sentence import MOST_WORDS, realise

from ..tables import tables

ENGLISH = PHRASINGS["en"]
KINDS: list[MomentKind] = ["onset", "update", "recovery"]


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("phrasing", PHRASINGS.values(), ids=list(PHRASINGS))
def test_a_language_has_every_text_and_every_slot_of_the_others(phrasing: Phrasing) -> None:
    assert phrasing.texts.keys() == ENGLISH.texts.keys()
    for key, texts in phrasing.texts.items():
        assert len(texts) == len(ENGLISH.texts[key])
        assert {frozenset(slots(text)) for text in texts} == {frozenset(slots(text)) for text in ENGLISH.texts[key]}
    for name in ("voice", "alike", "nouns", "does", "same", "manners"):
        assert getattr(phrasing, name).keys() == getattr(ENGLISH, name).keys()


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from(KINDS))
def test_every_language_says_the_same_times_numbers_and_quotations(facts: FactsTable, kind: MomentKind) -> None:
    argued = argue(facts, kind)
    texts = {code: realise(argued, (), phrasing) for code, phrasing in PHRASINGS.items()}
    assert len({bool(text) for text in texts.values()}) == 1
    numbers = {code: re.findall(r"\d+:\d\d", text) for code, text in texts.items()}
    assert numbers["en"] == numbers["de"]
    for code, text in texts.items():
        assert len(text.split()) <= MOST_WORDS + 5
        named = [cue for cue in argued.heard if PHRASINGS[code].voice[cue.name, cue.sign] in text]
        others = [cue for cue in argued.heard if ENGLISH.voice[cue.name, cue.sign] in texts["en"]]
        assert code == "en" or {c.name for c in named} >= {c.name for c in others} or argued.changed


def test_a_list_is_said_as_one() -> None:
    assert ENGLISH.listed(["louder"]) == "louder"
    assert PHRASINGS["de"].listed(["lauter", "höher", "schneller"]) == "lauter, höher und schneller"
