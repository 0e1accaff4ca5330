"""One language of the claim checker: its words for measurements, and how its sentences are cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tonewatch.stream.tone.phrasing.registry import ReasonLanguage
from tonewatch.workers.reasons.checker.lexicon import Pattern
from tonewatch.workers.reasons.checker.quantities import Numerals


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckedLanguage:
    """All patterns read text that `normalise` has made lower case, with plain quotation marks.

    code            ISO 639-1, as of the realiser's `Phrasing`
    marks           in order of precedence: where two overlap, the earlier one wins
    fillers         words that claim nothing; any word that nothing reads is an unsupported claim
    numerals        how amounts and times are written
    clause          borders of clauses; a mark and its direction are looked for within one
    negation_border no negation reaches over it
    denies_after    right behind a direction: "steigt nicht"; null where a language has none
    joint           negations that deny each of several parts ("neither", "nor")
    emotion_noun    whose direction may follow it: "anger rose"
    single          measurement and direction of a word that stands alone: "a low, slow voice"
    single_first    such a word is never about a measurement of the clause before
    equal           before a word that a usual follows: the "as" of "as loud as usual"
    factor          the same with a factor, in group 1; `halves`: that one says less
    joins           between the measurements of one direction: "pitch and loudness rose"
    reads           for a model that reads the words itself (`reader.py`)
    before, then    a head that compares with the moment `minutes`:`seconds`, and what goes on with it behind the head
    usual           that something is compared with the caller's usual
    """

    code: ReasonLanguage
    normalise: Callable[[str], str]
    marks: tuple[Pattern, ...]
    fillers: frozenset[str]
    numerals: Numerals
    clause: re.Pattern[str]
    negation_border: re.Pattern[str]
    joint: frozenset[str]
    emotion_noun: re.Pattern[str]
    single: Mapping[str, tuple[tuple[str, ...], int]]
    equal: re.Pattern[str]
    factor: re.Pattern[str]
    halves: str
    joins: re.Pattern[str]
    before: re.Pattern[str]
    then: re.Pattern[str]
    usual: re.Pattern[str]
    denies_after: re.Pattern[str] | None = None
    single_first: bool = False
    reads: bool = False


def with_plain_marks(text: str) -> str:
    """Lower case, plain quotation marks and dashes."""
    return text.translate(str.maketrans("“”„«»’‘−–—", '"""""\'\'---')).lower()
