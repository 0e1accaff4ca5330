from __future__ import annotations

import pytest

from tonewatch.workers.redaction.number_words import digits_of, joins


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        ("zero", "0"),
        ("zwo", "2"),
        ("twelve", "12"),
        ("siebzig", "70"),
        ("fünfundachtzig", "85"),
        ("dreissig", "30"),
        ("zweihundertfünfunddreißig", "235"),
        ("hundertelf", "111"),
        ("neunzehnhundertvierundachtzig", "1984"),
        ("zweitausendelf", "2011"),
        ("niner", "9"),
    ],
)
def test_a_number_word_stands_for_its_digits(word: str, digits: str) -> None:
    assert digits_of(word) == digits


@pytest.mark.parametrize(
    "word", ["", "hundred", "hundert", "undzwanzig", "tausendmal", "zweihundertund" * 20, "fouru", "to", "telephone"]
)
def test_other_words_stand_for_none(word: str) -> None:
    assert digits_of(word) is None


def test_twenty_one_is_one_number_in_english_alone() -> None:
    assert joins("twenty", "one")
    assert not joins("zwanzig", "eins")
    assert not joins("twenty", "zero")
