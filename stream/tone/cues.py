"""Cues of a moment: what the caller does, and how the voice differs, each with a weight.

Behaviour goes before pitch: who breaks in, who says the same again, tells more at a glance than semitones. What no
voice does is an error of the pitch tracker, and no cue; nor is what is not salient or not trusted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tonewatch.stream.messages import EMOTIONS, Emotion, Fact, FactsTable

LEAST_CONFIDENCE = 0.3
"""A fact that is trusted less is not spoken of."""

SAME_Z = 1.0
"""Within this many robust deviations a measurement counts as unchanged."""

MUCH_Z = 2.5
TALK_OVER_MS = 500
FALLS_SILENT_MS = 2_500
ONE_WORD_ANSWERS = 2
OVERLOAD_SHARE = 0.02
"""Of the samples at full scale, from which it is said that the line overloads."""

OF_THE_VOICE = ("level", "effort", "rate", "pauses", "pitch", "pitch_range", "stress")
"""The measurements that are spoken of, as a listener would name them: what one hears at once comes first. A fact of
another name, which another release measures, is no cue."""

CLEARLY_MORE = 0.1
"""By which the share of an emotion must have risen, where no fact tells of it."""

PRESENT = 0.4
"""Share from which an emotion that is the likeliest is there."""

_SMALLEST = {"dB": 0.1, "st": 0.1}
"""Less than this cannot be heard and would read as nothing."""

_AROUSED = {"level": 1, "effort": 1, "pitch": 1, "rate": 1, "stress": 1, "pitch_range": 1}
_COLD = {"effort": 1, "pitch_range": -1, "stress": 1, "rate": -1}
_SUBDUED = {"level": -1, "rate": -1, "pitch_range": -1, "pitch": -1, "pauses": 1, "effort": -1, "stress": -1}
_LIVELY = {"level": 1, "pitch": 1, "pitch_range": 1, "rate": 1, "stress": 1, "effort": -1, "pauses": -1}


@dataclass(frozen=True)
class Cue:
    """One measurement that stands out: by name of its fact, `sign` of the difference, `much` of it."""

    name: str
    sign: int
    much: bool
    weight: float


def trusted(facts: Iterable[Fact], name: str) -> Fact | None:
    """The fact of that name, where it can be relied on."""
    found = next((fact for fact in facts if fact.name == name), None)
    return found if found is not None and found.confidence >= LEAST_CONFIDENCE else None


def share(facts: FactsTable, name: Emotion, *, usual: bool = False) -> float | None:
    """Posterior of an emotion in the window, or in the caller's usual voice; null where it is not known."""
    fact = trusted(facts.facts, name)
    posterior = facts.posterior_baseline if usual else facts.posterior
    found: float | None = (fact.baseline if usual else fact.value) if fact else getattr(posterior, name, None)
    return found if found is not None and math.isfinite(found) else None


def rises(facts: FactsTable, name: Emotion) -> bool:
    """Is more of this emotion heard than in the caller's usual voice?"""
    fact = trusted(facts.facts, name)
    if fact is not None:
        return fact.delta > 0 and (fact.salient or abs(fact.z) >= SAME_Z)
    now, before = share(facts, name), share(facts, name, usual=True)
    return now is not None and before is not None and now - before >= CLEARLY_MORE


def is_present(facts: FactsTable, name: Emotion) -> bool:
    """Likelier than not, or 0.4 and the likeliest."""
    now = share(facts, name) or 0.0
    return now > 0.5 or (now >= PRESENT and all(now >= (share(facts, other) or 0.0) for other in EMOTIONS))


def voice_cues(facts: Iterable[Fact]) -> list[Cue]:
    """The measurements of the voice that stand out, the most telling (|z| times confidence) first."""
    found = [_cue(fact) for fact in facts if fact.name in OF_THE_VOICE and _stands_out(fact)]
    return sorted(found, key=lambda cue: -cue.weight)


def supporting(cues: Iterable[Cue], emotion: str) -> list[Cue]:
    """Of these, the ones that speak for the emotion: for anger a raised voice, else a cold one."""
    listed = list(cues)
    if emotion == "angry":
        hot = _of(listed, _AROUSED)
        return hot if any(cue.name in ("level", "pitch", "rate") for cue in hot) else _of(listed, _COLD)
    return _of(listed, {"sad": _SUBDUED, "happy": _LIVELY}.get(emotion, {}))


def unchanged(facts: Iterable[Fact]) -> list[str]:
    """Names of the measurements of the voice that are at what they are compared with."""
    found = (f for f in facts if f.name in OF_THE_VOICE and f.confidence >= LEAST_CONFIDENCE)
    return [f.name for f in found if not f.salient and abs(f.z) < SAME_Z]


def talks_over(facts: FactsTable) -> Literal["", "caller", "agent", "both"]:
    """Who breaks in while the other speaks; `both` where they speak at once and nobody knows who began."""
    if facts.talk_over_ms < TALK_OVER_MS:
        return ""
    if facts.interruptions_by_caller:
        return "caller"
    return "agent" if facts.interruptions_by_agent else "both"


def overloads(facts: FactsTable) -> bool:
    """So loud that the line overloads."""
    return facts.overload_share >= OVERLOAD_SHARE


def falls_silent(facts: FactsTable) -> bool:
    """The caller let the agent's words stand for longer than one thinks about an answer."""
    return facts.falls_silent_ms >= FALLS_SILENT_MS


def is_curt(facts: FactsTable) -> bool:
    """More than one answer was a single word."""
    return facts.one_word_answers >= ONE_WORD_ANSWERS


def _stands_out(fact: Fact) -> bool:
    numbers = (fact.value, fact.baseline, fact.delta, fact.z)
    if not fact.salient or fact.confidence < LEAST_CONFIDENCE or not all(map(math.isfinite, numbers)):
        return False
    # A table whose difference contradicts its own two values supports nothing.
    return abs(fact.delta) >= _SMALLEST.get(fact.unit, 0.0) and fact.delta * (fact.value - fact.baseline) > 0


def _cue(fact: Fact) -> Cue:
    return Cue(fact.name, 1 if fact.delta > 0 else -1, abs(fact.z) >= MUCH_Z, abs(fact.z) * fact.confidence)


def _of(cues: Iterable[Cue], signs: dict[str, int]) -> list[Cue]:
    return [cue for cue in cues if signs.get(cue.name) == cue.sign]
