"""Claims of a model that reads the words itself: held against what was measured and said, not against the lexicon.

Two things differ from the other checks. What a sentence says of the meaning of the words (they explain, they are not
meant) is the model's own reading: where the lexicon cannot bear it out it stays unsupported and the sentence stands,
if words were understood at all. And a sentence may use the caller's own words of this moment, and a closed list of
words by which one speaks about words; everything else that nothing reads is still an unsupported claim.
"""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec

from tonewatch.stream.messages import Claim, FactsTable, Quote
from tonewatch.stream.tone import wording
from tonewatch.workers.reasons.checker.argued import RULES
from tonewatch.workers.reasons.checker.claims import Statement
from tonewatch.workers.reasons.checker.english import ENGLISH_CHECKED, normalise
from tonewatch.workers.reasons.checker.language import CheckedLanguage
from tonewatch.workers.reasons.checker.lexicon import SUPPOSED, Pattern, pattern
from tonewatch.workers.reasons.checker.reader_words import READER_WORDS
from tonewatch.workers.reasons.checker.supposed import supposed_patterns, would
from tonewatch.workers.reasons.checker.verdicts import TIME_TOLERANCE_MS, Verdict, verify
from tonewatch.workers.reasons.checker.vocabulary import FILLERS

READ = frozenset(
    {"said", "explained", "friendly", "ironic", "sided", "mixed", "worry", "brave", "ordinary", "unsettled", "lost"}
    | {"needs_help", "unpleased", "words", "fit"}
)
"""Kinds of claims on what words mean."""

_COMPLAINT = "this is a complaint"

SHORTEST_STEM = 4
"""Letters. "refunded" is the caller's own word where "refund" was said."""

_CLOCK = re.compile(r"(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)")
_WORD = re.compile(r"[^\W_][\w'-]*")
_KIND = r"(?:calm|polite|friendly|kind|warm|plain|ordinary|pleasant|harmless|bitter|angry|sad|cheerful|happy|worried)"
_ABOUT = r"(?:this|that|it|the words|the voice|these words)"
_NOUNS = {
    "angry": r"(?:anger|irritation|annoyance)",
    "happy": r"(?:joy|happiness|delight|excitement|relief|laughter)",
    "sad": r"(?:sadness|distress|grief|worry|fear|tiredness|fatigue)",
}
_ADJECTIVES = {"angry": r"(?:angry|annoyed|irritated)", "happy": r"(?:happy|pleased|cheerful)", "sad": r"(?:sad|upset)"}
_SOUND = r"(?:would|could|can|might|may) (?:also |well |just )?(?:sound|be|look|come across)"


def _neighbours() -> tuple[Pattern, ...]:
    """A neighbour that is named to be set aside: wrong only where it is what is heard most."""
    found = []
    for emotion, noun in _NOUNS.items():
        found += [
            pattern("open", rf"{noun} {_SOUND} (?:just )?(?:as|like {_ABOUT}|this|so|alike|similar|the same)", emotion),
            pattern("neighbour", rf"(?:rather than|more than|instead of|not|no|nor|hardly|without) {noun}", emotion),
            pattern("neighbour", rf"(?:rather than|more than|instead of) {_ADJECTIVES[emotion]}", emotion),
            pattern("neighbour", rf"{noun} (?:is|does) (?:less likely|unlikely|not likely|not fit)", emotion),
            pattern("open", rf"{noun} (?:is|remains|stays) (?:possible|not ruled out|open)", emotion),
        ]
    return tuple(found)


def _gone_at() -> tuple[Pattern, ...]:
    """What was heard at a time, and is gone. A time is blanked where marks are found, hence the spaces."""
    return tuple(
        pattern(
            "gone_at",
            rf"{noun}(?: (?:that was )?heard)?(?: (?:of|from|at|that was there))? {{4,}}(?:is|has) gone",
            emotion,
        )
        for emotion, noun in _NOUNS.items()
    )


_VOICE = r"(?:voice|tone|delivery|speech)"
_IS_PLAIN = r"(?:plain|ordinary|everyday|unremarkable|matter-of-fact|even)"

_YET = r"(?: (?:yet|so far))?"
_NO_USUAL = (
    rf"(?:(?:the|this) )?(?:caller's )?usual (?:voice )?is (?:not{_YET} known|still unknown|unknown){_YET}"
    rf"|no usual (?:voice )?is known{_YET}|(?:with no|without (?:a|the|any)) usual to compare (?:it )?with"
)
"""The voice has nothing to be compared with."""

_MARKS: tuple[Pattern, ...] = (
    pattern("usual_unknown", _NO_USUAL),
    *_gone_at(),
    *supposed_patterns(_NOUNS, _ADJECTIVES),
    *_neighbours(),
    *(
        pattern("less", rf"less {noun} (?:is|was) heard than (?:the |this |the caller's )*usual", emotion, sign=1)
        for emotion, noun in _NOUNS.items()
    ),
    *(pattern("less", rf"less {noun} (?:is|was) heard", emotion) for emotion, noun in _NOUNS.items()),
    pattern(
        "plain",
        rf"the (?:caller's )?usual {_VOICE}|{_VOICE} (?:is|sounds|stays|remains) (?:as |at )?(?:the )?usual",
        sign=1,
    ),
    pattern("plain", r"sounds (?:quite |rather |just )?(?:as )?usual", sign=1),
    pattern("plain", rf"sounds (?:quite |rather |just )?{_IS_PLAIN}"),
    pattern("plain", rf"{_IS_PLAIN} {_VOICE}|{_VOICE} (?:is|sounds|stays|remains) (?:quite |rather )?{_IS_PLAIN}"),
    pattern("words", rf"{_KIND} words|words (?:are|sound|stay|remain|seem) {_KIND}", sign=1),
    pattern("ironic", r"sarcas\w+|iron(?:y|ic|ically)|mocking|(?:is|are) not meant|clenched teeth|backhanded"),
    pattern("explained", r"(?:the )?(?:words|reason|reasons|cause) (?:explains?|say|says|tells?|gives?) (?:it|why)"),
    pattern("needs_help", r"(?:fears?|afraid|worried|worries|worry|fear|despair|desperate|grief|distress)"),
    pattern("friendly", r"(?:thanks|thanked|thankful|grateful|praise[sd]?|relieved|relief|compliments?|polite(?:ly)?)"),
)
"""Tried before the marks of English."""

READER = replace(ENGLISH_CHECKED, marks=(*_MARKS, *ENGLISH_CHECKED.marks), reads=True)


def reader_of(facts: FactsTable) -> CheckedLanguage:
    """English, with the caller's own words of this moment as words that claim nothing beyond having been said."""
    return replace(READER, fillers=FILLERS | READER_WORDS | own_words(facts))


def own_words(facts: FactsTable) -> frozenset[str]:
    """The words that were said, and regular forms of the longer ones."""
    said = {word for quote in wording.understood(facts) for word in _WORD.findall(normalise(quote.text))}
    forms = {form for word in said if len(word) >= SHORTEST_STEM for form in _forms(word)}
    return frozenset(said | forms)


def _forms(word: str) -> set[str]:
    stem = next((word.removesuffix(end) for end in ("ing", "ed", "es", "s") if word.endswith(end)), word)
    return {stem, f"{stem}e", *(f"{stem}{end}" for end in ("s", "es", "d", "ed", "ing"))}


def as_read(statement: Statement, facts: FactsTable) -> Claim:
    """The claim, with what the lexicon cannot bear out of the words' meaning as unsupported.

    How sure a text may be depends on whether the words bear the voice out, which is the model's to say here.
    """
    if statement.kind in SUPPOSED:
        return _supposed(statement, facts)
    if statement.kind == "gone_at":
        return _gone(statement, facts)
    claim = verify(statement, facts)
    if claim.verdict != "false" or not wording.understood(facts):
        return claim
    if claim.kind in READ:
        return msgspec.structs.replace(claim, verdict="unsupported")
    return verify(statement, _borne_out(facts)) if claim.kind in ("certainty", "ending") else claim


def _supposed(statement: Statement, facts: FactsTable) -> Claim:
    holds = would(statement, facts)
    verdict: Verdict = "unsupported" if holds is None else "true" if holds else "false"
    return Claim(text=statement.text, kind=statement.kind, verdict=verdict, fact=statement.names[0])


def _gone(statement: Statement, facts: FactsTable) -> Claim:
    """ "The anger of 0:49 is gone": of the moment that the table compares with, and of no other."""
    said = _CLOCK.search(statement.text)
    since_ms, holds = facts.since_ms, False
    if said is not None and since_ms is not None:
        said_ms = 60_000 * int(said["minutes"]) + 1000 * int(said["seconds"])
        holds = abs(said_ms - since_ms) <= TIME_TOLERANCE_MS and bool(RULES["gone"](statement.names, 0, facts))
    return Claim(text=statement.text, kind="gone", verdict="true" if holds else "false", fact=statement.names[0])


def _borne_out(facts: FactsTable) -> FactsTable:
    """As if the words explained a degraded voice."""
    complaint = Quote(segment_id="read", start_ms=facts.window_start_ms, text=_COMPLAINT)
    return msgspec.structs.replace(facts, quotes=(complaint,), language="")


def stands(claim: Claim, facts: FactsTable) -> bool:
    """May a sentence with it be shown?"""
    if claim.verdict != "unsupported" or not wording.understood(facts):
        return claim.verdict == "true"
    # "lost" and "late" are directions of nothing where they repeat what was said.
    is_own = claim.kind in ("direction", "amount") and not claim.fact and claim.text in own_words(facts)
    return claim.kind in READ or is_own
