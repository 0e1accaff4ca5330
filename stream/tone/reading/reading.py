"""One language, as the argument reads it: a problem that is named, warm words, an ordinary request.

These readings decide nothing about a tone: they say how the words of a moment stand to a voice that was judged
without them. So they may be wider than the topics of `evidence/languages`, which speak for or against an alert.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

_FIRST = r"(?:^|[.!?,;:] )(?:\w+,? )?"
"""A request stands at the beginning of a phrase, or behind one word that leads over to it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """All in lower case, with straight apostrophes; patterns stand between borders of words.

    code      ISO 639-1
    repeats   that it is not the first time
    problem   what has gone wrong, or weighs on the caller
    warm      thanks, praise, joy
    wry       praise that leads over to a trouble, as nobody means it
    personal  whom the caller speaks of: himself, or who he speaks to
    ordinary  how a request, a question or a plain piece of information begins
    openings  what leads over from the phrase before, and says nothing in a quotation
    dangling  a phrase that ends so was cut off, whatever the recogniser put behind it
    """

    code: str
    repeats: tuple[str, ...]
    problem: tuple[str, ...]
    warm: tuple[str, ...]
    wry: tuple[str, ...]
    personal: tuple[str, ...]
    ordinary: tuple[str, ...]
    openings: frozenset[str]
    dangling: frozenset[str]

    def tells_of_a_repetition(self, text: str) -> bool:
        return bool(self._repeats.search(_plain(text)))

    def names_a_problem(self, text: str) -> bool:
        return bool(self._problem.search(_plain(text)))

    def troubles(self, text: str) -> int:
        """How many signs of a problem the text has."""
        return len(self._problem.findall(_plain(text)))

    def is_personal(self, text: str) -> bool:
        return bool(self._personal.search(_plain(text)))

    def is_wry(self, text: str) -> bool:
        return bool(self._wry.search(_plain(text)))

    def is_warm(self, text: str) -> bool:
        return bool(self._warm.search(_plain(text)))

    def is_ordinary(self, text: str) -> bool:
        return bool(self._ordinary.search(_plain(text)))

    def without_opening(self, phrase: str) -> str:
        """
        >>> Reading(code="", repeats=(), problem=(), warm=(), wry=(), personal=(), ordinary=(),
        ...     openings=frozenset({"well"}), dangling=frozenset()).without_opening("Well, where is it")
        'where is it'
        """
        first, comma, rest = phrase.partition(", ")
        return self.without_opening(rest) if comma and first.lower() in self.openings else phrase

    @cached_property
    def _repeats(self) -> re.Pattern[str]:
        return _bounded(self.repeats)

    @cached_property
    def _problem(self) -> re.Pattern[str]:
        return _bounded(self.problem)

    @cached_property
    def _warm(self) -> re.Pattern[str]:
        return _bounded(self.warm)

    @cached_property
    def _wry(self) -> re.Pattern[str]:
        return _bounded(self.wry)

    @cached_property
    def _personal(self) -> re.Pattern[str]:
        return _bounded(self.personal)

    @cached_property
    def _ordinary(self) -> re.Pattern[str]:
        return re.compile(rf"{_FIRST}(?:{'|'.join(self.ordinary)})(?![\w'-])")


def _bounded(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(patterns)})(?![\w'-])")


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("\u2019", "'").split())
