"""Claim checker: of a reason, the sentences in which every claim agrees with the facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from tonewatch.stream.messages import EMOTIONS, Claim, FactsTable
from tonewatch.stream.messages.measures import PROSODY_BY_NAME
from tonewatch.stream.tone.cues import trusted
from tonewatch.workers.reasons.checker.claims import Statement, read
from tonewatch.workers.reasons.checker.english import ENGLISH_CHECKED
from tonewatch.workers.reasons.checker.language import CheckedLanguage
from tonewatch.workers.reasons.checker.reader import as_read, stands
from tonewatch.workers.reasons.checker.verdicts import TIME_TOLERANCE_MS, since, verify

_BOUNDARY = re.compile(r"(?<=[.!?])(?P<closing>[\"'”“’)]*)\s+(?=[\"'“„‘(]?[A-ZÄÖÜ0-9-])|[\n\r]+")
_QUOTED = re.compile(r'"[^"\n]*"|„[^“\n]*“|“[^”\n]*”')
_ENDS = re.compile(r"[.!?](?![\"”“])")
"""Inside a quotation; the one right before its end may end the sentence too."""

_HELD = {".": "\ue000", "!": "\ue001", "?": "\ue002"}
_FREED = {ord(held): end for end, held in _HELD.items()}
_LIST_MARK = re.compile(r"(?m)^\s*(?:[-*•]|\d+[.)])\s+")

BEHAVIOUR = frozenset({"talk_over", "talked_over", "falls_silent", "one_word", "laughs", "repeats", "overload"})
"""Kinds of claims on what the caller does."""


@dataclass(frozen=True)
class Checked:
    """`kept_text`: the sentences in which every claim is true; `dropped`: the others, as written.

    `brighter`: a true claim says that the tone got better, or that the caller is happy or less angry.
    """

    claims: tuple[Claim, ...]
    kept_text: str
    dropped: tuple[str, ...]
    accepted: bool
    brighter: bool = False

    @property
    def false(self) -> int:
        """How many claims contradict a measurement."""
        return sum(claim.verdict == "false" for claim in self.claims)


def check(text: str, facts: FactsTable, language: CheckedLanguage = ENGLISH_CHECKED) -> Checked:
    """Drop each sentence that holds a false or unsupported claim, or none at all.

    `accepted`: the kept text holds at least one true claim about the voice itself; without one the text is no reason
    and none of it should be shown. Where no measurement of the voice can be relied on, before the caller's baseline is
    known or on a bad line, the encoder's posterior and the caller's behaviour count as the voice.
    """
    is_measured = any(trusted(facts.facts, name) for name in PROSODY_BY_NAME)
    voice = {*PROSODY_BY_NAME} if is_measured else {*PROSODY_BY_NAME, *EMOTIONS}
    left = frozenset() if is_measured else BEHAVIOUR | {"plain"}
    claims: list[Claim] = []
    kept: list[str] = []
    dropped: list[str] = []
    names_voice = brighter = False
    for sentence in sentences(text):
        found = [
            (statement, seen) for part, seen in parts(sentence, facts, language) for statement in read(part, language)
        ]
        checked = [_verified(statement, seen, language) for statement, seen in found]
        claims += checked
        brighter = brighter or any(
            _is_brighter(statement) and claim.verdict == "true"
            for (statement, _), claim in zip(found, checked, strict=True)
        )
        # Whole sentences only: with a clause cut out, the rest may say something else.
        if checked and all(_stands(claim, facts, language) for claim in checked):
            kept.append(sentence)
            names_voice = names_voice or any(claim.fact in voice or claim.kind in left for claim in checked)
        else:
            dropped.append(sentence)
    return Checked(tuple(claims), " ".join(kept), tuple(dropped), names_voice, brighter)


def _verified(statement: Statement, facts: FactsTable, language: CheckedLanguage) -> Claim:
    return as_read(statement, facts) if language.reads else verify(statement, facts)


def _stands(claim: Claim, facts: FactsTable, language: CheckedLanguage) -> bool:
    return stands(claim, facts) if language.reads else claim.verdict == "true"


def parts(
    sentence: str, facts: FactsTable, language: CheckedLanguage = ENGLISH_CHECKED
) -> list[tuple[str, FactsTable]]:
    """The sentence in the parts that are held against one table each: the moment before, or the caller's usual.

    "Angrier than at 0:38: the voice is louder than usual" compares with that moment up to the second colon, and with
    the caller's usual behind it; "louder than usual, and higher than at 0:38" with both, each in its own clauses. A
    moment that the table does not compare with supports nothing.
    """
    before = language.before.search(sentence)
    if before is None:
        return [(sentence, facts)]
    start = sentence.rfind(": ", 0, before.start())
    head, start = (sentence[:start], start + 2) if start >= 0 else ("", 0)
    rest_at = sentence.find(": ", before.end())
    rest = sentence[rest_at + 2 :] if rest_at >= 0 else ""
    earlier, compared, later = _about(sentence[start : rest_at if rest_at >= 0 else len(sentence)], language)
    with_moment = _against_moment(before, facts)
    # "The voice is even louder than then": that moment again.
    goes_on = language.then.search(rest)
    found = [
        (head, facts),
        (earlier, facts),
        (compared, with_moment),
        (later, facts),
        (rest, with_moment if goes_on else facts),
    ]
    return [(text, table) for text, table in found if re.search(r"\w", text)]


def _about(text: str, language: CheckedLanguage) -> tuple[str, str, str]:
    """What stands before the clauses that are compared with a moment, these, and what stands behind them.

    A clause that names the usual is compared with that, with what stands on its side of the moment's clause.
    """
    before = language.before.search(text)
    if before is None:
        return "", text, ""
    usual = [match.span() for match in language.usual.finditer(text)]
    borders = [match.start() for match in language.clause.finditer(text)]
    end_of_usual = max((end for _, end in usual if end <= before.start()), default=0)
    start = next((at for at in borders if end_of_usual <= at <= before.start()), end_of_usual) if end_of_usual else 0
    behind = any(begin >= before.end() for begin, _ in usual)
    end = next((at for at in borders if at >= before.end()), len(text)) if behind else len(text)
    return text[:start], text[start:end], text[end:]


def _against_moment(before: re.Match[str], facts: FactsTable) -> FactsTable:
    said_ms = 60_000 * int(before["minutes"]) + 1000 * int(before["seconds"])
    if facts.since_ms is not None and abs(said_ms - facts.since_ms) <= TIME_TOLERANCE_MS:
        return since(facts)
    nothing = msgspec.structs.replace(facts, facts=(), changed=(), posterior=None, posterior_baseline=None)
    return msgspec.structs.replace(nothing, posterior_since=None, tone=0.0, tone_before=0.0)


def _is_brighter(statement: Statement) -> bool:
    """Does it say that the tone got better, that the caller is happy, or less angry or sad?"""
    sign = -statement.sign if statement.negated else statement.sign
    if statement.kind == "tone":
        return sign == 1
    if statement.kind != "emotion":
        return False
    if statement.names == ("happy",):
        return not statement.negated and statement.sign >= 0
    return statement.compared and sign < 0


def sentences(text: str) -> list[str]:
    """Split at ends of sentences and of lines, not inside numbers or quotations; list marks are taken off."""
    # Ends of sentences inside quotations are hidden behind private characters while the text is split.
    held = _QUOTED.sub(lambda quote: _ENDS.sub(lambda end: _HELD[end[0]], quote[0]), _LIST_MARK.sub("", text))
    parts, start = [], 0
    for border in _BOUNDARY.finditer(held):
        parts.append(held[start : border.end("closing") if border["closing"] is not None else border.start()])
        start = border.end()
    parts.append(held[start:])
    plain = (part.translate(_FREED).strip() for part in parts)
    return [part for part in plain if re.search(r"\w", part)]
