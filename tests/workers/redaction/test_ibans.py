from __future__ import annotations

import pytest

from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.ibans import ibans, mixed, with_letters


@pytest.mark.parametrize(
    "said", ["DE89 3704 0044 0532 0130 00", "de89370400440532013000", "D E 89 37 04 00 44 05 32 01 30 00"]
)
def test_an_iban_ends_where_its_check_digits_say(said: str) -> None:
    text = f"IBAN {said} and 12"
    assert [text[start:end] for start, end in ibans(text)] == [said]


def test_two_letters_of_a_word_are_no_country() -> None:
    assert list(ibans("the visa is 4012 8888 8888 1881 okay")) == []


def test_letters_and_digits_in_one_are_a_number_where_the_word_for_it_was_said() -> None:
    text = "passport C01X00T47"
    assert [text[start:end] for start, end in mixed(text, Names(text))] == ["C01X00T47"]
    assert list(mixed("the model C01X00T47", Names("the model C01X00T47"))) == []


def test_capitals_beside_a_number_belong_to_it() -> None:
    assert with_letters("is AB 12 34 C, yes", (6, 11)) == (3, 13)
    assert with_letters("and I 12 34", (6, 11)) == (6, 11)
