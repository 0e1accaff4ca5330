"""Which spans of a transcript tell who somebody is, and the transcript with marks in their place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from tonewatch.stream.messages import SpokenWord
from tonewatch.workers.redaction.amounts import amounts, clocks
from tonewatch.workers.redaction.called import BEHIND, Names
from tonewatch.workers.redaction.changes import changes
from tonewatch.workers.redaction.dates import births_begun, dates, is_birth
from tonewatch.workers.redaction.emails import emails
from tonewatch.workers.redaction.ibans import country, ibans, mixed, with_letters
from tonewatch.workers.redaction.judge import REGIONS, Judge, Surroundings
from tonewatch.workers.redaction.kinds import KINDS, Kind
from tonewatch.workers.redaction.plain import plain
from tonewatch.workers.redaction.plates import plates
from tonewatch.workers.redaction.runs import Run, Token, runs_of, tokens
from tonewatch.workers.redaction.scattered import Scattered
from tonewatch.workers.redaction.spans import Span, Spans

__all__ = ["KINDS", "Found", "Kind", "find", "redact", "redact_words"]

_IBAN_DIGITS: Final = 12

_NEAR: Final = 30
"""Characters behind a number within which further digits are taken for a part of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One span, in characters."""

    start: int
    end: int
    kind: Kind


def find(text: str, *, before: str = "", behind: str = "", regions: Sequence[str] = REGIONS) -> list[Found]:
    """In order, none over another. `before` and `behind` are what was said just before and just after: a number, an
    address or a date that goes on over the seam is found in each of its parts."""
    if not text:
        return []
    low = len(before) + 1 if before else 0
    whole = plain(" ".join(part for part in (before, text, behind) if part))
    found = []
    for one in _found(whole.text, *_inner(whole.starts, low, low + len(text)), regions):
        start, end = whole.original(one.start, one.end)
        start, end = max(start, low) - low, min(end, low + len(text)) - low
        if start < end:
            found.append(Found(start, end, one.kind))
    return found


def _inner(starts: Sequence[int], low: int, high: int) -> Span:
    """From where to where `low` to `high` of the original lies in its plain form; as long as it where it is ASCII."""
    return bisect_left(starts, low), bisect_left(starts, high)


def _found(text: str, low: int, high: int, regions: Sequence[str]) -> list[Found]:
    names = Names(text)
    found = [Found(*span, "email") for span in emails(text)]
    found += [Found(*span, "account") for span in ibans(text)]
    sure = Spans((one.start, one.end) for one in found)
    # `sort code 12-11-10` is no date.
    dated = [span for span in dates(text) if not sure.touch(*span) and names.before(span[0], BEHIND) != "account"]
    found += [Found(*span, "birth") for span in dated if is_birth(text, span)]
    found += _not_in(found, (Found(*span, "birth") for span in births_begun(text, names)))
    found += _not_in(found, (Found(*span, "number") for span in plates(text, names)))
    found += _not_in(found, (Found(*span, "number") for span in mixed(text, names)))
    taken = Spans((one.start, one.end) for one in found)
    words = [token for token in tokens(text) if not taken.touch(token.start, token.end)]
    shields = Spans([*amounts(text), *changes(text, words, names), *dated])
    judge = Judge(Surroundings(text, words, names, shields, Spans(clocks(text)), low, high), regions)
    return _apart([*found, *_numbers(text, words, judge, Scattered(text, names, regions))])


def _numbers(text: str, words: Sequence[Token], judge: Judge, scattered: Scattered) -> Iterator[Found]:
    """What is a number by itself or behind one, and then what is one together with others."""
    groups = []
    marked_until = -_NEAR
    for run in runs_of(text, words):
        own = [_marked(text, part, kind) for part, kind in judge.parts(run)]
        if not own and run.start - marked_until < _NEAR and judge.may_go_on(run):
            own = [Found(run.start, run.end, "number")]
        yield from own
        marked_until = own[-1].end if own else marked_until
        is_whole = any(one.kind in ("card", "birth") for one in own)
        if not is_whole and (group := judge.group(run, is_marked=bool(own))) is not None:
            groups.append(group)
    for run, kind in scattered.find(groups):
        yield _marked(text, run, kind)


def _not_in(found: Sequence[Found], others: Iterator[Found]) -> list[Found]:
    taken = Spans((one.start, one.end) for one in found)
    return [one for one in others if not taken.touch(one.start, one.end)]


def _marked(text: str, run: Run, kind: Kind) -> Found:
    if kind == "account" and len(run.digits) >= _IBAN_DIGITS and (letters := country(text, run)) is not None:
        return Found(letters.start(), run.end, kind)
    if kind in ("account", "number"):
        return Found(*with_letters(text, (run.start, run.end)), kind)
    return Found(run.start, run.end, kind)


def _apart(found: Sequence[Found]) -> list[Found]:
    """In order; of two that overlap the one that begins first, as long as both."""
    apart: list[Found] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if apart and one.start < apart[-1].end:
            apart[-1] = Found(apart[-1].start, max(apart[-1].end, one.end), apart[-1].kind)
        else:
            apart.append(one)
    return apart


def redact(text: str, kinds: Collection[Kind] = KINDS, *, before: str = "", behind: str = "") -> str:
    """The text with a mark (`[card]`) in the place of each span of these kinds."""
    parts, at = [], 0
    for one in find(text, before=before, behind=behind):
        if one.kind in kinds:
            parts += [text[at : one.start], f"[{one.kind}]"]
            at = one.end
    return "".join([*parts, text[at:]])


def redact_words(
    words: Sequence[SpokenWord], kinds: Collection[Kind] = KINDS, *, before: str = "", behind: str = ""
) -> tuple[SpokenWord, ...]:
    """The words of a transcript: those of one span become one word, the mark, from the first one's start on."""
    text = " ".join(word.text for word in words)
    found = [one for one in find(text, before=before, behind=behind) if one.kind in kinds]
    kept: list[SpokenWord] = []
    marked: Found | None = None
    at = start = 0
    for word in words:
        while at < len(found) and found[at].end <= start:
            at += 1
        over = found[at] if at < len(found) and found[at].start < start + len(word.text) else None
        if over is None:
            kept.append(word)
        elif over is marked:
            worst = min(kept[-1].confidence, word.confidence)
            kept[-1] = msgspec.structs.replace(kept[-1], end_ms=word.end_ms, confidence=worst)
        else:
            kept.append(msgspec.structs.replace(word, text=f"[{over.kind}]"))
        marked = over
        start += len(word.text) + 1
    return tuple(kept)
