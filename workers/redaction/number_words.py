"""Words that are digits when somebody reads a number out: English and German in one table, as callers mix them."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {
    "zero": "0", "nought": "0", "naught": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "fife": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
    "null": "0", "eins": "1", "einz": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5",
    "fuenf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
}  # fmt: skip

_TEENS: Final = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip

_GERMAN_TEENS: Final = {
    "zehn": "10", "elf": "11", "zwölf": "12", "zwoelf": "12", "dreizehn": "13", "vierzehn": "14", "fünfzehn": "15",
    "fuenfzehn": "15", "sechzehn": "16", "siebzehn": "17", "achtzehn": "18", "neunzehn": "19",
}  # fmt: skip

_ENGLISH_TENS: Final = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip

_GERMAN_TENS: Final = {
    "zwanzig": "2", "dreißig": "3", "dreissig": "3", "vierzig": "4", "fünfzig": "5", "fuenfzig": "5", "sechzig": "6",
    "siebzig": "7", "achtzig": "8", "neunzig": "9",
}  # fmt: skip

_GERMAN_UNITS: Final = {"ein": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5", "fuenf": "5",
                        "sechs": "6", "sieben": "7", "acht": "8", "neun": "9"}  # fmt: skip

SINGLE: Final = {"single": 1, "double": 2, "doppel": 2, "triple": 3, "treble": 3, "dreifach": 3, "quadruple": 4}
"""How often the digit after it is meant."""

ALSO_DIGITS: Final = {
    "oh": "0", "o": "0", "for": "4", "to": "2", "too": "2", "won": "1", "ate": "8", "ein": "1", "eine": "1",
}  # fmt: skip
"""What a recogniser writes for a digit; digits only between others."""

PLURALS: Final = {
    "zeros": "0", "zeroes": "0", "ones": "1", "twos": "2", "threes": "3", "fours": "4", "fives": "5", "sixes": "6",
    "sevens": "7", "eights": "8", "nines": "9", "nullen": "0", "einsen": "1", "zweien": "2", "dreien": "3",
    "vieren": "4", "fünfen": "5", "sechsen": "6", "siebenen": "7", "achten": "8", "neunen": "9",
}  # fmt: skip
"""Behind a number, which says how many of them: `two ones`."""

TIMES: Final = frozenset(("times", "mal"))
THE: Final = frozenset(("the", "a", "die", "eine"))
"""`four times the one`, `vier mal die eins`."""

ROUND: Final = {"hundred": "00", "thousand": "000", "hundert": "00", "tausend": "000"}

_FILLERS_TEXT: Final = (
    "uh uhm um er erm äh ähm ehm hm mhm then dann and und a dash minus hyphen bindestrich strich slash schrägstrich "
    "space okay ok yes yeah ja right genau like comma komma pause dot point punkt underscore unterstrich it s its "
    "noch nochmal again now so also"
)
FILLERS: Final = frozenset(_FILLERS_TEXT.split())
"""Said between the digits of one number."""

_LONGEST: Final = 60

_ALL_UNITS: Final = "|".join((*_GERMAN_UNITS, "eins"))
_BEFORE_HUNDRED: Final = "|".join((*_GERMAN_TEENS, *_GERMAN_UNITS))
_COMPOUND: Final = re.compile(
    rf"(?:(?P<thousands>{_ALL_UNITS})?(?P<thousand>tausend)(?:und)?)?"
    rf"(?:(?P<hundreds>{_BEFORE_HUNDRED})?(?P<hundred>hundert)(?:und)?)?"
    rf"(?:(?P<teen>{'|'.join(_GERMAN_TEENS)})|(?P<unit>{'|'.join(_GERMAN_UNITS)})und(?P<tens>{'|'.join(_GERMAN_TENS)})"
    rf"|(?P<ten>{'|'.join(_GERMAN_TENS)})|(?P<one>{_ALL_UNITS}))?"
)
"""`dreiundzwanzig`, `zweihundertfünfunddreißig`, `neunzehnhundertvierundachtzig`, `zweitausendelf`."""


def digits_of(word: str) -> str | None:
    """The digits that a word, in lower case, reads out; null of any other word."""
    if word in _UNITS:
        return _UNITS[word]
    if word in _TEENS:
        return _TEENS[word]
    if word in _GERMAN_TEENS:
        return _GERMAN_TEENS[word]
    if word in _ENGLISH_TENS:
        return _ENGLISH_TENS[word] + "0"
    if word in _GERMAN_TENS:
        return _GERMAN_TENS[word] + "0"
    return _compound(word)


def _compound(word: str) -> str | None:
    if word in ROUND or len(word) > _LONGEST or (found := _COMPOUND.fullmatch(word)) is None:
        return None
    if not (found["thousand"] or found["hundred"] or found["unit"]):
        return None
    number = 1000 * int(_unit_of(found["thousands"])) if found["thousand"] else 0
    if found["hundred"]:
        number += 100 * int(_GERMAN_TEENS.get(found["hundreds"] or "") or _unit_of(found["hundreds"]))
    return str(number + _rest(found))


def _unit_of(word: str | None) -> str:
    """`hundert` is one hundred."""
    return _GERMAN_UNITS.get(word or "ein", "1")


def _rest(found: re.Match[str]) -> int:
    """What stands behind the hundreds."""
    if found["unit"]:
        return 10 * int(_GERMAN_TENS[found["tens"]]) + int(_GERMAN_UNITS[found["unit"]])
    if found["ten"]:
        return 10 * int(_GERMAN_TENS[found["ten"]])
    if found["teen"]:
        return int(_GERMAN_TEENS[found["teen"]])
    return int(_unit_of(found["one"])) if found["one"] else 0


def joins(tens: str, unit: str) -> bool:
    """Are `twenty` and `one` behind it one number? In German the unit stands before."""
    return tens in _ENGLISH_TENS and unit in _UNITS and _UNITS[unit] != "0"
