"""A sentence to its claims, whoever measures them."""

from __future__ import annotations

import pytest

from tonewatch.workers.reasons.checker.claims import Statement, read
from tonewatch.workers.reasons.checker.english import normalise
from tonewatch.workers.reasons.checker.lexicon import CHANGED


def directions(sentence: str) -> list[tuple[tuple[str, ...], int, bool]]:
    return [(one.names, one.sign, one.negated) for one in read(sentence) if one.kind == "direction"]


def only(sentence: str, kind: str) -> Statement:
    (found,) = (one for one in read(sentence) if one.kind == kind)
    return found


@pytest.mark.parametrize(
    "sentence", ["Pitch and loudness rose.", "Higher pitch and loudness.", "The pitch and the loudness are up."]
)
def test_a_direction_is_shared_by_the_measurements_around_it(sentence: str) -> None:
    assert sorted(directions(sentence)) == [(("level",), 1, False), (("pitch",), 1, False)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The pitch did not rise.", (("pitch",), 1, True)),
        ("No change in pitch.", (("pitch",), CHANGED, True)),
        ("The pitch is unchanged.", (("pitch",), 0, False)),
        ("As loud as usual.", (("level",), 0, False)),
        ("Twice as loud as usual.", (("level",), 1, False)),
        ("Half as fast as usual.", (("rate",), -1, False)),
        ("4.2 semitones higher.", (("pitch",), 1, False)),
        ("A low voice.", (("pitch", "level"), -1, False)),
    ],
)
def test_a_direction_is_joined_to_its_measurement(sentence: str, expected: tuple[tuple[str, ...], int, bool]) -> None:
    assert expected in directions(sentence)


def test_a_negation_reaches_over_or_and_no_further() -> None:
    assert {negated for _, _, negated in directions("Not louder or faster.")} == {True}
    assert directions("Not louder, but faster.") == [(("level",), 1, True), (("rate",), 1, False)]


def test_two_measurements_with_opposite_directions_keep_them() -> None:
    assert directions("The pitch rose, not the loudness.") == [(("pitch",), 1, False), (("level",), 1, True)]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Louder by 7 dB.", ("level",)),
        ("The pitch rose by 3 semitones.", ("pitch",)),
        ("Anger rose to 66 %.", ("angry",)),
        ("7 dB higher in pitch.", ()),
    ],
)
def test_an_amount_belongs_to_the_nearest_measurement_of_its_unit(sentence: str, names: tuple[str, ...]) -> None:
    assert only(sentence, "amount").names == names


def test_a_length_beside_talking_over_is_its_length() -> None:
    assert only("The caller talks over the agent for two seconds.", "time").names == ("talk_over",)
    assert only("Louder for two seconds.", "time").names == ()


def test_a_quotation_hides_the_words_in_it() -> None:
    found = read('The caller says "louder by 7 dB".')
    assert [(one.kind, one.words) for one in found] == [("quote", "louder by 7 db")]


def test_words_that_no_pattern_knows_are_claims_too() -> None:
    assert [one.text for one in read("Louder because his dog died.") if one.kind == "other"] == [
        "because",
        "dog",
        "died",
    ]


def test_contractions_curved_quotes_and_dashes_are_opened() -> None:
    assert normalise("It isn\u2019t \u201clouder\u201d \u2013 she can't") == 'it is not "louder" - she can not'
