from __future__ import annotations

import pytest

from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.engines import tokens

from ...claims import TABLES

BOILING = TABLES["boiling"]


def test_a_reason_is_written_with_figures_quotations_and_capitals() -> None:
    said = (
        'louder by {level.by} db. from {rate.usual} to {rate.now} syllables a second. at {at}, "{q2}", says the caller.'
    )
    symbols = [tokens.VOICE, *tokens.split(said)]
    assert tokens.write(symbols, tokens.pointers_of(BOILING)) == (
        "<think>\nVoice: Louder by 7 dB. From 4.6 to 5.9 syllables a second."
        ' At 0:42, "this is the wrong bill again", says the caller.'
    )


def test_figures_are_true_of_the_table_they_point_into() -> None:
    said = "louder by {level.by} db. the pitch rose by {pitch.by} semitones. "
    anger = "anger rose from {angry.usual} % to {angry.now} %."
    text = tokens.write(tokens.split(said + anger), tokens.pointers_of(BOILING))
    assert check(text, BOILING).dropped == ()


def test_a_pointer_that_the_table_cannot_fill_is_left_for_the_checker_to_refuse() -> None:
    text = tokens.write(tokens.split("the pitch rose by {pitch.by} semitones."), tokens.pointers_of(TABLES["noisy"]))
    assert "{pitch.by}" in text
    assert check(text, TABLES["noisy"]).kept_text == ""


@pytest.mark.parametrize("name", sorted(TABLES))
def test_everything_that_is_read_is_in_the_fixed_part_of_the_vocabulary(name: str) -> None:
    assert set(tokens.read(TABLES[name])) <= set(tokens.FIXED)


def test_direction_size_and_trust_of_a_measurement_are_read() -> None:
    read = tokens.read(BOILING)
    assert read[read.index("level") + 1] == "+2!"
    assert read[read.index("pauses") + 1] == "-0"
    noisy = tokens.read(TABLES["noisy"])
    assert noisy[noisy.index("pitch") + 1] == "?"


def test_where_words_point_is_read_of_each_quotation_and_of_all() -> None:
    read = tokens.read(TABLES["delighted"])
    assert read[read.index("{q1}") + 1] == "v+"
    assert read[-1] == "w+"
    assert tokens.read(TABLES["flat"])[-1] == "silent"
