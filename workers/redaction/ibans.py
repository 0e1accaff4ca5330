"""IBANs, by their shape and their check digits, and numbers with letters in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.checks import is_iban
from tonewatch.workers.redaction.runs import Run
from tonewatch.workers.redaction.spans import Span

_IBAN: Final = re.compile(r"\b[A-Z][ ]?[A-Z][ ]?\d[ ]?\d(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_SHORTEST: Final = 15

_LETTERS: Final = re.compile(r"(?:\b([A-Za-z]{2})|\b([A-Za-z])\s+([A-Za-z]))\s*$")
"""The country before an IBAN that is read out."""

_COUNTRY_WITHIN: Final = 8

_MIXED: Final = re.compile(r"(?<![\w-])(?=[A-Za-z]{1,8}\d|\d{1,8}[A-Za-z])[A-Za-z0-9]{5,20}(?![\w-])")
_MIXED_DIGITS: Final = 3

_LETTERS_BEFORE: Final = re.compile(r"\b[A-HJ-Z]{1,2} ?$")
_LETTERS_BEHIND: Final = re.compile(r" ?[A-HJ-Z]\b")
_ATTACHED: Final = 4


def ibans(text: str) -> Iterator[Span]:
    """Those whose check digits are right; a longer match is cut back until it is one."""
    for match in _IBAN.finditer(text):
        for end in range(match.end(), match.start() + _SHORTEST, -1):
            if text[end - 1].isalnum() and is_iban(text[match.start() : end]):
                yield match.start(), end
                break


def mixed(text: str, names: Names) -> Iterator[Span]:
    """`C01X00T47`, where the word for it was said."""
    for match in _MIXED.finditer(text):
        if sum(letter.isdigit() for letter in match[0]) < _MIXED_DIGITS:
            continue
        if names.before(match.start()) in ("named", "code", "account"):
            yield match.span()


def country(text: str, run: Run) -> re.Match[str] | None:
    """The two letters before a run."""
    return _LETTERS.search(text, max(0, run.start - _COUNTRY_WITHIN), run.start)


def reads_an_iban(text: str, run: Run) -> bool:
    letters = country(text, run)
    if letters is None:
        return False
    return is_iban((letters[1] or letters[2] + letters[3]) + run.digits)


def with_letters(text: str, span: Span) -> Span:
    """A number with the capitals that are a part of it: `AB 12 34 56 C`."""
    start, end = span
    before = _LETTERS_BEFORE.search(text, max(0, start - _ATTACHED), start)
    behind = _LETTERS_BEHIND.match(text, end)
    return before.start() if before else start, behind.end() if behind else end
