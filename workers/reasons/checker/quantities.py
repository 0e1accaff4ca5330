"""Numbers with their units, and times, as they stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

Unit = Literal["dB", "st", "syl/s", "per_s", "%", "Hz", "times", ""]
Role = Literal["delta", "value", "baseline", "share", "any"]
Bound = Literal["", "about", "over", "under"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Numerals:
    """How one language writes amounts and times; all patterns read lower-case text.

    words            numbers that are spelt out, and what stands for one ("a decibel")
    and_half         behind a number: half of one more
    from_to          groups `first`, `unit1`, `second`, `unit2`: the baseline first
    pair             the same with `bound`: the baseline second ("4.2 against 5.0")
    single           `lead`, `bound`, `first`, `unit1`; `roles`: of the numbers, by their lead
    factor, fraction group `word`, a key of `factors` and of `fractions` (in percent)
    units            by the beginning of their word, the first that fits
    clock            groups `minutes`, `seconds`
    into, lasting    times into the call and lengths, in seconds: groups `number` or `number2`
    """

    words: Mapping[str, float]
    and_half: str
    from_to: re.Pattern[str]
    pair: re.Pattern[str]
    single: re.Pattern[str]
    factor: re.Pattern[str]
    fraction: re.Pattern[str]
    factors: Mapping[str, float]
    fractions: Mapping[str, float]
    units: Mapping[str, Unit]
    bounds: Mapping[str, Bound]
    roles: Mapping[str, Role]
    clock: re.Pattern[str]
    into: re.Pattern[str]
    lasting: re.Pattern[str]


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


def find_times(text: str, numerals: Numerals) -> list[Time]:
    """Times in lower-case text."""
    found = [
        Time(m.start(), m.end(), 1000.0 * (60 * int(m["minutes"]) + int(m["seconds"])), False)
        for m in numerals.clock.finditer(text)
    ]
    for pattern, lasting in ((numerals.into, False), (numerals.lasting, True)):
        for match in pattern.finditer(text):
            word = match["number"] or match["number2"]
            found.append(Time(match.start(), match.end(), 1000.0 * _number(word, numerals), lasting))
    return _apart(found)


def find_quantities(text: str, numerals: Numerals) -> list[Quantity]:
    """Numbers in lower-case text, the longest reading of each."""
    n = numerals
    found = [_pair(m["second"], m["first"], m["unit2"] or m["unit1"], m, "", n) for m in n.from_to.finditer(text)]
    found += [
        _pair(m["first"], m["second"], m["unit1"] or m["unit2"], m, _bound(m["bound"], n), n)
        for m in n.pair.finditer(text)
    ]
    found += [
        Quantity(m.start(), m.end(), n.fractions[m["word"]], "%", "value", bound="about")
        for m in n.fraction.finditer(text)
    ]
    found += [Quantity(m.start(), m.end(), n.factors[m["word"]], "times", "delta") for m in n.factor.finditer(text)]
    found += [_single(m, n) for m in n.single.finditer(text)]
    # In order of precedence: "from 4 to 5" must not be read again as two single numbers.
    return _apart(found)


def _pair(
    value: str, baseline: str, unit: str | None, match: re.Match[str], bound: Bound, numerals: Numerals
) -> Quantity:
    first, second = _number(value, numerals), _number(baseline, numerals)
    return Quantity(match.start(), match.end(), first, _unit(unit, numerals), "value", second, bound)


def _single(match: re.Match[str], numerals: Numerals) -> Quantity:
    return Quantity(
        match.start(),
        match.end(),
        _number(match["first"], numerals),
        _unit(match["unit1"], numerals),
        numerals.roles.get(match["lead"] or "", "any"),
        bound=_bound(match["bound"], numerals),
    )


def _number(word: str, numerals: Numerals) -> float:
    if word.endswith(numerals.and_half):
        return _number(word.removesuffix(numerals.and_half), numerals) + 0.5
    return numerals.words[word] if word in numerals.words else float(word)


def _unit(word: str | None, numerals: Numerals) -> Unit:
    return next(unit for start, unit in numerals.units.items() if word.startswith(start)) if word else ""


def _bound(word: str | None, numerals: Numerals) -> Bound:
    return numerals.bounds.get(word, "about") if word else ""


def _apart(found: list[_Found]) -> list[_Found]:
    """Earlier in the list wins where two overlap."""
    kept: list[_Found] = []
    for item in found:
        if all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)
