"""One sentence from the facts: what changed in the caller's voice, in measurements and nothing else.

It needs no model, so an alert never waits for one. It speaks of salient facts only, the most telling first, and
never states an emotion as a fact: a posterior is reported as what the encoder gives, beside this caller's baseline.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tonewatch.stream.messages import Fact, FactsTable, MomentKind, Said, SpokenOf
from tonewatch.stream.messages.measures import PROSODY_BY_NAME

MOST_FACTS = 3
LEAST_CONFIDENCE = 0.3
"""A fact that is trusted less is not spoken of."""

AT_BASELINE_Z = 1.0
"""Within this many robust deviations a measurement counts as back at the caller's baseline."""

OVERLOAD_SHARE = 0.02
"""Of the samples at full scale, from which it is said that the line overloads."""

OVERLOADED = "so loud that the line overloads"

STEADY_TONE = 0.05
LEAST_RISE = 0.1
"""Of the share of an emotion that no fact tells of, to be said."""

_DEGRADED = ("angry", "sad")
EMOTION_NAMES = ("angry", "happy", "sad")
_SMALLEST = {"dB": 0.1, "st": 0.1}
"""Less than this cannot be heard and would read as nothing."""

_SPOKEN_OF: dict[SpokenOf, str] = {
    "complaint": "a complaint",
    "again": "that it is not the first time",
    "leaving": "a threat to leave",
    "escalation": "a superior or a lawyer",
    "swearing": "swearing",
    "distress": "distress",
    "relief": "relief",
}
_COMPARATIVES = {"angry": "angrier", "happy": "happier", "sad": "sadder"}
_RECOVERED = ("level", "pitch", "effort", "rate", "pauses")
"""Measures of which a recovery says that they are back, by the names of the facts."""


@dataclass(frozen=True)
class _Phrase:
    """Words for one fact. `compares`: it still wants "than this caller's usual" after it."""

    words: str
    compares: bool
    weight: float


def sentence(facts: FactsTable, kind: MomentKind) -> str:
    """The sentence for a moment, in plain English, with signs, units and rounding as measured.

    On an onset it speaks for what the alert says, a degraded tone: nothing of it says that the tone rose, or that
    anger or sadness became less. On recovery it says what is back at the caller's baseline and what still stands out.
    Without a salient fact it says what the tone did and nothing more.
    """
    if kind == "onset":
        return _onset(facts)
    phrases = _telling(facts.facts)
    # What the tone did since the moment before stands in front of a later moment's sentence, by `reason`.
    tone = "" if facts.since_ms is not None else tone_sentence(facts)[:-1]
    told = [tone, *_recovery(facts, phrases)] if kind == "recovery" else [_join(phrases) if phrases else tone]
    return _written([*told, words_clause(facts.words)])


def reason(facts: FactsTable, text: str, kind: MomentKind = "update") -> str:
    """A reason's text with what changed since the moment before in front of it.

    Nothing stands in front of an onset's before which the tone rose: it would speak against it.
    """
    rose = facts.tone_since is not None and facts.tone - facts.tone_since >= STEADY_TONE
    return " ".join(part for part in ("" if kind == "onset" and rose else since_last(facts), text) if part)


def _onset(facts: FactsTable) -> str:
    phrases = _telling(fact for fact in facts.facts if not _speaks_against(fact))
    told = _join(phrases) if phrases else _evidence(facts)
    loud = OVERLOADED if facts.overload_share >= OVERLOAD_SHARE else ""
    return _written([told, loud, words_clause(said for said in facts.words if said.nats > 0)])


def _speaks_against(fact: Fact) -> bool:
    """Less anger or sadness, more happiness. Prosody speaks for no emotion by itself."""
    return fact.delta < 0 if fact.name in _DEGRADED else fact.name == "happy" and fact.delta > 0


def _evidence(facts: FactsTable) -> str:
    """What an alert rests on where no salient fact tells of it: the tone, else the encoder's posterior."""
    if facts.tone_before - facts.tone >= STEADY_TONE:
        return tone_sentence(facts)[:-1]
    sounding = max((found for name in _DEGRADED if (found := _sounding(facts, name))), default=(0.0, ""))[1]
    return "; ".join(part for part in (sounding, f"the tone is at {_signed(facts.tone)}") if part)


def _sounding(facts: FactsTable, name: str) -> tuple[float, str] | None:
    """How far the share of an emotion rose, and words for it; null where it did not rise, or too little to say so."""
    fact = next((f for f in facts.facts if f.name == name and _trusted(f)), None)
    now = fact.value if fact else getattr(facts.posterior, name, None)
    before = fact.baseline if fact else getattr(facts.posterior_baseline, name, None)
    if now is None or not math.isfinite(now):
        return None
    if before is None:
        return (now, f"sounding {name} to the model") if now > 0.5 else None
    rise = now - before
    differs = abs(fact.z) >= AT_BASELINE_Z if fact else rise >= LEAST_RISE
    if not math.isfinite(rise) or rise <= 0 or not (differs or now > 0.5):
        return None
    return rise, _emotion_words(name, now, before)


def _written(parts: Iterable[str]) -> str:
    text = "; ".join(part for part in parts if part)
    return f"{_capital(text)}." if text else ""


def since_last(facts: FactsTable) -> str:
    """What changed since the moment before, in measurements; empty at the first moment of a call."""
    if facts.since_ms is None or facts.tone_since is None:
        return ""
    minutes, seconds = divmod(facts.since_ms // 1000, 60)
    now, then = _signed(facts.tone), _signed(facts.tone_since)
    if abs(facts.tone - facts.tone_since) < STEADY_TONE:
        tone = f"the tone has stayed at {now}"
    else:
        tone = f"the tone {'fell' if facts.tone < facts.tone_since else 'rose'} from {then} to {now}"
    changes = ", ".join(phrase.words for phrase in _telling(facts.changed))
    return f"Since {minutes}:{seconds:02d} {tone}{': ' if changes else ''}{changes}."


def words_clause(words: Iterable[Said]) -> str:
    """What the words that counted speak of, to follow the voice; never the words themselves."""
    spoken_of = list(dict.fromkeys(_SPOKEN_OF[said.of] for said in words))
    return f"in the words: {_and(spoken_of)}" if spoken_of else ""


def tone_sentence(facts: FactsTable) -> str:
    """What the tone did, on its scale from -1 to 1."""
    if abs(facts.tone - facts.tone_before) < STEADY_TONE:
        return f"The tone is steady at {_signed(facts.tone)}."
    verb = "fell" if facts.tone < facts.tone_before else "rose"
    return f"The tone {verb} from {_signed(facts.tone_before)} to {_signed(facts.tone)}."


def _telling(facts: Iterable[Fact]) -> list[_Phrase]:
    """Phrases for the salient facts, most telling (|z| times confidence) first, at most three."""
    phrases = [phrase for fact in facts if fact.salient and _trusted(fact) and (phrase := _phrase(fact))]
    return sorted(phrases, key=lambda phrase: -phrase.weight)[:MOST_FACTS]


def _recovery(facts: FactsTable, still: list[_Phrase]) -> list[str]:
    near = [
        f for f in facts.facts if f.name in _RECOVERED and _trusted(f) and not f.salient and abs(f.z) < AT_BASELINE_Z
    ]
    back = [PROSODY_BY_NAME[f.name].noun for f in near]
    parts = []
    if back:
        verb = "is" if len(back) == 1 and back[0] != "pauses" else "are"
        parts.append(f"{_and(list(dict.fromkeys(back))[:MOST_FACTS])} {verb} near this caller's usual")
    if still:
        parts.append(_join(still))
    return parts


def _trusted(fact: Fact) -> bool:
    return fact.confidence >= LEAST_CONFIDENCE


def _phrase(fact: Fact) -> _Phrase | None:
    make = _PHRASES.get(fact.name)
    numbers = (fact.value, fact.baseline, fact.delta, fact.z)
    if make is None or not all(map(math.isfinite, numbers)) or abs(fact.delta) < _SMALLEST.get(fact.unit, 0.0):
        return None
    if fact.delta * (fact.value - fact.baseline) <= 0:
        return None
    words, compares = make(fact)
    return _Phrase(words, compares, abs(fact.z) * fact.confidence)


def _level(fact: Fact) -> tuple[str, bool]:
    return f"{'louder' if fact.delta > 0 else 'quieter'} by {_by(fact.delta, 'dB')}", True


def _pitch(fact: Fact) -> tuple[str, bool]:
    return f"{_by(fact.delta, 'semitones')} {'higher' if fact.delta > 0 else 'lower'} in pitch", True


def _pitch_range(fact: Fact) -> tuple[str, bool]:
    return f"melody {'wider' if fact.delta > 0 else 'flatter'} by {_by(fact.delta, 'semitones')}", True


def _effort(fact: Fact) -> tuple[str, bool]:
    return f"{'more' if fact.delta > 0 else 'less'} vocal effort by {_by(fact.delta, 'dB')}", True


def _rate(fact: Fact) -> tuple[str, bool]:
    word = "faster" if fact.delta > 0 else "slower"
    return f"speaking {word}{_against(fact.value, fact.baseline, ' syllables a second')}", False


def _pauses(fact: Fact) -> tuple[str, bool]:
    word = "more" if fact.delta > 0 else "less"
    return f"pausing {word}{_against(100 * fact.value, 100 * fact.baseline, ' % of the time')}", False


def _stress(fact: Fact) -> tuple[str, bool]:
    word = "more" if fact.delta > 0 else "fewer"
    return f"stressing {word} syllables{_against(fact.value, fact.baseline, ' a second')}", False


def _emotion(fact: Fact) -> tuple[str, bool]:
    return _emotion_words(fact.name, fact.value, fact.baseline), False


def _emotion_words(name: str, value: float, baseline: float) -> str:
    """A rise is reported plainly once the model finds it likelier than not; otherwise only as a comparison."""
    now, before = round(100 * value), round(100 * baseline)
    shares = f" ({now} %, usually {before} %)" if now != before else ""
    if value < baseline:
        return f"sounding less {name} to the model{shares}"
    return f"sounding {name if value > 0.5 else _COMPARATIVES[name]} to the model{shares}"


_PHRASES: dict[str, Callable[[Fact], tuple[str, bool]]] = {
    "level": _level,
    "pitch": _pitch,
    "pitch_range": _pitch_range,
    "effort": _effort,
    "rate": _rate,
    "pauses": _pauses,
    "stress": _stress,
    **dict.fromkeys(EMOTION_NAMES, _emotion),
}


def _join(phrases: list[_Phrase]) -> str:
    """Comparisons share one "than this caller's usual"; the group with the most telling phrase leads."""
    compared = [p.words for p in phrases if p.compares]
    stated = [p.words for p in phrases if not p.compares]
    groups = []
    if compared:
        groups.append(f"{_and(compared)} than this caller's usual")
    if stated:
        groups.append(_and(stated))
    return ", ".join(groups if phrases[0].compares else reversed(groups))


def _and(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def _by(delta: float, unit: str) -> str:
    """Whole units from 3 dB on, tenths otherwise."""
    size = abs(delta)
    digits = 0 if unit == "dB" and size >= 3 else 1
    number = f"{size:.{digits}f}".removesuffix(".0")
    return f"{number} {'semitone' if unit == 'semitones' and number == '1' else unit}"


def _against(value: float, baseline: float, unit: str) -> str:
    """Both figures, if they differ once rounded."""
    digits = 0 if "%" in unit else 1
    now, before = f"{value:.{digits}f}", f"{baseline:.{digits}f}"
    return f" ({now} against {before}{unit})" if now != before else ""


def _signed(tone: float) -> str:
    return f"{round(tone, 2) + 0.0:.2f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
