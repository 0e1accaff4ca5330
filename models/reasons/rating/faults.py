"""Faults of a reason that need no rater: counted by its surface and by the claim checker, alike for every source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.checker.check import check, sentences
from tonewatch.workers.reasons.checker.claims import Statement, read
from tonewatch.workers.reasons.checker.lexicon import CHANGED

Fault = Literal[
    "contradiction", "two_baselines", "cut_quotation", "unargued_label", "tone_score_in_prose", "idle_sentence"
]
FAULTS: tuple[Fault, ...] = (
    "contradiction",
    "two_baselines",
    "cut_quotation",
    "unargued_label",
    "tone_score_in_prose",
    "idle_sentence",
)
"""
contradiction        a claim that the facts refuse, or two that cannot both be true
two_baselines        differences against a moment of the call, and others against the caller's usual or nothing named
cut_quotation        a quotation that begins or ends inside a phrase of what was said
unargued_label       an emotion is named, and no word joins it to what speaks for or against it
tone_score_in_prose  a figure of the tone, on its scale from -1 to 1
idle_sentence        tells only what did not change, or that the words are plain
"""

_SINCE = re.compile(r"\bsince (?:\d{1,2}:\d\d|the (?:last|previous) moment)", re.IGNORECASE)
_USUAL = re.compile(r"\b(?:usual(?:ly)?|baseline|normally)\b", re.IGNORECASE)
_TONE_MOVED = re.compile(r"\btone (?:has )?(?:fell|fallen|rose|risen|dropped|sank|improved|worsened)\b", re.IGNORECASE)
_DIFFERENCE = re.compile(r"\d+(?:\.\d+)? ?(?:dB|semitones?|syllables|%)|\bfrom [-+−]?\d", re.IGNORECASE)
_TONE_SCORE = re.compile(r"\btone\b[^.;]*?[-+−]?\b[01]\.\d", re.IGNORECASE)
_ARGUES = re.compile(
    r"\b(?:because|so|but|yet|though|although|while|whereas|rather than|instead of|nothing|hides?|explains?|fits?"
    r"|means?|contradicts?|despite|points?|speaks? (?:for|against)|rests? on|leaning|clash|calls? for|decides?"
    r"|(?:is )?not ruled out|a close second|would (?:sound|be)|tells?|shows?|gives? the reason|ironic|name the trouble"
    r"|both ways|neutral|too)\b",
    re.IGNORECASE,
)
_PLAIN_WORDS = re.compile(r"\bwords (?:are|were|sound) (?:plain|factual|neutral|sober)\b", re.IGNORECASE)
_PHRASE_END = ".!?,;:…"


def faults(text: str, facts: FactsTable) -> tuple[Fault, ...]:
    """Each kind of fault that a text has, once, in the order of FAULTS."""
    parts = sentences(text)
    statements = [(part, read(part)) for part in parts]
    found: dict[Fault, bool] = {
        "contradiction": _contradicts(text, facts, statements),
        "two_baselines": _has_two_baselines(parts),
        "cut_quotation": any(_is_cut(s.words, facts) for _, found in statements for s in found if s.kind == "quote"),
        "unargued_label": _is_unargued(text, [s for _, found in statements for s in found]),
        "tone_score_in_prose": bool(_TONE_SCORE.search(text)),
        "idle_sentence": any(_is_idle(part, found) for part, found in statements),
    }
    return tuple(fault for fault in FAULTS if found[fault])


def _contradicts(text: str, facts: FactsTable, parts: list[tuple[str, list[Statement]]]) -> bool:
    """What changed since a moment has measurements of its own: it is held against neither the facts nor the rest."""
    beside = [(part, found) for part, found in parts if not _SINCE.search(part)]
    false = any(check(part, facts).false for part, _ in beside)
    return false or _clashes(s for _, found in beside for s in found)


def _clashes(statements: Iterable[Statement]) -> bool:
    """One measurement is said to move in two ways: up and down, or somewhere and nowhere."""
    ways: dict[tuple[str, ...], set[int]] = {}
    for one in statements:
        if one.kind in ("direction", "tone") and one.names and not one.negated and one.sign != CHANGED:
            ways.setdefault(one.names, set()).add(one.sign)
    return any(len(signs) > 1 for signs in ways.values())


def _has_two_baselines(parts: list[str]) -> bool:
    since = [part for part in parts if _SINCE.search(part) and (_DIFFERENCE.search(part) or _TONE_MOVED.search(part))]
    others = [part for part in parts if part not in since]
    unnamed = any(_TONE_MOVED.search(part) for part in others)
    return bool(since) and (unnamed or any(_USUAL.search(part) or _DIFFERENCE.search(part) for part in others))


def _is_cut(words: str, facts: FactsTable) -> bool:
    """Found in what was said, and not from the start of a phrase to its end."""
    quoted = words.strip(f" {_PHRASE_END}\"'")
    if not quoted:
        return False
    for quote in facts.quotes:
        said = " ".join(quote.text.lower().split())
        at = said.find(" ".join(quoted.lower().split()))
        if at < 0:
            continue
        before, after = said[:at].rstrip(), said[at + len(quoted) :].lstrip("\"' ")
        return not ((not before or before[-1] in _PHRASE_END) and (not after or after[0] in _PHRASE_END))
    return False


def _is_unargued(text: str, statements: list[Statement]) -> bool:
    return any(one.kind == "emotion" for one in statements) and not _ARGUES.search(text)


def _is_idle(part: str, statements: list[Statement]) -> bool:
    if _PLAIN_WORDS.search(part):
        return True
    moves = [s for s in statements if s.kind in ("direction", "tone", "emotion", "talk_over", "fit", "quote")]
    # "Near the usual again" after an alert is news, and an emotion's sign 0 says that it is there.
    steady = [s for s in moves if s.kind in ("direction", "tone") and (s.sign == 0) != s.negated]
    return bool(moves) and len(steady) == len(moves) and not re.search(r"\b(?:again|back|near)\b", part)
