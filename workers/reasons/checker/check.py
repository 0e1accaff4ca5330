"""A reason against the facts: what in it may be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tonewatch.stream.messages import EMOTIONS, Claim, FactsTable
from tonewatch.workers.reasons.checker.claims import read
from tonewatch.workers.reasons.checker.verdicts import judge

PROSODY = frozenset({"pitch", "pitch_range", "level", "effort", "rate", "pauses", "stress"})

_BOUNDARY = re.compile(r"(?<=[.!?])(?P<closing>[\"'”’)]*)\s+(?=[\"'“‘(]?[A-Z0-9-])|[\n\r]+")
_QUOTED = re.compile(r'"[^"\n]*"|“[^”\n]*”')
_ENDS = re.compile(r"[.!?](?![\"”])")
"""Inside a quotation; the one right before its end may end the sentence too."""

_HELD = {".": "\ue000", "!": "\ue001", "?": "\ue002"}
_FREED = {ord(held): end for end, held in _HELD.items()}
_LIST_MARK = re.compile(r"(?m)^\s*(?:[-*•]|\d+[.)])\s+")


@dataclass(frozen=True)
class Checked:
    """`kept_text`: the sentences in which every claim is true; `dropped`: the others, as written."""

    claims: tuple[Claim, ...]
    kept_text: str
    dropped: tuple[str, ...]
    accepted: bool

    @property
    def false(self) -> int:
        """How many claims contradict a measurement."""
        return sum(claim.verdict == "false" for claim in self.claims)


def check(text: str, facts: FactsTable) -> Checked:
    """Drop each sentence that holds a false or unsupported claim, or none at all.

    `accepted` says that what is left holds at least one true claim about the voice itself; without one the text is
    no reason and nothing of it should be shown. Before the caller's usual is known, what the encoder hears is all that
    can be said of the voice.
    """
    voice = PROSODY if facts.facts else (*PROSODY, *EMOTIONS)
    claims: list[Claim] = []
    kept: list[str] = []
    dropped: list[str] = []
    spoken_of = False
    for sentence in sentences(text):
        judged = [judge(statement, facts) for statement in read(sentence)]
        claims += judged
        if judged and all(claim.verdict == "true" for claim in judged):
            kept.append(sentence)
            spoken_of = spoken_of or any(claim.fact in voice for claim in judged)
        else:
            dropped.append(sentence)
    return Checked(tuple(claims), " ".join(kept), tuple(dropped), spoken_of)


def sentences(text: str) -> list[str]:
    """Split at ends of sentences and of lines, not inside numbers or quotations; list marks are taken off."""
    held = _QUOTED.sub(lambda quote: _ENDS.sub(lambda end: _HELD[end[0]], quote[0]), _LIST_MARK.sub("", text))
    parts, start = [], 0
    for border in _BOUNDARY.finditer(held):
        parts.append(held[start : border.end("closing") if border["closing"] is not None else border.start()])
        start = border.end()
    parts.append(held[start:])
    plain = (part.translate(_FREED).strip() for part in parts)
    return [part for part in plain if re.search(r"\w", part)]
