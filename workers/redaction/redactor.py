"""Which spans of a transcript tell who somebody is, and the transcript with marks in their place."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import msgspec

from tonewatch.stream.messages import SpokenWord
from tonewatch.workers.redaction import patterns
from tonewatch.workers.redaction.checks import CARD_DIGITS, is_card, is_iban, is_phone
from tonewatch.workers.redaction.runs import Run, runs

Kind = Literal["card", "phone", "account", "email", "birth", "number"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

REGIONS: Final = ("GB", "US", "DE")
"""Whose telephone numbers are known as they are dialled at home."""

GROUPED_LEAST: Final = 6
WRITTEN_LEAST: Final = 7
SPELLED_LEAST: Final = 4
"""Digits that are somebody's number without a word of what they are: in groups, in one, read out one by one."""

ALONE_LEAST: Final = 4
"""Digits of a transcript that has nothing else: a number is read out with pauses."""

CODE_LEAST, NAMED_LEAST, ACCOUNT_LEAST, CALLED_LEAST = 3, 5, 4, 6
"""Digits where the word for it was said: a code, any number, an account, a telephone."""

WITHIN: Final = 60
"""Characters before a number in which its word may stand; a further one behind it in less."""

_BEHIND: Final = 30

_CODE: Final = re.compile(
    r"\bpin\b|\bcvv|\bcvc|security code|\bcode\b|passwor|\btan\b|geheimzahl|prüfnummer|prüfziffer"
    r"|sicherheitscode|last four|last 4|letzten vier|letzten 4|ends in|ending in|endet auf|digits on the back",
    re.IGNORECASE,
)
_ACCOUNT: Final = re.compile(
    r"\biban\b|\bi b a n\b|account|sort code|routing|\bbank\b|bank details|konto|bankleitzahl|\bblz\b", re.IGNORECASE
)
_PHONE: Final = re.compile(
    r"\bphone|telephone|\bmobile|\bcell\b|landline|\bcall\b|called from|calling from|reach me|reach my|\bring\b|text me"
    r"|area code|contact number|telefon|handy|mobilnummer|festnetz|rufen sie|rückruf|erreichen|vorwahl|wählen sie"
    r"|work number|home number",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"number|nummer|reference|\bref\b|policy|membership|licen[cs]e|passport|social security|national insurance|tracking"
    r"|\bserial\b|\bclaim\b|ziffern",
    re.IGNORECASE,
)
_CARD: Final = re.compile(r"\bcard|\bvisa\b|mastercard|amex|american express|diners|kreditkarte|\bkarte", re.IGNORECASE)

_LETTERS: Final = re.compile(r"(?:\b([A-Z]{2})|\b([A-Za-z])\s+([A-Za-z]))\s*$")
"""The country before an IBAN that is read out."""

_COUNTRY_WITHIN: Final = 8
_IBAN_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Found:
    """One span, in characters."""

    start: int
    end: int
    kind: Kind


def find(text: str, *, goes_on: bool = False, regions: Sequence[str] = REGIONS) -> list[Found]:
    """In order, none over another. `goes_on`: the transcript before this one ended in digits, so its first digits too
    may be a part of that number."""
    found = [Found(*span, "email") for span in patterns.emails(text)]
    found += [Found(*span, "account") for span in patterns.ibans(text)]
    # `sort code 12-11-10` is no date.
    dated = [
        span
        for span in patterns.dates(text)
        if not _inside(span, found) and _last_said(text[max(0, span[0] - _BEHIND) : span[0]]) != "account"
    ]
    found += [Found(*span, "birth") for span in dated if patterns.is_birth(text, span)]
    taken = [*((one.start, one.end) for one in found), *dated, *patterns.amounts(text)]
    for run in runs(text, taken):
        if (one := _judged(text, run, goes_on=goes_on, regions=regions)) is not None:
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _inside(span: tuple[int, int], found: Sequence[Found]) -> bool:
    return any(one.start < span[1] and span[0] < one.end for one in found)


def _judged(text: str, run: Run, *, goes_on: bool, regions: Sequence[str]) -> Found | None:
    kind = _kind(text, run, regions)
    if kind is None and goes_on and not _says_anything(text[: run.start]) and len(run.digits) >= 2:
        kind = "number"
    if kind != "account":
        return None if kind is None else Found(run.start, run.end, kind)
    letters = _country(text, run)
    start = run.start if letters is None or len(run.digits) < _IBAN_DIGITS else letters.start()
    return Found(start, run.end, "account")


def _country(text: str, run: Run) -> re.Match[str] | None:
    return _LETTERS.search(text, max(0, run.start - _COUNTRY_WITHIN), run.start)


def _kind(text: str, run: Run, regions: Sequence[str]) -> Kind | None:
    digits, many = run.digits, len(run.digits)
    before = text[max(0, run.start - WITHIN) : run.start]
    behind = text[run.end : run.end + _BEHIND]
    if is_card(digits):
        return "card"
    if _reads_an_iban(text, run):
        return "account"
    said = _last_said(before) or _last_said(behind)
    if said == "card" and many in CARD_DIGITS:
        return "card"
    if said == "code" and many >= CODE_LEAST and not _is_year(run):
        return "number"
    if said == "account" and many >= ACCOUNT_LEAST and not _is_year(run):
        return "account"
    if said == "phone" and many >= CALLED_LEAST:
        return "phone"
    if _is_long(text, run) or (said in ("named", "card") and many >= NAMED_LEAST):
        dialled = digits.startswith("0") or run.plus or said != "named"
        return "phone" if dialled and is_phone(digits, plus=run.plus, regions=regions) else "number"
    return None


def _says_anything(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _is_long(text: str, run: Run) -> bool:
    """Somebody's number by its length alone."""
    many, groups = len(run.digits), len(run.groups)
    singles = sum(len(group) == 1 for group in run.groups)
    if singles == groups and groups >= SPELLED_LEAST:
        return True
    if groups > 1 and many >= GROUPED_LEAST and not _is_list(run):
        return True
    if groups == 1 and many >= WRITTEN_LEAST:
        return True
    is_all = not _says_anything(text[: run.start]) and not _says_anything(text[run.end :])
    return (is_all and many >= ALONE_LEAST and not _is_year(run)) or (run.plus and many >= CALLED_LEAST)


def _is_list(run: Run) -> bool:
    """`20, 30, 40`: groups of one length with a comma behind each, and too few digits for a number."""
    return run.commas >= len(run.groups) - 1 and len(run.digits) < WRITTEN_LEAST


def _is_year(run: Run) -> bool:
    return len(run.digits) == 4 and len(run.groups) <= 2 and run.digits[:2] in ("19", "20") and run.commas == 0


def _last_said(text: str) -> str | None:
    """What the nearest word before a number says that it is."""
    named = (("code", _CODE), ("account", _ACCOUNT), ("phone", _PHONE), ("card", _CARD), ("named", _NAMED))
    nearest = {kind: max((m.end() for m in pattern.finditer(text)), default=-1) for kind, pattern in named}
    # `account number`: what a number is of says more than that it is one.
    kind = max(nearest, key=lambda one: (nearest[one] + (-12 if one == "named" else 0), one != "named"))
    return kind if nearest[kind] >= 0 else ("named" if nearest["named"] >= 0 else None)


def _reads_an_iban(text: str, run: Run) -> bool:
    letters = _country(text, run)
    if letters is None:
        return False
    return is_iban((letters[1] or letters[2] + letters[3]) + run.digits)


def redact(text: str, kinds: Collection[Kind] = KINDS, *, goes_on: bool = False) -> str:
    """The text with a mark (`[card]`) in the place of each span of these kinds."""
    parts, at = [], 0
    for one in find(text, goes_on=goes_on):
        if one.kind in kinds:
            parts += [text[at : one.start], f"[{one.kind}]"]
            at = one.end
    return "".join([*parts, text[at:]])


def redact_words(
    words: Sequence[SpokenWord], kinds: Collection[Kind] = KINDS, *, goes_on: bool = False
) -> tuple[SpokenWord, ...]:
    """The words of a transcript: those of one span become one word, the mark, from the first one's start on."""
    starts, length = [], 0
    for word in words:
        starts.append(length)
        length += len(word.text) + 1
    found = [one for one in find(" ".join(word.text for word in words), goes_on=goes_on) if one.kind in kinds]
    kept: list[SpokenWord] = []
    marked: Found | None = None
    for word, start in zip(words, starts, strict=True):
        over = next((one for one in found if one.start < start + len(word.text) and start < one.end), None)
        if over is None:
            kept.append(word)
        elif over is marked:
            worst = min(kept[-1].confidence, word.confidence)
            kept[-1] = msgspec.structs.replace(kept[-1], end_ms=word.end_ms, confidence=worst)
        else:
            kept.append(msgspec.structs.replace(word, text=f"[{over.kind}]"))
        marked = over
    return tuple(kept)


GOES_ON_MS: Final = 10_000
"""Somebody who reads a number out pauses for no longer."""

CHANNELS_KEPT: Final = 10_000

_ENDS_IN_DIGITS: Final = 2


class Redactor:
    """Marks the transcripts of calls, and knows of each channel where digits were heard last: a number that is read out
    with pauses comes in several transcripts, and not in their order."""

    def __init__(self, kinds: Collection[Kind] = KINDS) -> None:
        self._kinds = frozenset(kinds)
        self._ended: OrderedDict[tuple[str, int], list[int]] = OrderedDict()

    def __call__(
        self, channel: tuple[str, int], start_ms: int, end_ms: int, text: str, words: Sequence[SpokenWord]
    ) -> tuple[str, tuple[SpokenWord, ...]]:
        """Text and words of the segment from `start_ms` to `end_ms` of that call and channel."""
        if not self._kinds:
            return text, tuple(words)
        goes_on = self._goes_on(channel, start_ms, end_ms, text)
        return redact(text, self._kinds, goes_on=goes_on), redact_words(words, self._kinds, goes_on=goes_on)

    def find(self, channel: tuple[str, int], start_ms: int, end_ms: int, text: str) -> list[Found]:
        """What would be marked in it."""
        return find(text, goes_on=self._goes_on(channel, start_ms, end_ms, text))

    def _goes_on(self, channel: tuple[str, int], start_ms: int, end_ms: int, text: str) -> bool:
        known = self._ended.get(channel, [])
        goes_on = any(0 <= start_ms - one <= GOES_ON_MS for one in known)
        if _ends_in_digits(text):
            self._ended[channel] = [*known[-7:], end_ms]
            self._ended.move_to_end(channel)
        while len(self._ended) > CHANNELS_KEPT:
            self._ended.popitem(last=False)
        return goes_on

    def forget(self, call_id: str) -> None:
        """The call is over."""
        for channel in [one for one in self._ended if one[0] == call_id]:
            del self._ended[channel]


def _ends_in_digits(text: str) -> bool:
    last = max(runs(text), key=lambda run: run.end, default=None)
    return last is not None and len(last.digits) >= _ENDS_IN_DIGITS and not _says_anything(text[last.end :])
