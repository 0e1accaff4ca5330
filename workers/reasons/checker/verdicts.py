"""Verdict on a statement by the facts: true, false, or unsupported where no measurement can decide.

Tolerances, all in one place:

- A direction holds if the difference has that sign and is salient or at least 1 robust deviation (`slightly`: half a
  deviation is enough; `much`, `sharply`, `shouting`: 2 deviations). Otherwise it is false.
- Unchanged holds if the fact is not salient and within 1 robust deviation; "changed" holds if it is not unchanged.
- A fact whose confidence is under 0.3 supports nothing.
- An amount may be off by 1 dB, 0.5 semitones, 0.15 a second, 3 percentage points, 12 Hz or a tenth of a factor, or by
  10 % of the measured amount (15 % of a factor: "twice" is said of 1.8 as well) where that is more; twice that after
  "about". A tone may be off by 0.05.
- A time in the call may be off by 1.5 s from the moment, the ends of its window or a quotation, or lie in the window.
- An emotion is there if the model gives it more than one half, or 0.4 and more than each other one; a comparison
  follows the rule for directions, or a difference of 0.1 where only the posteriors are known.
- Talking over each other is there from 500 ms.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Literal

import msgspec

from tonewatch.stream.messages import EMOTIONS, Claim, Fact, FactsTable, Posterior
from tonewatch.stream.messages.measures import unit_of
from tonewatch.stream.tone import wording
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.workers.reasons.checker.argued import RULES
from tonewatch.workers.reasons.checker.claims import Statement
from tonewatch.workers.reasons.checker.english import normalise
from tonewatch.workers.reasons.checker.lexicon import CHANGED
from tonewatch.workers.reasons.checker.quantities import Quantity, Time
from tonewatch.workers.reasons.checker.valence import valence

TOLERANCE = {"dB": 1.0, "st": 0.5, "syl/s": 0.15, "per_s": 0.15, "%": 3.0, "Hz": 12.0, "times": 0.1, "": 0.05}
RELATIVE_TOLERANCE = 0.1
FACTOR_TOLERANCE = 0.15
TIME_TOLERANCE_MS = 1500.0
TALK_OVER_MS = 500
_BY_DIFFERENCE = frozenset({"level", "effort", "pitch"})
"""A bare quantity of these is a difference: a sentence never means dB re full scale or semitones above 55 Hz."""

_REFERENCE_HZ = 55.0
"""0 semitones of a `pitch` fact."""

Verdict = Literal["true", "false", "unsupported"]
Holds = bool | None
"""Null: no measurement can decide."""


def verify(statement: Statement, facts: FactsTable) -> Claim:
    """The claim with its verdict."""
    # Kind `other` has no rule: words that no pattern knows are unsupported.
    rule, argued = _RULES.get(statement.kind), RULES.get(statement.kind)
    answer = rule(statement, facts) if rule else argued(statement.names, statement.sign, facts) if argued else None
    verdict: Verdict = "unsupported" if answer is None else "true" if answer else "false"
    return Claim(text=statement.text, kind=statement.kind, verdict=verdict, fact=_fact_name(statement, facts))


def since(facts: FactsTable) -> FactsTable:
    """The table as it compares with the moment before, in place of the caller's usual."""
    posterior = facts.posterior
    shares = {name: share_of(facts, name) for name in EMOTIONS}
    if posterior is not None or any(v is not None for v in shares.values()):
        # What was measured of an emotion goes on being so, whatever it is compared with.
        posterior = Posterior(**{name: v or 0.0 for name, v in shares.items()})
    return msgspec.structs.replace(
        facts,
        facts=facts.changed,
        tone_before=facts.tone_before if facts.tone_since is None else facts.tone_since,
        posterior=posterior,
        posterior_baseline=facts.posterior_since,
    )


def fact_of(facts: FactsTable, name: str) -> Fact | None:
    """The fact of that name, if it is trusted enough to speak for or against a claim."""
    found = next((f for f in facts.facts if f.name == name), None)
    return found if found is not None and found.confidence >= LEAST_CONFIDENCE else None


def _fact_name(statement: Statement, facts: FactsTable) -> str:
    known = [name for name in statement.names if fact_of(facts, name) is not None]
    return (known or list(statement.names) or [""])[0]


def _direction(statement: Statement, facts: FactsTable) -> Holds:
    # A word may be about several facts ("low": pitch or level): one that holds is enough.
    answers = [_moved(f, statement) for name in statement.names if (f := fact_of(facts, name)) is not None]
    return any(answers) if answers else None


def _moved(fact: Fact, statement: Statement) -> bool:
    if statement.sign == 0:
        holds = not _differs(fact, 1.0)
    elif statement.sign == CHANGED:
        holds = _differs(fact, 1.0)
    else:
        # "not much louder" denies that it is louder by much, "not louder" that it is louder at all.
        holds = fact.delta * statement.sign > 0 and _differs(fact, statement.strength)
    return holds != statement.negated


def _differs(fact: Fact, deviations: float) -> bool:
    """By at least so many robust deviations (0.5, 1 or 2); being salient is enough for the first two."""
    return abs(fact.z) >= deviations or (fact.salient and deviations <= 1.0)


def _tone(statement: Statement, facts: FactsTable) -> Holds:
    change = facts.tone - facts.tone_before
    if statement.sign in (0, CHANGED):
        holds = (abs(change) < TOLERANCE[""] + 1e-9) == (statement.sign == 0)
    else:
        holds = change * statement.sign >= TOLERANCE[""] - 1e-9
    return holds != statement.negated


def _emotion(statement: Statement, facts: FactsTable) -> Holds:
    check = _compared if statement.compared else _present
    answers = [answer for name in statement.names if (answer := check(name, statement, facts)) is not None]
    # Negated as a whole: "not upset" means neither angry nor sad.
    return any(answers) != statement.negated if answers else None


def _present(name: str, statement: Statement, facts: FactsTable) -> Holds:
    now = share_of(facts, name)
    if now is None:
        return None
    if statement.strength > 1:
        return now >= 0.7
    if statement.strength < 1:
        return now >= 0.2
    return now > 0.5 or (now >= 0.4 and all(now >= (share_of(facts, other) or 0.0) for other in EMOTIONS))


def _compared(name: str, statement: Statement, facts: FactsTable) -> Holds:
    fact = fact_of(facts, name)
    if fact is not None:
        return fact.delta * statement.sign > 0 and _differs(fact, statement.strength)
    now, baseline = share_of(facts, name), share_of(facts, name, baseline=True)
    return None if now is None or baseline is None else (now - baseline) * statement.sign >= 0.1


def share_of(facts: FactsTable, name: str, *, baseline: bool = False) -> float | None:
    """Posterior of an emotion (or the caller's baseline), from its fact or from the table's posteriors."""
    fact = fact_of(facts, name)
    if fact is not None:
        return fact.baseline if baseline else fact.value
    posterior = facts.posterior_baseline if baseline else facts.posterior
    value: float | None = getattr(posterior, name, None)
    return value


def _amount(statement: Statement, facts: FactsTable) -> Holds:
    quantity = statement.quantity
    if quantity is None:
        return None
    answers = [answer for name in statement.names if (answer := _quantity(quantity, name, facts)) is not None]
    return any(answers) if answers else None


def _quantity(quantity: Quantity, name: str, facts: FactsTable) -> Holds:
    measured = _measured(quantity, name, facts)
    if measured is None:
        return None
    value, baseline, deltas = measured
    # A pair must be right in both numbers, and the right way round.
    if quantity.second is not None:
        return _near(quantity, quantity.number, value) and _near(quantity, quantity.second, baseline)
    # A number without "by", "at" or "from" may be any of the fact's three; roles in the sentence narrow it.
    open_to = deltas if name in _BY_DIFFERENCE else (value, *deltas)
    candidates = {"delta": deltas, "value": (value,), "baseline": (baseline,)}.get(quantity.role, open_to)
    return any(_near(quantity, quantity.number, candidate) for candidate in candidates)


def _measured(quantity: Quantity, name: str, facts: FactsTable) -> tuple[float, float, tuple[float, ...]] | None:
    """Value, baseline value and sizes of the difference, in the quantity's unit; None if it has none in that unit."""
    if name == "tone":
        return facts.tone, facts.tone_before, (abs(facts.tone - facts.tone_before),)
    if name == "agent_talk_share":
        share = facts.agent_talk_share
        return None if share is None else (100 * share, 100 * share, ())
    fact = fact_of(facts, name)
    value = share_of(facts, name) if name in EMOTIONS else fact.value if fact else None
    baseline = share_of(facts, name, baseline=True) if name in EMOTIONS else fact.baseline if fact else None
    if value is None or baseline is None:
        return None
    convert = _CONVERSIONS.get((quantity.unit, _unit_of(name)))
    return convert(value, baseline) if convert else None


def _unit_of(name: str) -> str:
    # A range in semitones is a ratio: unlike a pitch it has no value in Hz.
    return "st range" if name == "pitch_range" else unit_of(name)


Measured = tuple[float, float, tuple[float, ...]]


def _plain(value: float, baseline: float) -> Measured:
    return value, baseline, (abs(value - baseline),)


def _percent(value: float, baseline: float) -> Measured:
    return 100 * value, 100 * baseline, (100 * abs(value - baseline),)


def _relative(value: float, baseline: float) -> Measured:
    # Infinite for value and baseline: "20 %" of a rate or a pitch can only be a difference.
    share = 100 * abs(value - baseline) / baseline if baseline > 0 else math.inf
    return math.inf, math.inf, (share,)


def _share_percent(value: float, baseline: float) -> Measured:
    return 100 * value, 100 * baseline, (100 * abs(value - baseline), *_relative(value, baseline)[2])


def _times(value: float, baseline: float) -> Measured:
    return math.inf, math.inf, (value / baseline if baseline > 0 else math.inf,)


def _hz(value: float, baseline: float) -> Measured:
    return _plain(_REFERENCE_HZ * 2 ** (value / 12), _REFERENCE_HZ * 2 ** (baseline / 12))


def _hz_percent(value: float, baseline: float) -> Measured:
    return _relative(2 ** (value / 12), 2 ** (baseline / 12))


_CONVERSIONS: dict[tuple[str, str], Callable[[float, float], Measured]] = {
    ("dB", "dB"): _plain,
    ("st", "st"): _plain,
    ("st", "st range"): _plain,
    ("Hz", "st"): _hz,
    ("syl/s", "syl/s"): _plain,
    ("per_s", "syl/s"): _plain,
    ("per_s", "per_s"): _plain,
    ("%", "share"): _share_percent,
    ("%", "syl/s"): _relative,
    ("%", "per_s"): _relative,
    ("%", "st"): _hz_percent,
    ("times", "syl/s"): _times,
    ("times", "per_s"): _times,
    ("times", "share"): _times,
    ("", "dB"): _plain,
    ("", "st"): _plain,
    ("", "st range"): _plain,
    ("", "syl/s"): _plain,
    ("", "per_s"): _plain,
    ("", "share"): _plain,
}
"""By unit of the claim and unit of the fact. A pair that is missing (a level in percent) is undecided."""


def _near(quantity: Quantity, claimed: float, measured: float) -> bool:
    # The conversions mark what the unit cannot express by infinity.
    if not math.isfinite(measured):
        return False
    relative = FACTOR_TOLERANCE if quantity.unit == "times" else RELATIVE_TOLERANCE
    # The wider of the two: small amounts are rounded, large ones are estimated.
    slack = max(TOLERANCE[quantity.unit], relative * abs(measured))
    if quantity.bound == "over":
        return measured >= claimed - slack
    if quantity.bound == "under":
        return measured <= claimed + slack
    return abs(claimed - measured) <= slack * (2 if quantity.bound == "about" else 1)


def _time(statement: Statement, facts: FactsTable) -> Holds:
    time = statement.time
    if time is None:
        return None
    if time.lasting:
        return _lasted(time, facts, over="talk_over" in statement.names)
    return _at(time, facts)


def _at(time: Time, facts: FactsTable) -> bool:
    before = [ms for ms in (facts.since_ms, facts.onset_ms) if ms is not None]
    known = [
        *before,
        facts.at_ms,
        facts.window_start_ms,
        facts.window_end_ms,
        *(quote.start_ms for quote in facts.quotes),
    ]
    # Any moment of the window was measured; outside of it only the known moments may be named, with some slack.
    inside = facts.window_start_ms <= time.ms <= facts.window_end_ms
    return inside or any(abs(time.ms - moment) <= TIME_TOLERANCE_MS for moment in known)


def _lasted(time: Time, facts: FactsTable, *, over: bool) -> bool:
    window_ms = facts.window_end_ms - facts.window_start_ms
    known = (facts.talk_over_ms,) if over else (window_ms, facts.talk_over_ms)
    # Long spans are said roughly, short ones to half a second.
    return any(abs(time.ms - span) <= max(TIME_TOLERANCE_MS if span > 5000 else 500.0, 0.2 * span) for span in known)


def _comparison(statement: Statement, facts: FactsTable) -> Holds:
    return True if facts.baseline_segments > 0 else None


def _quote(statement: Statement, facts: FactsTable) -> Holds:
    if not facts.quotes:
        return None
    # Between spaces, so that a quotation matches whole words only.
    said = f" {_bare(statement.words)} "
    return bool(said.strip()) and any(said in f" {_bare(quote.text)} " for quote in facts.quotes)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", normalise(text).replace("'", "")))


def _talk_over(statement: Statement, facts: FactsTable) -> Holds:
    return (facts.talk_over_ms >= TALK_OVER_MS) != statement.negated


def _fit(statement: Statement, facts: FactsTable) -> Holds:
    """Whether words and tone have the same sign; undecided where the words have none."""
    words = sum(valence(quote.text) for quote in facts.quotes)
    if words == 0 or abs(facts.tone) < TOLERANCE[""]:
        return None
    return ((words > 0) == (facts.tone > 0)) == (statement.sign > 0)


def _words(statement: Statement, facts: FactsTable) -> Holds:
    """The sign of the words by themselves, by what they speak of or summed over all quotations."""
    topics = wording.topics(facts)
    if topics and statement.sign and not statement.negated:
        spoken = wording.complaints(facts) if statement.sign < 0 else [one for one in topics if one == "relief"]
        if spoken:
            return True
    if not facts.quotes:
        return None
    words = sum(valence(quote.text) for quote in facts.quotes)
    return ((words > 0) - (words < 0) == statement.sign) != statement.negated


_RULES: dict[str, Callable[[Statement, FactsTable], Holds]] = {
    "direction": _direction,
    "tone": _tone,
    "emotion": _emotion,
    "amount": _amount,
    "time": _time,
    "comparison": _comparison,
    "quote": _quote,
    "talk_over": _talk_over,
    "fit": _fit,
    "words": _words,
}
