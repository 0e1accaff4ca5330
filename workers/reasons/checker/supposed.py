"""Neighbours of an emotion that a text sets aside: "joy would be livelier", "sadness would not be so loud",
"joy would be as loud, but less strained", "rather than anger, which would be more strained".

Rules:
- "E would be X" holds where X is how E sounds, and a trusted measurement says that the voice is not X. A measurement
  that was not taken, or is not trusted, leaves it unsupported.
  A comparative is over this voice: "anger would be more strained" holds of one that is only slightly strained too.
- "E would not be X" holds where X is not how E sounds, and the voice is X.
- "E would be as X, but Y" holds where both are how E sounds, and trusted measurements say that the voice is X
  and not Y.
- None holds of the emotion that is heard most, unless that share is this caller's usual one (`argued.is_the_usual`).
"""

from __future__ import annotations

import re

from tonewatch.stream.messages import Fact, FactsTable
from tonewatch.stream.tone import cues
from tonewatch.workers.reasons.checker.argued import may_be_set_aside
from tonewatch.workers.reasons.checker.claims import Statement
from tonewatch.workers.reasons.checker.lexicon import Pattern, pattern

_CUES: dict[str, tuple[str, int]] = {
    r"louder|loud": ("level", 1),
    r"quieter|softer|quiet|soft": ("level", -1),
    r"less strained|less tense|more relaxed|relaxed": ("effort", -1),
    r"more strained|more tense|tenser|harsher|sharper|strained|tense": ("effort", 1),
    r"faster|quicker|fast": ("rate", 1),
    r"slower|slow": ("rate", -1),
    r"(?:more|longer) pauses": ("pauses", 1),
    r"(?:fewer|shorter) pauses": ("pauses", -1),
    r"higher(?: in pitch)?|high": ("pitch", 1),
    r"lower(?: in pitch)?|deeper|low": ("pitch", -1),
    r"flatter|less lively|more monotonous|flat": ("pitch_range", -1),
    r"livelier|more lively|more varied|more melodic|lively": ("pitch_range", 1),
    r"more stressed words|more stress": ("stress", 1),
    r"fewer stressed words|less stress": ("stress", -1),
}
"""How a text names each direction of a measurement of the voice; "less strained" is tried before "strained"."""

_SOUNDS: dict[str, frozenset[tuple[str, int]]] = {
    "angry": frozenset({("level", 1), ("effort", 1), ("rate", 1), ("pitch", 1), ("stress", 1), ("pitch_range", 1)}),
    "happy": frozenset(
        {("level", 1), ("effort", -1), ("rate", 1), ("pauses", -1), ("pitch", 1), ("stress", 1), ("pitch_range", 1)}
    ),
    "sad": frozenset(
        {("level", -1), ("effort", -1), ("rate", -1), ("pauses", 1), ("pitch", -1), ("stress", -1), ("pitch_range", -1)}
    ),
}
"""How an emotion sounds: anger that is raised, joy that is lively, sadness that is low."""

_ONE = rf"(?:{'|'.join(_CUES)})"
_DEGREE = r"(?:also |usually |rather |much |far |even |slightly |a little |clearly )*"
_CUE = rf"{_DEGREE}{_ONE}(?:,? (?:and|or) {_DEGREE}{_ONE})?"
_DOES = r"(?:be|sound|bring|show|have|come with|make)"
_WOULD = r"(?:would|should|could|might)"
_SET_ASIDE = r"(?:(?:rather than|more than|instead of|not|no|nor|hardly|without) )?"
_BUT = r",? (?:but|yet|though|only)(?: it)?(?: would| be| sound)* "
"""Between what the neighbour shares with the voice and what it would bring besides."""

_COMPARATIVE = re.compile(r"(?:more|less|fewer)\b|\w+er\b")
_EACH = [(re.compile(rf"(?<!\w)(?:{words})(?!\w)"), cue) for words, cue in _CUES.items()]


def supposed_patterns(nouns: dict[str, str], adjectives: dict[str, str]) -> tuple[Pattern, ...]:
    """Both forms for each emotion; `nouns` and `adjectives` are parts of patterns."""
    found = []
    for emotion, noun in nouns.items():
        named = rf"(?:{noun}|(?:an?|the) {adjectives[emotion]} (?:voice|caller|tone))"
        # "Rather than anger, which would be louder": set aside and supposed in one.
        who = rf"(?:{_SET_ASIDE}{named},? (?:which|that|as it|since it|because it)|{named})"
        found += [
            pattern(
                "would_as",
                rf"{who} {_WOULD} (?:also )?{_DOES} (?:just |equally )?as {_ONE}(?: (?:and|or) (?:as )?{_ONE})?"
                rf"{_BUT}{_CUE}",
                emotion,
            ),
            pattern("would_not", rf"{who} {_WOULD} not {_DOES} (?:so |as |this |that )?{_CUE}", emotion),
            pattern(
                "would", rf"{who} {_WOULD} (?:also |usually |rather |normally )?{_DOES} (?:the voice )?{_CUE}", emotion
            ),
        ]
    return tuple(found)


def would(statement: Statement, facts: FactsTable) -> bool | None:
    """Does the voice lack what this emotion would bring, or have what it would not? Null where it was not measured."""
    [emotion] = statement.names
    sounds = _SOUNDS[emotion]
    shared, brought = _halves(statement)
    expected = statement.kind != "would_not"
    answers = [_shares(cue, cue in sounds, facts) for cue, _ in _named(shared)]
    answers += [
        _bears_out(cue, cue in sounds, facts, expected=expected, more=expected and more)
        for cue, more in _named(brought)
    ]
    if not may_be_set_aside(statement.names, 0, facts) or False in answers:
        return False
    return None if None in answers or not answers else True


def _halves(statement: Statement) -> tuple[str, str]:
    """What the neighbour has in common with the voice ("as loud"), and what it would bring."""
    if statement.kind != "would_as":
        return "", statement.text
    [shared, brought] = re.split(_BUT, statement.text, maxsplit=1)
    return shared, brought


def _named(text: str) -> list[tuple[tuple[str, int], bool]]:
    """The cues that are named, each with whether that is done by a comparative."""
    left, found = text, []
    for words, cue in _EACH:
        if seen := words.search(left):
            found.append((cue, _COMPARATIVE.match(seen[0]) is not None))
            left = words.sub(" ", left)
    return found


def _shares(cue: tuple[str, int], is_typical: bool, facts: FactsTable) -> bool | None:
    if not is_typical:
        return False
    fact = cues.trusted(facts.facts, cue[0])
    return None if fact is None else _is_so(fact, cue[1])


def _bears_out(cue: tuple[str, int], is_typical: bool, facts: FactsTable, *, expected: bool, more: bool) -> bool | None:
    if is_typical != expected:
        return False
    fact = cues.trusted(facts.facts, cue[0])
    if fact is None:
        return None
    # What is there slightly may well be there more.
    is_so = _is_so(fact, cue[1]) and (fact.salient or not more)
    return is_so != expected


def _is_so(fact: Fact, sign: int) -> bool:
    return fact.delta * sign > 0 and (fact.salient or abs(fact.z) >= cues.SAME_Z)
