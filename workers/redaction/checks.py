"""Numbers that prove themselves: cards by Luhn's formula (ISO/IEC 7812-1), IBANs by ISO 13616, telephones by plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import phonenumbers

CARD_DIGITS = range(13, 20)

_SCHEMES: Final[dict[tuple[str, ...], tuple[int, ...]]] = {
    ("4",): (13, 16, 19),
    ("34", "37"): (15,),
    ("30", "36", "38", "39"): (14, 16),
    ("2", "35", "51", "52", "53", "54", "55"): (16,),
    ("5018", "502", "503", "56", "57", "58", "6"): (13, 16, 17, 18, 19),
}

_LENGTHS: Final = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 "
    "EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 "
    "KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 "
    "PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 "
    "VA22 VG24 XK20"
)
IBAN_LENGTHS: Final = {entry[:2]: int(entry[2:]) for entry in _LENGTHS.split()}
"""Characters of an IBAN by its country (the registry of ISO 13616)."""


def is_card(digits: str) -> bool:
    """As many digits as a card has, and the last one is Luhn's check digit of the others."""
    if len(digits) not in CARD_DIGITS:
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_issued(digits: str) -> bool:
    """Does some scheme issue cards that begin so and are as long (ISO/IEC 7812, ranges of the large schemes)?"""
    return any(digits.startswith(begins) and len(digits) in lengths for begins, lengths in _SCHEMES.items())


def is_iban(text: str) -> bool:
    """A country, as many characters as its IBANs have, and the remainder of ISO 7064 (MOD 97-10) is 1."""
    plain = "".join(text.split()).replace("-", "").upper()
    if IBAN_LENGTHS.get(plain[:2]) != len(plain) or not (plain[2:4].isdigit() and plain.isalnum() and plain.isascii()):
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
