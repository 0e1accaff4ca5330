from __future__ import annotations

import pytest

from tonewatch.workers.redaction.checks import is_card, is_iban, is_phone


@pytest.mark.parametrize("digits", ["4111111111111111", "378282246310005", "6011000990139424", "30569309025904"])
def test_luhn_s_formula_holds_for_test_cards_and_for_none_with_a_digit_changed(digits: str) -> None:
    assert is_card(digits)
    for at, digit in enumerate(digits):
        assert not is_card(digits[:at] + str((int(digit) + 1) % 10) + digits[at + 1 :])


def test_a_card_has_thirteen_to_nineteen_digits() -> None:
    assert not is_card("0" * 12)
    assert not is_card("0" * 20)


@pytest.mark.parametrize(
    "text", ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "fr14 2004101005050001 3m02606"]
)
def test_an_iban_is_one_by_its_remainder(text: str) -> None:
    assert is_iban(text)
    assert not is_iban(text.replace("0", "1", 1))


@pytest.mark.parametrize("text", ["", "DE", "DE89", "ABCDEFGHIJKLMNOP", "DE8٩370400440532013000", "D" * 400])
def test_what_has_not_the_form_is_none(text: str) -> None:
    assert not is_iban(text)


@pytest.mark.parametrize(
    ("digits", "plus", "found"),
    [
        ("2025550143", False, True),
        ("02079460018", False, True),
        ("493023125042", True, True),
        ("00493023125999", False, True),
        ("123456", False, False),
        ("9" * 40, True, False),
    ],
)
def test_a_telephone_number_is_of_some_country_s_plan(digits: str, plus: bool, found: bool) -> None:
    assert is_phone(digits, plus=plus, regions=("GB", "US", "DE")) == found
