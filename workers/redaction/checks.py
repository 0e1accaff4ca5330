"""Numbers that prove themselves: cards by Luhn's formula (ISO/IEC 7812-1), IBANs by ISO 13616, telephones by plan."""

from __future__ import annotations

from collections.abc import Sequence

import phonenumbers

CARD_DIGITS = range(13, 20)


def is_card(digits: str) -> bool:
    """As many digits as a card has, and the last one is Luhn's check digit of the others."""
    if len(digits) not in CARD_DIGITS:
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """Two letters of the country, two check digits, and the remainder of ISO 7064 (MOD 97-10) is 1."""
    plain = "".join(text.split()).replace("-", "").upper()
    if not (15 <= len(plain) <= 34 and plain[:2].isalpha() and plain[2:4].isdigit() and plain.isalnum()):
        return False
    if not plain.isascii():
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def is_phone(digits: str, *, plus: bool, regions: Sequence[str]) -> bool:
    """A number of some country's plan: with its country, or as it is dialled within one of `regions`."""
    if not 7 <= len(digits) <= 15 + 3:
        return False
    if plus or digits.startswith("00"):
        return _is_of("+" + (digits if plus else digits[2:]), None)
    return any(_is_of(digits, region) for region in regions)


def _is_of(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_possible_number(found := phonenumbers.parse(text, region)) and (
            region is None or phonenumbers.is_valid_number(found)
        )
    except phonenumbers.NumberParseException:
        return False
