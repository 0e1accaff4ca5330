"""Runs of digits in a text, written or spoken: `4111 1111`, `four one one one`, `dreiundzwanzig zwölf`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tonewatch.workers.redaction.number_words import (
    ALSO_DIGITS,
    FILLERS,
    PLURALS,
    ROUND,
    SINGLE,
    THE,
    TIMES,
    digits_of,
    joins,
)
from tonewatch.workers.redaction.spans import Span, Spans

_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+")
_BETWEEN: Final = re.compile(r"[\s,.()/+\-_:;*|\\]*")
_WORDS_BETWEEN: Final = re.compile(r"[\s,.;:!?'’\-]*")
_WIDEST: Final = 6
"""Characters between two groups of one number."""

_MOST_FILLERS: Final = 4
"""One after the other between two groups of one number."""

_LISTING: Final = frozenset(("and", "und", "then", "dann", "again", "noch"))

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

    @property
    def is_filler(self) -> bool:
        """`double` too, where the digit that it is of comes later."""
        return not self.digits and (self.text in FILLERS or self.text in SINGLE)


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that belong together. `groups` as they were read out; `plus`: it begins with a plus; `commas` and
    `listed`: how many groups have a comma, or an `and`, before them; `words`: its tokens."""

    start: int
    end: int
    groups: tuple[str, ...]
    spoken: int
    plus: bool
    commas: int
    listed: int
    words: tuple[Token, ...]

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def tokens(text: str) -> list[Token]:
    """All of them, in order; `twenty one` is one, and so is `double five`."""
    found: list[Token] = []
    matches = list(_TOKEN.finditer(text))
    words = [match[0].lower() for match in matches]
    at = 0
    while at < len(matches):
        word, start, end, used = words[at], matches[at].start(), matches[at].end(), 1
        digits = word if word.isdigit() else digits_of(word) or ""
        following = words[at + 1] if at + 1 < len(words) else ""
        if joins(word, following):
            digits, end, used = digits[0] + (digits_of(following) or ""), matches[at + 1].end(), 2
        elif (word in SINGLE and (times := _multiplied(words, at)) is not None) or (
            times := _counted(words, at)
        ) is not None:
            digits, last = times
            end, used = matches[last].end(), last + 1 - at
        found.append(Token(start, end, word, digits, not word.isdigit()))
        at += used
    return found


def _multiplied(words: Sequence[str], at: int) -> tuple[str, int] | None:
    """The digits that `double`, `at` some place, makes of the digit after it, and the place of that."""
    for place in range(at + 1, min(at + 3, len(words))):
        if unit := _unit(words[place]):
            return unit * SINGLE[words[at]], place
        if words[place] not in FILLERS:
            return None
    return None


def _counted(words: Sequence[str], at: int) -> tuple[str, int] | None:
    """The digits of `two ones`, `vier mal die eins` and `viermal die eins`, and the place of the last word."""
    times, place = _unit(words[at].removesuffix("mal")), at + 1
    if times not in tuple("23456789") or place >= len(words):
        return None
    if words[place] in PLURALS:
        return PLURALS[words[place]] * int(times), place
    if words[at].endswith("mal"):
        place = at
    elif words[place] not in TIMES:
        return None
    place += 1 + (words[place + 1 : place + 2] != [] and words[place + 1] in THE)
    unit = _unit(words[place]) if place < len(words) else ""
    return (unit * int(times), place) if unit else None


def _unit(word: str) -> str:
    digits = word if word.isdigit() else digits_of(word) or ALSO_DIGITS.get(word, "")
    return digits if len(digits) == 1 else ""


def runs(text: str, taken: Sequence[Span] = ()) -> Iterator[Run]:
    """Longest first from the left. What lies in `taken` (addresses, dates) is part of none."""
    spans = Spans(taken)
    yield from runs_of(text, [token for token in tokens(text) if not spans.touch(token.start, token.end)])


def runs_of(text: str, words: Sequence[Token]) -> Iterator[Run]:
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
    last, at, fillers = first, first + 1, 0
    while at < len(words) and fillers <= _MOST_FILLERS and _touch(text, words[at - 1], words[at]):
        if words[at].text in ALSO_DIGITS and _joins_amounts(words, at):
            break
        if words[at].digits or words[at].text in ALSO_DIGITS or words[at].text in ROUND:
            last, fillers = at, 0
        elif words[at].is_filler:
            fillers += 1
        else:
            break
        at += 1
    # What only may be a digit is one between digits, and `oh` at the end as well.
    while last > first and not words[last].digits and words[last].text not in ("oh", "o", *ROUND):
        last -= 1
    return last


def _joins_amounts(words: Sequence[Token], at: int) -> bool:
    """The `to` of `35 to 45`: between two numbers of which neither is read out one by one it is no digit."""
    around = [*words[at - 1 : at], *words[at + 1 : at + 2]]
    return len(around) == 2 and all(len(one.digits) > 1 and one.text not in SINGLE for one in around)


def _next_is_digit(text: str, words: Sequence[Token], first: int) -> bool:
    following = words[first + 1 : first + 2]
    return bool(following) and bool(following[0].digits) and _touch(text, words[first], following[0])


def _touch(text: str, one: Token, other: Token) -> bool:
    if other.start - one.end > _WIDEST:
        return False
    between = text[one.end : other.start]
    # The end of a sentence is one, but `12. 34` of a recogniser that hears pauses is not.
    return bool((_WORDS_BETWEEN if one.is_filler or other.is_filler else _BETWEEN).fullmatch(between))


def _run(text: str, words: Sequence[Token]) -> Run:
    sure = sum(len(token.digits) for token in words)
    groups = [group for token in words if (group := _group(token, sure))]
    start, plus = _start(text, words[0].start)
    spoken = sum(token.spoken for token in words)
    commas = text.count(",", start, words[-1].end)
    return Run(start, words[-1].end, tuple(groups), spoken, plus, commas, _listed(words), tuple(words))


def _group(token: Token, sure: int) -> str:
    if token.digits:
        return token.digits
    if token.text in ("oh", "o") or (token.text in ALSO_DIGITS and sure >= SOUNDS_LIKE_LEAST):
        return ALSO_DIGITS[token.text]
    return ROUND[token.text] if token.text in ROUND and sure >= ROUND_LEAST - 2 else ""


def _start(text: str, start: int) -> tuple[int, bool]:
    """With the plus or the bracket before it; and is there a plus?"""
    before = text[max(0, start - 8) : start].rstrip(" (")
    at = max(0, start - 8) + len(before)
    if before.endswith("+"):
        return at - 1, True
    if before.lower().endswith("plus"):
        return at - len("plus"), True
    return (start - 1, False) if text[max(0, start - 1) : start] == "(" else (start, False)


def _listed(words: Sequence[Token]) -> int:
    """Before how many groups something is said that makes a list of them."""
    count, is_listing = 0, False
    for token in words:
        if token.digits:
            count += is_listing
            is_listing = False
        else:
            is_listing = is_listing or token.text in _LISTING
    return count
