"""Numbers whose groups stand apart: `it starts with 4111, then there's 1111, followed by 1111, and it ends 1111`.

Each group by itself is nobody's. Neighbouring ones together are somebody's number where they prove themselves, or where
a word for such a number stands before them, whatever is said between. The work is bounded for each group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tonewatch.workers.redaction.amounts import speaks_of_money
from tonewatch.workers.redaction.called import WITHIN, Called, Names
from tonewatch.workers.redaction.checks import is_card, is_iban, is_issued, is_phone
from tonewatch.workers.redaction.ibans import country
from tonewatch.workers.redaction.kinds import Kind
from tonewatch.workers.redaction.runs import Run

APART_MOST: Final = 40
"""Characters between two groups of one number."""

NAMED_LEAST, BEGUN_LEAST = 9, 6
"""Digits together that are a number by the word before them; and where more may follow in the next transcript."""

_PHONE_DIGITS: Final = range(9, 14)
_AREA_LEAST: Final = 3
"""Digits of the first group, from its nought on, of a telephone number that nothing calls one."""

_MOST_DIGITS: Final = 34
_MONEY_WITHIN: Final = 40
_READ_OUT_WITHIN: Final = 30
_READ_OUT: Final = re.compile(
    r"\b(?:starts?|begins?|beginning|starting|first|beginnt|fängt|zuerst|erst|(?:reach|call|ring|text) me"
    r"|says|reads|lautet|erreichen|rufen)\b",
    re.IGNORECASE,
)
"""What is said before a number that is read out in parts, where it is not named at once."""

_NAMED_WITHIN: Final = 24
"""Characters after which just `number` no longer speaks of what follows."""


@dataclass(frozen=True, slots=True)
class Group:
    """A run that may be a part of a number; `is_marked`: it is one by itself; `is_last`: nothing follows it yet."""

    run: Run
    is_marked: bool
    is_year: bool
    is_last: bool

    @property
    def without_counts(self) -> str:
        """Its digits without the `four` of `and four more, 1111`."""
        groups = self.run.groups
        return "".join(one for one in groups if len(one) > 1) if max(map(len, groups)) > 2 else self.run.digits


@dataclass(frozen=True, slots=True)
class _First:
    """What the first group of a number tells: the word before it, the country of an IBAN, whether one dials it."""

    said: Called | None
    country: str
    is_dialled: bool
    plus: bool


class Scattered:
    def __init__(self, text: str, names: Names, regions: Sequence[str]) -> None:
        self._text = text
        self._names = names
        self._regions = regions

    def find(self, groups: Sequence[Group]) -> Iterator[tuple[Run, Kind]]:
        """Of the runs that are not marked those that are a part of a number, in order."""
        at = 0
        while at < len(groups):
            count, kind = self._longest(groups, at)
            for group in groups[at : at + count]:
                if not group.is_marked and kind is not None:
                    yield group.run, kind
            at += max(count, 1)

    def _longest(self, groups: Sequence[Group], at: int) -> tuple[int, Kind | None]:
        """How many groups from here on are a number, and whose; (0, null) where none is."""
        found: tuple[int, Kind | None] = (0, None)
        first: _First | None = None
        digits, counted = groups[at].run.digits, groups[at].without_counts
        for end in range(at + 1, len(groups)):
            if groups[end].run.start - groups[end - 1].run.end > APART_MOST:
                break
            first = first or self._first(groups[at])
            digits, counted = digits + groups[end].run.digits, counted + groups[end].without_counts
            if len(counted) > _MOST_DIGITS:
                break
            if (kind := self._kind(first, groups[at : end + 1], {digits, counted})) is not None:
                found = end + 1 - at, kind
        return found

    def _first(self, group: Group) -> _First:
        run = group.run
        said = self._names.before(run.start, WITHIN)
        if said == "named":
            said = self._names.before(run.start, _NAMED_WITHIN)
        letters = country(self._text, run)
        dialled = run.plus or said == "phone" or (run.digits.startswith("0") and len(run.digits) >= _AREA_LEAST)
        return _First(said, "" if letters is None else letters[1] or letters[2] + letters[3], dialled, run.plus)

    def _kind(self, first: _First, groups: Sequence[Group], readings: set[str]) -> Kind | None:
        many = min(map(len, readings))
        if many < BEGUN_LEAST:
            return None
        if any(is_card(one) and is_issued(one) for one in readings) and (first.said == "card" or _are_alike(groups)):
            return "card"
        if first.country and any(is_iban(first.country + one) for one in readings):
            return "account"
        if any(one.is_year or (one.is_marked and len(one.run.digits) >= NAMED_LEAST) for one in groups):
            return None
        if not self._is_read_out(groups, first):
            return None
        if first.is_dialled and any(self._is_phone(one, first.plus) for one in readings):
            return "phone"
        return self._by_its_word(groups, many, first.said)

    def _is_read_out(self, groups: Sequence[Group], first: _First) -> bool:
        """It begins as a number does, or is said to; "the mobile costs 300, the other 450" only speaks of one."""
        run = groups[0].run
        if first.plus or run.digits.startswith("0"):
            return True
        if speaks_of_money(self._text, max(0, run.start - _MONEY_WITHIN), groups[-1].run.start):
            return False
        named = self._names.at_once(run.start) is not None
        return named or bool(_READ_OUT.search(self._text, max(0, run.start - _READ_OUT_WITHIN), run.start))

    def _is_phone(self, digits: str, plus: bool) -> bool:
        return len(digits) in _PHONE_DIGITS and is_phone(digits, plus=plus, regions=self._regions)

    def _by_its_word(self, groups: Sequence[Group], many: int, said: Called | None) -> Kind | None:
        if said is None or said == "code" or many < (BEGUN_LEAST if groups[-1].is_last else NAMED_LEAST):
            return None
        if speaks_of_money(self._text, max(0, groups[0].run.start - _MONEY_WITHIN), groups[-1].run.start):
            return None
        return said if said in ("account", "phone") else "number"


def _are_alike(groups: Sequence[Group]) -> bool:
    """Blocks as a card bears them, of which the last may be shorter; and no year: other numbers that lie near each
    other have a right check digit one time in ten."""
    if any(one.is_year for one in groups):
        return False
    lengths = [len(one.without_counts) for one in groups]
    block = min(lengths[:-1])
    return lengths == [4, 6, 5] or (block > 1 and all(length % block == 0 for length in lengths[:-1]))
