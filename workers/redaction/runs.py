"""Runs of digits in a text, written or spoken: `4111 1111`, `four one one one`, `dreiundzwanzig zwölf`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tonewatch.workers.redaction.number_words import ALSO_DIGITS, FILLERS, ROUND, SINGLE, digits_of, joins

_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+", re.UNICODE)
_BETWEEN: Final = re.compile(r"[\s,.()/+-]*")
_WORDS_BETWEEN: Final = re.compile(r"[\s,-]*")

ROUND_LEAST: Final = 9
"""Digits of a run in which `hundred` is two noughts: `two thousand and nineteen` is a number, and nobody's."""

SOUNDS_LIKE_LEAST: Final = 3
"""Digits on both sides together for `for` to be a four."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a group of digits; `digits` that it stands for, '' where it stands for none."""

    start: int
    end: int
    text: str
    digits: str
    spoken: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that belong together. `groups` as they were read out; `plus`: it begins with a plus."""

    start: int
    end: int
    groups: tuple[str, ...]
    spoken: int
    plus: bool
    commas: int

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def tokens(text: str) -> list[Token]:
    """All of them, in order; `twenty one` is one, and so is `double five`."""
    found: list[Token] = []
    matches = list(_TOKEN.finditer(text))
    at = 0
    while at < len(matches):
        one, following = matches[at], matches[at + 1] if at + 1 < len(matches) else None
        word, next_word = one[0].lower(), following[0].lower() if following else ""
        digits, end, used = (word, one.end(), 1) if word.isdigit() else (digits_of(word) or "", one.end(), 1)
        if following is not None and joins(word, next_word):
            digits, end, used = digits[0] + (digits_of(next_word) or ""), following.end(), 2
        elif following is not None and word in SINGLE and (unit := _unit(next_word)):
            digits, end, used = unit * SINGLE[word], following.end(), 2
        found.append(Token(one.start(), end, word, digits, not word.isdigit()))
        at += used
    return found


def _unit(word: str) -> str:
    digits = word if word.isdigit() else digits_of(word) or ALSO_DIGITS.get(word, "")
    return digits if len(digits) == 1 else ""


def runs(text: str, taken: Sequence[tuple[int, int]] = ()) -> Iterator[Run]:
    """Longest first from the left. What lies in `taken` (amounts, dates) is part of none."""
    words = [token for token in tokens(text) if not any(a < token.end and token.start < b for a, b in taken)]
    at = 0
    while at < len(words):
        last = _end_of_run(text, words, at)
        if last is None:
            at += 1
            continue
        yield _run(text, words[at : last + 1])
        at = last + 1


def _end_of_run(text: str, words: Sequence[Token], first: int) -> int | None:
    """The last token of the run that begins here; null where none does."""
    if not words[first].digits and not (words[first].text in ("oh", "o") and _next_is_digit(text, words, first)):
        return None
    last, at = first, first + 1
    while at < len(words) and _touch(text, words[at - 1], words[at]):
        if words[at].digits or words[at].text in ALSO_DIGITS or words[at].text in ROUND:
            last = at
        elif words[at].text not in FILLERS:
            break
        at += 1
    # What only may be a digit is one between digits, and `oh` at the end as well.
    while last > first and not words[last].digits and words[last].text not in ("oh", "o", *ROUND):
        last -= 1
    while last > first and words[last].text in FILLERS:
        last -= 1
    return last


def _next_is_digit(text: str, words: Sequence[Token], first: int) -> bool:
    following = words[first + 1 : first + 2]
    return bool(following) and bool(following[0].digits) and _touch(text, words[first], following[0])


def _touch(text: str, one: Token, other: Token) -> bool:
    between = text[one.end : other.start]
    if one.text in FILLERS or other.text in FILLERS:
        return bool(_WORDS_BETWEEN.fullmatch(between))
    # The end of a sentence is one, but `12. 34` of a recogniser that hears pauses is not.
    return len(between) <= 4 and bool(_BETWEEN.fullmatch(between))


def _run(text: str, words: Sequence[Token]) -> Run:
    sure = sum(len(token.digits) for token in words)
    groups: list[str] = []
    for token in words:
        if token.digits:
            groups.append(token.digits)
        elif token.text in ("oh", "o") or (token.text in ALSO_DIGITS and sure >= SOUNDS_LIKE_LEAST):
            groups.append(ALSO_DIGITS[token.text])
        elif token.text in ROUND and sure >= ROUND_LEAST - 2:
            groups.append(ROUND[token.text])
    start = words[0].start
    before = text[:start].rstrip(" (")
    plus = before.endswith("+") or before.lower().endswith("plus")
    if before.endswith("+"):
        start = len(before) - 1
    elif plus:
        start = len(before) - len("plus")
    elif text[:start].endswith("("):
        start -= 1
    spoken = sum(token.spoken for token in words)
    return Run(start, words[-1].end, tuple(groups), spoken, plus, text[start : words[-1].end].count(","))
