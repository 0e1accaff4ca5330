"""Numbers with their units, and times, as they stand in a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeVar

Unit = Literal["dB", "st", "syl/s", "per_s", "%", "Hz", "times", ""]
Role = Literal["delta", "value", "baseline", "share", "any"]
Bound = Literal["", "about", "over", "under"]

_SPELT = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_WORDS = _SPELT.split()
# Spelt-out numbers and "a" count only in front of a unit: "two" and "a" are ordinary words elsewhere.
_BEFORE_UNIT = r"(?= (?:db|deci|semi|syll|second|times|%|hz))"
_NUMBER = (
    rf"(?:(?:\d+|{'|'.join(_WORDS)}) and a half|[+-]?\d+(?:\.\d+)?|\.\d+"
    rf"|(?<!\w)(?:half a|an?|{'|'.join(_WORDS)}){_BEFORE_UNIT})"
)
_UNIT = (
    r"(?:db|decibels?|semi-?tones?|st|syllables? (?:a|per|each|every) second|syllables/s(?:ec)?|syl/s|syll?/s|%|percent"
    r"|(?:a|per) second|/s|hz|hertz|times|fold)"
)
_APPROX = r"(?:(?P<bound>about|around|roughly|nearly|almost|some|over|more than|at least|under|less than|at most) )?"
_LEAD = r"(?:(?P<lead>by|of|to|at|from) )?"
_VERSUS = (
    r"(?: \(?(?:against|versus|vs\.?|instead of|rather than|compared (?:with|to)|up from|down from|from|over)"
    r"|[,;]? \(?(?:usually|normally|baseline))"
    r"(?: (?:the|a|an|his|her|their|this|caller's|usual|baseline|normal|of|is))*"
)
_FROM_TO = re.compile(
    rf"(?<!\w)from (?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})? to (?P<second>{_NUMBER}) ?(?P<unit2>{_UNIT})?(?!\w)"
)
_PAIR = re.compile(
    rf"(?<![\w.]){_APPROX}(?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})?(?: of the time)?"
    rf"{_VERSUS} (?P<second>{_NUMBER}) ?(?P<unit2>{_UNIT})?(?!\w)"
)
_SINGLE = re.compile(rf"(?<![\w.]){_LEAD}{_APPROX}(?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})?(?![\w.]*\d)(?!\w)")
_FACTOR = re.compile(r"(?<!\w)(?P<word>twice|double(?:s|d)?|half|halved|three times|triple)(?: as| the)?(?!\w)")
_FRACTION = re.compile(
    r"(?<!\w)(?P<word>(?:a|one) third|two thirds|half|(?:a|one) quarter|three quarters)(?= of the time)"
)
_FRACTIONS = {"third": 33.3, "two thirds": 66.7, "half": 50.0, "quarter": 25.0, "three quarters": 75.0}
_FACTORS = {"twice": 2.0, "double": 2.0, "half": 0.5, "halved": 0.5, "three times": 3.0, "triple": 3.0}

# Times of the call: a clock (0:42), seconds into the call, and lengths.
_CLOCK = re.compile(
    r"(?<!\w)(?:at|since|from|around|about|after|by)?:? ?(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?!\w)"
)
_SECONDS = rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(_WORDS)}) ?(?:s|sec|seconds?)"
_OTHER_SECONDS = _SECONDS.replace("number", "number2")
_INTO = re.compile(
    rf"(?<!\w)(?:at |after |about |around )*{_SECONDS} (?:into the call|in|into)(?!\w)"
    rf"|(?<!\w)(?:at|after) (?:about )?{_OTHER_SECONDS}(?!\w)"
)
_LASTING = re.compile(
    rf"(?<!\w)(?:for|over|during|in|within) (?:the )?(?:last |past )?{_SECONDS}(?!\w)"
    rf"|(?<!\w)(?:the )?(?:last|past) {_OTHER_SECONDS}(?!\w)"
)


@dataclass(frozen=True)
class Quantity:
    """A number in a sentence, with its unit ("" where it has none).

    role    which of the fact's numbers it can be; `any` where the sentence does not say
    second  the baseline that it is compared with: "4.2 against 5.0"
    bound   "about", "over" or "under" in front of it
    """

    start: int
    end: int
    number: float
    unit: Unit
    role: Role
    second: float | None = None
    bound: Bound = ""


@dataclass(frozen=True)
class Time:
    """`ms` from the start of the call, or a duration where `lasting`."""

    start: int
    end: int
    ms: float
    lasting: bool


_Found = TypeVar("_Found", Quantity, Time)


def find_times(text: str) -> list[Time]:
    """Times in lower-case text."""
    found = [
        Time(m.start(), m.end(), 1000.0 * (60 * int(m["minutes"]) + int(m["seconds"])), False)
        for m in _CLOCK.finditer(text)
    ]
    for pattern, lasting in ((_INTO, False), (_LASTING, True)):
        for match in pattern.finditer(text):
            word = match["number"] or match["number2"]
            found.append(Time(match.start(), match.end(), 1000.0 * _number(word), lasting))
    return _apart(found)


def find_quantities(text: str) -> list[Quantity]:
    """Numbers in lower-case text, the longest reading of each."""
    found = [_pair(m["second"], m["first"], m["unit2"] or m["unit1"], m, "") for m in _FROM_TO.finditer(text)]
    found += [_pair(m["first"], m["second"], m["unit1"] or m["unit2"], m, m["bound"]) for m in _PAIR.finditer(text)]
    found += [_fraction(m) for m in _FRACTION.finditer(text)]
    found += [_factor(m) for m in _FACTOR.finditer(text)]
    found += [_single(m) for m in _SINGLE.finditer(text)]
    # In order of precedence: "from 4 to 5" must not be read again as two single numbers.
    return _apart(found)


def _pair(value: str, baseline: str, unit: str | None, match: re.Match[str], bound: str | None) -> Quantity:
    return Quantity(match.start(), match.end(), _number(value), _unit(unit), "value", _number(baseline), _bound(bound))


def _factor(match: re.Match[str]) -> Quantity:
    # "doubles" and "doubled" are "double"; "halved" stands in the table itself.
    word = match["word"].removesuffix("s").removesuffix("d") if match["word"].startswith("double") else match["word"]
    return Quantity(match.start(), match.end(), _FACTORS[word], "times", "delta")


def _fraction(match: re.Match[str]) -> Quantity:
    word = match["word"].removeprefix("a ").removeprefix("one ")
    return Quantity(match.start(), match.end(), _FRACTIONS[word], "%", "value", bound="about")


def _single(match: re.Match[str]) -> Quantity:
    roles: dict[str, Role] = {"by": "delta", "at": "value", "to": "value", "from": "baseline"}
    return Quantity(
        match.start(),
        match.end(),
        _number(match["first"]),
        _unit(match["unit1"]),
        roles.get(match["lead"] or "", "any"),
        bound=_bound(match["bound"]),
    )


def _number(word: str) -> float:
    if word in ("a", "an"):
        return 1.0
    if word == "half a":
        return 0.5
    if word.endswith(" and a half"):
        return _number(word.removesuffix(" and a half")) + 0.5
    return float(_WORDS.index(word)) if word in _WORDS else float(word)


def _unit(word: str | None) -> Unit:
    if not word:
        return ""
    starts: dict[str, Unit] = {
        "db": "dB", "dec": "dB", "sem": "st", "st": "st", "syl": "syl/s", "%": "%", "per s": "per_s", "perc": "%",
        "a s": "per_s", "/s": "per_s", "h": "Hz", "t": "times", "f": "times",
    }  # fmt: skip
    return next(unit for start, unit in starts.items() if word.startswith(start))


def _bound(word: str | None) -> Bound:
    if word in ("over", "more than", "at least"):
        return "over"
    if word in ("under", "less than", "at most"):
        return "under"
    return "about" if word else ""


def _apart(found: list[_Found]) -> list[_Found]:
    """Earlier in the list wins where two overlap."""
    kept: list[_Found] = []
    for item in found:
        if all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)
