"""One language: the patterns that speak of each topic, and what takes a match away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tonewatch.stream.messages import SpokenOf

NEGATED_WITHIN_BEFORE, NEGATED_WITHIN_AFTER = 4, 2
"""Words between a negation and a match that it takes away, on either side of the match."""

_CLAUSE = re.compile(r"[.,;:!?]")
_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True, kw_only=True, eq=False)
class Language:
    """All words and patterns in lower case, with straight apostrophes.

    code               ISO 639-1
    patterns           by topic: regular expressions, each of which stands between word boundaries
    negations          words that take a match away when they stand before it in the same clause
    negations_after    the same for words behind it (German puts them there)
    negation_suffixes  ends of words that are negations too ("doesn't")
    boundaries         words that begin a new clause, over which no negation reaches

    Add patterns by need: one belongs here when hardly any calm caller says it.
    """

    code: str
    patterns: Mapping[SpokenOf, tuple[str, ...]]
    negations: frozenset[str]
    boundaries: frozenset[str]
    negations_after: frozenset[str] = frozenset()
    negation_suffixes: tuple[str, ...] = ()

    def spoken_of(self, text: str) -> tuple[SpokenOf, ...]:
        """The topics of a text in lower case, in the order of `patterns`."""
        return tuple(
            topic
            for topic, pattern in self._compiled.items()
            if any(not self._negated(match, text) for match in pattern.finditer(text))
        )

    @cached_property
    def _compiled(self) -> dict[SpokenOf, re.Pattern[str]]:
        # No \b: it would find a boundary inside "don't" and "e-mail".
        return {
            topic: re.compile(rf"(?<![\w'-])(?:{'|'.join(lines)})(?![\w'-])") for topic, lines in self.patterns.items()
        }

    def _negated(self, match: re.Match[str], text: str) -> bool:
        before = _CLAUSE.split(text[: match.start()])[-1]
        # From the match backwards: a boundary that is nearer than the negation keeps it out.
        for word in reversed(_WORD.findall(before)[-NEGATED_WITHIN_BEFORE:]):
            if word in self.negations or word.endswith(self.negation_suffixes):
                return True
            if word in self.boundaries:
                break
        after = _WORD.findall(_CLAUSE.split(text[match.end() :])[0])[:NEGATED_WITHIN_AFTER]
        return not self.negations_after.isdisjoint(after)
