"""What is told by its shape: e-mail addresses, dates of birth, IBANs, and amounts, which are nobody's number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tonewatch.workers.redaction.checks import is_iban
from tonewatch.workers.redaction.number_words import digits_of

Span = tuple[int, int]

_MONTHS: Final = (
    "january february march april may june july august september october november december "
    "januar jänner februar märz maerz mai juni juli oktober dezember"
)
_MONTH: Final = f"(?:{'|'.join(_MONTHS.split())})"
_ORDINAL: Final = (
    r"(?:\d{1,2}(?:st|nd|rd|th|\.)?|(?:twenty |thirty )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth"
    r"|thirtieth|(?:[a-zäöüß]+und)?(?:ers|zwei|drit|vier|fünf|sechs|sieb|siebt?|ach|neun|zehn|elf|zwölf|dreizehn"
    r"|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn|zwanzigs|dreißigs|dreissigs)te[rnms]?)"
)
_TENS: Final = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_UNIT: Final = "(?:one|two|three|four|five|six|seven|eight|nine)"
_YEAR: Final = (
    rf"(?:(?:19|20)\d\d|(?:nineteen|twenty) (?:{_TENS}(?:[ -]{_UNIT})?|oh {_UNIT}|[a-z]+teen|ten|eleven|twelve)"
    rf"|two thousand(?: and)?(?: {_UNIT}| ten| eleven| twelve| [a-z]+teen)?"
    r"|neunzehnhundert[a-zäöüß]*|zweitausend[a-zäöüß]*)"
)
_TWO_DIGITS: Final = r"(?:\d\d|[a-zäöüß]+und[a-zäöüß]+zig|(?:zwan|vier|fünf|sech|sieb|acht|neun)zig|dreißig)"
_THE: Final = r"(?:(?:on )?(?:the )|on )?"

_DATES: Final = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:19|20)\d\d-\d\d-\d\d\b",
        r"\b\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:(?:19|20)\d\d|\d\d)\b",
        rf"\b{_THE}{_ORDINAL}(?: of)? {_MONTH}(?:,? {_YEAR})?\b",
        rf"\b{_MONTH} (?:the )?{_ORDINAL}(?:,? {_YEAR})?\b",
        rf"\b{_ORDINAL} (?:{_ORDINAL}|{_MONTH}) (?:{_YEAR}|{_TWO_DIGITS})\b",
        rf"\b{_MONTH} {_YEAR}\b",
        r"\b\d{1,2} \d{1,2} (?:19|20)\d\d\b",
    )
]

_BORN: Final = re.compile(
    r"\bborn\b|\bbirth|\bdob\b|\bd\.o\.b|geboren|geburt|\bgeb\.",
    re.IGNORECASE,
)
_BORN_WITHIN: Final = 60
_BORN_BEHIND: Final = 30

_WRITTEN_YEAR: Final = re.compile(r"\b(19|20)(\d\d)\b")
_LATEST_BIRTH: Final = 2009
"""Of who makes calls of their own: a whole date of a later year is one of business, unless birth is spoken of."""

_WRITTEN_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_JOINT: Final = r"(?: dot | punkt | underscore | unterstrich | dash | minus | hyphen | bindestrich | plus |[._+-])"
_SPOKEN_MAIL: Final = re.compile(
    rf"(?P<local>(?:\b\w ){{0,30}}\b\w+(?:{_JOINT}\w+){{0,6}})"
    rf"\s+(?:at|ät|ett|@|klammeraffe)\s+(?:the )?(?P<domain>\w+(?:{_JOINT}\w+){{0,4}}"
    r"(?: dot | punkt |\.)(?:com|org|net|de|at|ch|eu|uk|io|info|edu|gov|biz|fr|nl|pl|us|co(?: dot |\.)uk))\b",
    re.IGNORECASE,
)
_MAIL_SAID: Final = re.compile(r"e-?\s?mail|\bmail|adress|address|write to|send|schreib|schick", re.IGNORECASE)
_NO_LOCAL: Final = frozenset(
    [
        "look",
        "looking",
        "is",
        "was",
        "are",
        "up",
        "me",
        "us",
        "him",
        "it",
        "arrive",
        "be",
        "start",
        "website",
        "page",
        "store",
        "shop",
    ]
)

_IBAN: Final = re.compile(r"\b[A-Z]{2}[ ]?\d\d(?:[ -]?[A-Z0-9]){11,30}\b")

_UNITS: Final = (
    r"euros?|dollars?|bucks|pounds?|pence|cents?|francs?|franken|quid|percent|prozent|%|€|\$|£|km|kilomet\w+|met\w+|miles?"
    r"|kwh|kilowatt\w*|megabits?|mbit|gigabytes?|gb|degrees?|grad|hours?|stunden?|minutes?|minuten?|days?|tagen?|weeks?"
    r"|wochen?|months?|monaten?|years?|jahren?|mal|times|uhr|o'clock|am|pm|a\.m|p\.m"
)
_AMOUNTS: Final = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[€$£]\s?\d[\d.,]*",
        # Bounded: a long row of digits and points is tried from its beginning alone.
        rf"(?<![\d.,])\d[\d.,]{{0,15}}\s?(?:{_UNITS})(?!\w)",
        r"\b\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?\b(?![- ]?\d)",
        r"\b\d{1,2}:\d\d\b",
        r"\b\d+[.,]\d{1,2}\b(?![.,-]?\d)",
    )
]


def emails(text: str) -> Iterator[Span]:
    for match in _WRITTEN_MAIL.finditer(text):
        yield match.span()
    for match in _SPOKEN_MAIL.finditer(text):
        start, local = match.start("local"), match["local"]
        # Single letters that are spelled belong to it; a word before them does not.
        alone = local.split()[-1].lower() if " " in local or local.isalpha() else ""
        is_plain = local.isalpha() or alone == local.lower()
        said = _MAIL_SAID.search(text[:start]) is not None
        if is_plain and (local.lower() in _NO_LOCAL or (not said and local.isalpha())):
            continue
        yield start, match.end()


def ibans(text: str) -> Iterator[Span]:
    """Those whose check digits are right; a longer match is cut back until it is one."""
    for match in _IBAN.finditer(text):
        for end in range(match.end(), match.start() + 15, -1):
            if text[end - 1].isalnum() and is_iban(text[match.start() : end]):
                yield match.start(), end
                break


def dates(text: str) -> Iterator[Span]:
    """Every date, of whatever it is; of two that overlap the one that begins first."""
    matches = [match for pattern in _DATES for match in pattern.finditer(text) if _may_be(match[0])]
    found = sorted({match.span() for match in matches}, key=lambda span: (span[0], -span[1]))
    end = -1
    for span in found:
        if span[0] >= end:
            yield span
            end = span[1]


def _may_be(date: str) -> bool:
    """Day and month where it is written in figures, in either order: a sort code has that form too."""
    figures = [int(group) for group in re.findall(r"\d+", date)]
    if len(figures) < 3:
        return True
    day, month = sorted(figures[1:] if figures[0] > 31 else figures[:2], reverse=True)
    return 1 <= month <= 12 and 1 <= day <= 31


def is_birth(text: str, span: Span) -> bool:
    """Birth is spoken of beside it, or it is a whole date of a year in which a caller may have been born."""
    around = text[max(0, span[0] - _BORN_WITHIN) : span[0]] + " " + text[span[1] : span[1] + _BORN_BEHIND]
    if _BORN.search(around):
        return True
    year = _year(text[span[0] : span[1]].lower())
    is_whole = len(text[span[0] : span[1]].split()) > 2 or text[span[0]].isdigit()
    return year is not None and year <= _LATEST_BIRTH and is_whole


def _year(date: str) -> int | None:
    if (written := _WRITTEN_YEAR.search(date)) is not None:
        return int(written[1] + written[2])
    if "nineteen " in date or "neunzehnhundert" in date:
        return 1900
    if "two thousand" in date or "twenty oh" in date or "zweitausend" in date:
        return 2000
    last = date.replace(".", " ").split()[-1]
    number = digits_of(last)
    return 1900 if number is not None and len(number) == 2 and len(date.split()) > 2 else None


def amounts(text: str) -> Iterator[Span]:
    """Money, measures, times and fractions."""
    for pattern in _AMOUNTS:
        for match in pattern.finditer(text):
            yield match.span()
