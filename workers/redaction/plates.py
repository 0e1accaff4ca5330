"""Plates of cars, written and spelled: `B-MW 1234`, `AB12 CDE`, `B as in Bravo, M W 1 2 3 4`.

Letters and digits that stand beside each other are read as one, each row of them once; so the work is bounded by how
many there are. The forms are those of Germany (Anlage 2 FZV), of the United Kingdom since 1963 and of most of the
United States; a plate of another form is one where the word for it is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tonewatch.workers.redaction.amounts import is_measured
from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.number_words import FILLERS
from tonewatch.workers.redaction.runs import Token, tokens
from tonewatch.workers.redaction.spans import Span

_SPELLING_TEXT: Final = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu "
    "anton ärger berta cäsar dora emil friedrich gustav heinrich ida julius kaufmann konrad ludwig martha nordpol otto "
    "ökonom paula quelle richard samuel siegfried theodor ulrich übermut viktor wilhelm xanthippe ypsilon zacharias "
    "zeppelin"
)
_SPELLING: Final = frozenset(_SPELLING_TEXT.split())
"""Of the alphabet of the ICAO and of DIN 5009: each word stands for its first letter."""

_EXPLAINING: Final = (("as", "in"), ("as",), ("for",), ("like",), ("wie",))
"""Between a letter and the word that it begins: `B as in Bravo`, `B wie Berta`."""

_JOINTS: Final = (FILLERS - {"a", "s", "and", "und"}) | frozenset(("dashes", "leerzeichen"))
_BETWEEN: Final = re.compile(r"[\s,.:;\-–/]*")
_WIDEST: Final = 6
"""Characters between two parts."""

_WORD_OF_PLATE: Final = re.compile(
    r"\bplates?\b|\breg\b|\bregistration\b|\btags?\b|kennzeichen|nummernschild|autonummer", re.IGNORECASE
)
_WORD_WITHIN, _WORD_BEHIND = 60, 30
"""Characters before a plate within which its word ends, and behind it."""

_MOST_SIGNS: Final = 8
_LEAST_SIGNS: Final = 3
_CALLED_LEAST: Final = 5
"""Letters and digits of a plate; of one that only is called a number."""

_BRITISH: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z]{3}")
_GERMAN: Final = re.compile(r"[A-ZÄÖÜ]{2,5}\d{1,4}[EH]?")
_OTHERS: Final = re.compile(r"\d[A-Z]{3}\d{3}|[A-Z]{3}\d{3,4}|[A-Z]\d{1,3}[A-Z]{3}|\d{3}[A-Z]{3}")
_MIXED: Final = re.compile(r"(?=[A-ZÄÖÜ]*\d)(?=\d*[A-ZÄÖÜ])[A-ZÄÖÜ\d]+")
_WRITTEN_GERMAN: Final = re.compile(r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?\d{2,4}[EH]?")

_Sort = Literal["letters", "digits", "joint"]


@dataclass(frozen=True, slots=True)
class _Part:
    """`signs`: capitals and digits that it stands for; `is_explained`: by a word, as `B as in Bravo`."""

    start: int
    end: int
    sort: _Sort
    signs: str = ""
    is_explained: bool = False


def plates(text: str, names: Names) -> Iterator[Span]:
    """In order; `text` is what somebody said, as a recogniser writes it."""
    for row in _rows(text):
        for parts in _readings(row):
            if _is_plate(text, names, parts):
                yield parts[0].start, parts[-1].end
                break


def begun(text: str) -> int | None:
    """Where the letters and digits begin with which the text ends, where a plate may be read out there; else null."""
    last: list[_Part] = []
    for row in _rows(text):
        last = row
    spelled = sum(len(part.signs) for part in last if part.sort == "letters")
    explained = any(part.is_explained for part in last)
    if not last or (spelled < len("AB") and not explained) or text[last[-1].end :].strip(" .,;:?!"):
        return None
    return last[0].start


def _rows(text: str) -> Iterator[list[_Part]]:
    """Parts one after the other, without the joints at both ends."""
    row: list[_Part] = []
    for part in _parts(text, tokens(text)):
        if row and (part is None or not _touch(text, row[-1], part)):
            yield from _stripped(row)
            row = []
        if part is not None:
            row.append(part)
    yield from _stripped(row)


def _touch(text: str, one: _Part, other: _Part) -> bool:
    return other.start - one.end <= _WIDEST and _BETWEEN.fullmatch(text, one.end, other.start) is not None


def _stripped(row: list[_Part]) -> Iterator[list[_Part]]:
    while row and row[-1].sort == "joint":
        row = row[:-1]
    first = next((at for at, part in enumerate(row) if part.sort != "joint"), len(row))
    if row[first:]:
        yield row[first:]


def _parts(text: str, words: Sequence[Token]) -> Iterator[_Part | None]:
    """Null where a word is no part of any plate."""
    at = 0
    while at < len(words):
        part, used = _part(text, words, at)
        yield part
        at += used


def _part(text: str, words: Sequence[Token], at: int) -> tuple[_Part | None, int]:
    token = words[at]
    written = text[token.start : token.end]
    if len(written) == 1 and written.isalpha() and text[max(0, token.start - 1) : token.start] not in ("'", "’"):
        used = _explained(words, at)
        return _Part(token.start, words[at + used - 1].end, "letters", written.upper(), used > 1), used
    if token.digits and len(token.digits) <= len("1234"):
        return _Part(token.start, token.end, "digits", token.digits), 1
    if len(written) in (2, 3) and written.isupper() and written.isalpha():
        return _Part(token.start, token.end, "letters", written), 1
    if token.text in _SPELLING:
        return _Part(token.start, token.end, "letters", written[0].upper(), is_explained=True), 1
    if token.text in _JOINTS:
        return _Part(token.start, token.end, "joint"), 1
    return None, 1


def _explained(words: Sequence[Token], at: int) -> int:
    """How many words the letter there has, with those that explain it."""
    for explaining in _EXPLAINING:
        last = at + 1 + len(explaining)
        if last < len(words) and tuple(word.text for word in words[at + 1 : last]) == explaining:
            return last + 1 - at if words[last].text.startswith(words[at].text) else 1
    return 1


def _readings(row: list[_Part]) -> Iterator[list[_Part]]:
    """The row, and without an `I` or an `a` at its ends, which may be a word of the sentence."""
    yield row
    behind = row[1:] if row[0].signs in ("A", "I") else row
    before = row[:-1] if row[-1].signs in ("A", "I") else row
    for shorter in (behind, before, behind[:-1] if before is not row else behind):
        yield from _stripped(shorter)


def _is_plate(text: str, names: Names, parts: Sequence[_Part]) -> bool:
    signs = "".join(part.signs for part in parts)
    if not _LEAST_SIGNS <= len(signs) <= _MOST_SIGNS or _MIXED.fullmatch(signs) is None:
        return False
    start, end = parts[0].start, parts[-1].end
    if is_measured(text, end):
        return False
    if _BRITISH.fullmatch(signs) or _WRITTEN_GERMAN.fullmatch(text, start, end):
        return True
    german = _GERMAN.fullmatch(signs) is not None
    if german and any(part.is_explained for part in parts):
        return True
    if _is_called_one(text, start, end):
        return True
    of_a_form = german or _OTHERS.fullmatch(signs) is not None
    return of_a_form and len(signs) >= _CALLED_LEAST and names.before(start) == "named"


def _is_called_one(text: str, start: int, end: int) -> bool:
    before = _WORD_OF_PLATE.search(text, max(0, start - _WORD_WITHIN), start)
    return before is not None or _WORD_OF_PLATE.search(text, end, end + _WORD_BEHIND) is not None
