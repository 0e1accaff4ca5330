"""Dates, written and spoken, and which of them somebody was born on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tonewatch.workers.redaction.amounts import is_measured
from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.number_words import digits_of, joins
from tonewatch.workers.redaction.spans import Span

_MONTHS: Final = (
    "january february march april may june july august september october november december "
    "januar jänner februar märz maerz mai juni juli oktober dezember"
)
_SHORT_MONTHS: Final = "jan feb mar apr jun jul aug sept sep oct okt nov dec dez"
_MONTH: Final = rf"(?:(?:{'|'.join(_MONTHS.split())})|(?:{'|'.join(_SHORT_MONTHS.split())})\b\.?)"
_ORDINAL: Final = (
    r"(?:\d{1,2}(?:st|nd|rd|th|\.)?|(?:twenty[ -]|thirty[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth"
    r"|ninth)|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth"
    r"|twentieth|thirtieth|(?:[a-zäöüß]{3,8}und)?(?:ers|zwei|drit|vier|fünf|sechs|sieb|siebt?|ach|neun|zehn|elf|zwölf"
    r"|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn|zwanzigs|dreißigs|dreissigs)te[rnms]?)"
)
_TENS: Final = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_UNIT: Final = "(?:one|two|three|four|five|six|seven|eight|nine)"
_YEAR: Final = (
    rf"(?:(?:19|20)\d\d|(?:nineteen|twenty) (?:{_TENS}(?:[ -]{_UNIT})?|oh {_UNIT}|[a-z]{{3,6}}teen|ten|eleven|twelve)"
    rf"|two thousand(?: and)?(?: {_UNIT}| ten| eleven| twelve| [a-z]{{3,6}}teen)?"
    r"|neunzehnhundert[a-zäöüß]{0,24}|zweitausend[a-zäöüß]{0,24})"
)
_TWO_DIGITS: Final = (
    rf"(?:\d\d|[a-zäöüß]{{3,8}}und[a-zäöüß]{{2,6}}zig|(?:zwan|vier|fünf|sech|sieb|acht|neun)zig|dreißig"
    rf"|{_TENS}(?:[ -]{_UNIT})?)"
)
_SEAM: Final = (
    r"[.,;]{0,2} (?:(?:uh|um|er|äh|ähm|and|und|the|it's|its|that's|is|in|of|year|das|im|jahr|jahrgang|war|ist|yes|ja"
    r"|yeah)[.,]? ){0,4}"
)
"""Between a day and its year that comes after a pause."""

_THE: Final = r"(?:(?:on )?(?:the )|on )?"
_NO_DIGIT_BEFORE: Final = r"(?<![\d./-])(?<!\d )"
_NO_DIGIT_BEHIND: Final = r"(?![ ./-]?\d)"

_DATES: Final = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NO_DIGIT_BEFORE}(?:19|20)\d\d-\d\d-\d\d{_NO_DIGIT_BEHIND}",
        rf"{_NO_DIGIT_BEFORE}\d{{1,2}}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?(?:(?:19|20)\d\d|\d\d){_NO_DIGIT_BEHIND}",
        rf"\b{_THE}{_ORDINAL}(?: of)? {_MONTH}(?:,? {_YEAR})?(?!\w)",
        rf"\b{_MONTH} (?:the )?{_ORDINAL}(?:,? {_YEAR})?(?!\w)",
        rf"\b{_MONTH} (?:the )?{_ORDINAL},? {_TWO_DIGITS}(?!\w)",
        rf"\b{_THE}{_ORDINAL}(?: of)?(?: the)? (?:{_ORDINAL}|{_MONTH}) (?:{_YEAR}|{_TWO_DIGITS})\b{_NO_DIGIT_BEHIND}",
        rf"\b{_THE}{_ORDINAL}(?: of)?(?: the)? (?:{_ORDINAL}|{_MONTH}){_SEAM}(?:{_YEAR}|{_TWO_DIGITS})\b"
        rf"{_NO_DIGIT_BEHIND}",
        rf"\b{_MONTH} (?:the )?{_ORDINAL}{_SEAM}(?:{_YEAR}|{_TWO_DIGITS})\b{_NO_DIGIT_BEHIND}",
        rf"\b{_MONTH} {_YEAR}\b",
        rf"{_NO_DIGIT_BEFORE}\d{{1,2}} \d{{1,2}} (?:19|20)\d\d{_NO_DIGIT_BEHIND}",
    )
]

_BEGUN: Final = re.compile(
    rf"\b{_THE}{_ORDINAL}(?:(?: of)?(?: the)? (?:{_ORDINAL}|{_MONTH}))?(?![\w.,-]?\d)(?!\w)", re.IGNORECASE
)
"""A day, or a day and a month, of which the rest is not said yet."""

_BORN: Final = re.compile(r"\bborn\b|\bbirth|\bdob\b|\bd\.o\.b|\bd o b\b|geboren|geburt|\bgeb\.", re.IGNORECASE)
_BORN_WITHIN: Final = 60
_BORN_BEHIND: Final = 30

_BUSINESS: Final = re.compile(
    r"invoice|contract|\bbill\b|signed|bought|ordered|order|purchase|moved|tenancy|since|policy from|rechnung|vertrag"
    r"|gekauft|bestell|unterschrieben|eingezogen|seit|miete|mietvertrag",
    re.IGNORECASE,
)
"""What a date beside it is of, unless birth is spoken of."""

_SHORT_YEARS_LEAST: Final = 27
"""Of a year in two digits: less is one of this century, when a caller was a child, and the date one of business."""

_ENDS: Final = re.compile(
    r"\s*(?:$|[.,;:!?)|]|(?:and|und|is|ist|if|that|that's|das|in|i|ich|bin|my|mein|meine|she|he|we|er|sie|it|it's|es|so|yes|ja|yeah"
    r"|please|bitte|okay|ok|geboren|für|for)\b)",
    re.IGNORECASE,
)
"""Behind a year in two digits; before a noun it is a number of things: `on the fourth of July 82 of us`."""

_WRITTEN_YEAR: Final = re.compile(r"\b(19|20)(\d\d)\b")
_LATEST_BIRTH: Final = 2009
"""Of who makes calls of their own: a whole date of a later year is one of business, unless birth is spoken of."""


def dates(text: str) -> Iterator[Span]:
    """Every date, of whatever it is; of two that overlap the one that begins first."""
    matches = [match for pattern in _DATES for match in pattern.finditer(text) if _may_be(match[0])]
    found = sorted({match.span() for match in matches}, key=lambda span: (span[0], -span[1]))
    end = -1
    for span in found:
        if span[0] >= end:
            yield span
            end = span[1]


def births_begun(text: str, names: Names) -> Iterator[Span]:
    """Days behind a word of birth, as far as they were said."""
    for match in _BEGUN.finditer(text):
        if names.is_of_birth(match.start()) and not is_measured(text, match.end()):
            yield match.span()


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
    if _BUSINESS.search(around):
        return False
    date = text[span[0] : span[1]]
    year = _year(date.lower())
    if year is None and (short := _short_year(date.lower())) is not None:
        ends = _ENDS.match(text, span[1]) is not None and not is_measured(text, span[1])
        return short >= _SHORT_YEARS_LEAST and ends
    return year is not None and year <= _LATEST_BIRTH and (len(date.split()) > 2 or date[0].isdigit())


def _year(date: str) -> int | None:
    if (written := _WRITTEN_YEAR.search(date)) is not None:
        return int(written[1] + written[2])
    if "nineteen " in date or "neunzehnhundert" in date:
        return 1900
    if "two thousand" in date or "twenty oh" in date or "zweitausend" in date:
        return 2000
    return None


def _short_year(date: str) -> int | None:
    """The two digits at the end of a date of more than a day and a month: `fourth of July 82`."""
    words = re.findall(r"\w+", date)
    if len(words) < 3:
        return None
    tens, unit = (digits_of(word) or "" for word in words[-2:])
    if words[-1].isdigit() and len(words[-1]) == 2:
        return int(words[-1])
    if len(unit) == 2:
        return int(unit)
    return int(tens[0] + unit) if joins(words[-2], words[-1]) else None
