"""Amounts that change or lie between two bounds: `from 35 to 45`, `between 4000 and 4500`, `von 1000 auf 500`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.number_words import ROUND
from tonewatch.workers.redaction.runs import Token
from tonewatch.workers.redaction.spans import Span

_JOINS: Final = {
    "from": frozenset(("to", "down", "up")),
    "between": frozenset(("and",)),
    "von": frozenset(("auf", "bis", "zu")),
    "zwischen": frozenset(("und",)),
}
"""What stands before the first amount, and what before the second."""

_ONWARDS: Final = frozenset(("and", "then", "und", "dann", "to", "down", "up", "auf", "bis", "wieder", "back"))
"""Before a third: `and then to 8`."""

_MOST_DIGITS: Final = 5
_MOST_WORDS: Final = 5
_MOST_AMOUNTS: Final = 6
_CODE_WITHIN: Final = 24
"""Characters before it within which a word for a code makes two codes of it: `I changed the pin from ...`."""

_SPACE: Final = re.compile(r"[\s,]{1,3}")


def changes(text: str, words: Sequence[Token], names: Names) -> Iterator[Span]:
    """From the first amount to the last, in order; each word is looked at a bounded number of times."""
    for at, word in enumerate(words):
        joins = _JOINS.get(word.text)
        if joins is None or names.before(word.start, _CODE_WITHIN) == "code":
            continue
        first = _amount(text, words, at + 1)
        second = _next(text, words, first, joins) if first is not None else None
        if second is not None:
            yield words[at + 1].start, words[_last(text, words, second) - 1].end


def _last(text: str, words: Sequence[Token], end: int) -> int:
    for _ in range(_MOST_AMOUNTS):
        following = _next(text, words, end, _ONWARDS)
        if following is None:
            break
        end = following
    return end


def _next(text: str, words: Sequence[Token], at: int, joins: frozenset[str]) -> int | None:
    """The place behind the amount that such a word leads to, `down to` and `and then to` too; null where none does."""
    for place in range(at, min(at + 3, len(words))):
        if words[place].text not in (joins if place == at else _ONWARDS):
            return None
        if (end := _amount(text, words, place + 1)) is not None:
            return end
    return None


def _amount(text: str, words: Sequence[Token], at: int) -> int | None:
    """The place behind an amount, which begins with no nought and is not long; null where none begins."""
    place, digits = at, ""
    while place < min(at + _MOST_WORDS, len(words)):
        word = words[place]
        if not (word.digits or (digits and word.text in ROUND)):
            break
        if place > at and _SPACE.fullmatch(text, words[place - 1].end, word.start) is None:
            break
        digits += word.digits
        place += 1
    return place if 0 < len(digits) <= _MOST_DIGITS and not digits.startswith("0") else None
