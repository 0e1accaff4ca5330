"""Money, measures, times and fractions: numbers that are nobody's, unless they are called one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tonewatch.workers.redaction.spans import Span

_UNITS: Final = (
    r"euros?|dollars?|bucks|pounds?|pence|cents?|francs?|franken|quid|percent|prozent|%|€|\$|£|km|kilom\w{0,9}|met(?:er|re)\w{0,2}"
    r"|miles?"
    r"|kwh|kilowatt\w{0,9}|megabits?|mbit|gigabytes?|gb|degrees?|grad|hours?|stunden?|minutes?|minuten?|days?|tagen?|weeks?"
    r"|wochen?|months?|monaten?|years?|jahren?|times"
    r"|mal(?! (?:\d|null|eins|zw[eo]|drei|vier|fünf|sechs|sieben|acht|neun))"
    r"|uhr|o'clock|am(?! (?:ende|schluss|anfang)\b)|pm|a\.m|p\.m"
    r"|points?|punkten?|punkte|kilos?|people|leute"
)
_UNIT: Final = re.compile(rf"[\s-]?(?:{_UNITS})(?!\w)", re.IGNORECASE)

_AMOUNTS: Final = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[€$£]\s?\d[\d.,]{0,15}",
        # Bounded: a long row of digits and points is tried from its beginning alone.
        rf"(?<![\d.,])\d(?:[\d.,]{{0,14}}\d)?\s?(?:{_UNITS})(?!\w)",
        r"(?<![\d.,])\d{1,3}(?:[.,]\d{3}){1,6}(?:[.,]\d{1,2})?(?![.,-]?\d)",
        r"(?<![\d.,])\d{1,6}[.,]\d{1,2}(?![.,-]?\d)",
    )
]
_CLOCK: Final = re.compile(r"(?<![\d:])\d{1,2}:\d\d(?![:\d])")

_BEFORE_A_TIME: Final = re.compile(
    r"\b(?:at|around|about|until|till|by|before|after|from|since|between|um|seit|zwischen|gegen|ab|bis|vor|nach|kurz)\s*$",
    re.IGNORECASE,
)
_AT_AN_HOUR: Final = re.compile(r"\b(?:at|until|till|around|um|gegen|bis)\s$", re.IGNORECASE)
_HOURS, _MINUTES = 24, 60

_MONEY: Final = re.compile(
    r"\b(?:charge[ds]?|charging|paid|i pay|we pay|bills?|billed|invoices?|costs?|prices?|debited|deducted|owe[ds]?|took"
    r"|refund\w{0,4}|fees?|kostet\w{0,2}|kosten|preise?|(?:be|ge)zahlt|zahle|abgebucht|berechnet|rechnung(?:en)?|gebühr(?:en)?|betr[aä]ge?)\b",
    re.IGNORECASE,
)

_QUANTITY: Final = re.compile(
    r"\b(?:volumes?|counts?|totals?|average|usage|consumption|balance|limit|score|quot(?:e[ds]?|ing)|offer(?:s|ed)?"
    r"|rais(?:ed?|es|ing)|increas\w{1,4}|decreas\w{1,4}|drop(?:s|ped)?|fell|falls|rose|grew|went|was|were"
    r"|verbrauch\w{0,2}|volumen|anzahl|umsatz|gestiegen|gefallen|erhöht|gesenkt|ging|war|waren|(?:an)?geboten|angebot\w{0,2}"
    r"|(?:durch)?schnitt|limit|abschlag\w{0,2})\b"
    r"|(?:kosten|rechnung|tarif|gebühr|volumen|aufkommen|stand|preis)\b",
    re.IGNORECASE,
)


def amounts(text: str) -> Iterator[Span]:
    """All of `clocks` too; they may overlap."""
    for pattern in _AMOUNTS:
        for match in pattern.finditer(text):
            yield match.span()
    yield from clocks(text)


def clocks(text: str) -> Iterator[Span]:
    """`10:30`."""
    for match in _CLOCK.finditer(text):
        yield match.span()


def speaks_of_money(text: str, start: int, end: int) -> bool:
    """Are the numbers from `start` to `end` what something cost?"""
    return _MONEY.search(text, start, end) is not None


def speaks_of_quantity(text: str, start: int, end: int) -> bool:
    """Of what is counted or costs something, from `start` to `end`: several numbers behind that are its values."""
    return speaks_of_money(text, start, end) or _QUANTITY.search(text, start, end) is not None


def is_measured(text: str, end: int) -> bool:
    """Does a unit stand behind what ends here: `three weeks`?"""
    return _UNIT.match(text, end) is not None


def is_spoken_time(text: str, start: int, groups: tuple[str, ...]) -> bool:
    """`at 12 30`, `um zwölf dreißig`, `at ten`."""
    if len(groups) == 1 and len(groups[0]) <= 2 and int(groups[0]) <= _HOURS:
        return _AT_AN_HOUR.search(text, max(0, start - 12), start) is not None
    if len(groups) != 2 or not all(len(group) <= 2 for group in groups) or len(groups[1]) != 2:
        return False
    if not (int(groups[0]) <= _HOURS and int(groups[1]) < _MINUTES):
        return False
    return _BEFORE_A_TIME.search(text, max(0, start - 12), start) is not None
