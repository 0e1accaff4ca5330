from __future__ import annotations

import re

from tonewatch.models.reasons.phrases import BACK, EMOTION_CHANGED, PHRASES, STEADY
from tonewatch.workers.reasons.engines import tokens


def test_there_are_phrases_for_every_measurement() -> None:
    assert set(PHRASES) == set(tokens.PROSODY)


def test_a_phrase_points_only_into_its_own_measurement() -> None:
    for name, ways in PHRASES.items():
        texts = [text for phrase in ways for text in (*phrase.is_, *phrase.does)]
        assert {pointer for text in texts for pointer in re.findall(r"\{(\w+)\.\w+\}", text)} == {name}


def test_the_other_phrases_have_the_fields_that_the_writer_fills() -> None:
    filled = [text.format(name=noun) for text in BACK for noun in STEADY.values()]
    filled += [
        text.format(noun="anger", adjective="angry", more="angrier", now=80, usual=5)
        for texts in EMOTION_CHANGED.values()
        for text in texts
    ]
    assert not [text for text in filled if "{" in text]
