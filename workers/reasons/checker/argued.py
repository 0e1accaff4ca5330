"""What an argument says beyond measurements: behaviour, topics of the words, rivals, certainty, what to do.

A pattern for each form, and the rule that holds it against the facts. The rules are those of the argument's own parts
(`stream/tone`), so a text may be no surer, and no more alarmed, than the facts make it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tonewatch.stream.messages import EMOTIONS, FactsTable
from tonewatch.stream.tone import argument, cues, wording
from tonewatch.workers.reasons.checker.lexicon import Pattern, pattern

_RIVALS = {"joy": "happy", "anger": "angry", "sadness": "sad", "tiredness": ""}
_ALIKE = {
    "loud": ("level", 1),
    "high": ("pitch", 1),
    "quiet": ("level", -1),
    "slow": ("rate", -1),
    "flat": ("pitch_range", -1),
    "low": ("pitch", -1),
}
_AGENT = r"(?:the |an )?agent"
_LEVELS = {"leaning": 0, "likely": 1, "sure": 2}


def _rivals() -> Iterable[Pattern]:
    for noun, emotion in _RIVALS.items():
        for adjective, (name, sign) in _ALIKE.items():
            would = rf"{noun} (?:would|could|might) (?:sound|be) (?:just )?as {adjective}(?!\w)"
            yield pattern("rival", would, name, emotion, sign=sign)
        yield pattern("louder", rf"{noun} would (?:sound|be) louder", "level")
        if emotion:
            yield pattern("second", rf"{noun} is (?:a|the) close second", emotion)
            yield pattern("little", rf"little {noun} is heard", emotion)


ARGUED: tuple[Pattern, ...] = (
    pattern("said", r"says? (?:that )?(?:it|this) is not the first time|not for the first time", "again"),
    pattern("said", r"threatens? to (?:leave|cancel)", "leaving"),
    pattern(
        "said", r"(?:wants to take|takes) it higher|asks? for (?:a|the) (?:superior|supervisor|manager)", "escalation"
    ),
    pattern("said", r"swears?|swearing", "swearing"),
    pattern("said", r"speaks? of distress", "distress"),
    pattern("said", r"speaks? warmly", "relief"),
    pattern("repeats", r"repeats? (?:the same words|himself|herself|themselves)"),
    pattern("overload", r"so loud that the line overloads|the line overloads"),
    pattern("talked_over", rf"(?:is|was|gets) talked over by {_AGENT}|{_AGENT} talks over the caller"),
    pattern("unheard", r"no words were understood(?:, so this rests on the voice(?: alone)?)?"),
    pattern("silent", r"(?:the )?words(?: alone)? do not settle it"),
    pattern("mixed", r"(?:the )?words go both ways"),
    pattern("explained", r"(?:the )?words (?:explain it|decide)"),
    pattern("unpleased", r"nothing said is pleased"),
    pattern("direction", r"not as strained", "effort", sign=1),
    *_rivals(),
    pattern("open", r"(?:and )?is not ruled out"),
    pattern("certainty", r"fairly sure", sign=1),
    pattern("certainty", r"not sure|unsure|unclear", sign=0),
    pattern("certainty", r"sure", sign=2),
    pattern("advice", r"listen in", sign=2),
    pattern("advice", r"worth a short listen|keep an eye on it", sign=1),
    pattern("advice", r"no need to step in|no concern", sign=0),
    pattern("recovered", r"^calmed down"),
    pattern("tone", r"mood (?:is )?(?:steady|unchanged)", "tone", sign=0),
    pattern("tone", r"cooler", "tone", sign=-1),
    pattern("tone", r"brighter", "tone", sign=1),
)
"""Tried before the marks of `lexicon.py`."""

KINDS = frozenset(found.kind for found in ARGUED) - {"direction", "tone"}

Rule = Callable[[tuple[str, ...], int, FactsTable], "bool | None"]
"""Names and sign of a statement, and the facts; null where nothing can decide."""


def _said(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return any(topic in names for topic in wording.topics(facts))


def _rival(names: tuple[str, ...], sign: int, facts: FactsTable) -> bool:
    """The voice is raised (or sunken) in that way, and the rival is not what is heard most."""
    name, emotion = names
    alike = any(cue.name == name and cue.sign == sign for cue in cues.voice_cues(facts.facts))
    shares: dict[str, float] = {other: cues.share(facts, other) or 0.0 for other in EMOTIONS}
    return alike and shares.get(emotion, 0.0) <= max(v for k, v in shares.items() if k != emotion)


def _louder(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return not any(cue.name == "level" and cue.sign > 0 for cue in cues.voice_cues(facts.facts))


def _heard(names: tuple[str, ...], facts: FactsTable) -> float:
    return max((cues.share(facts, emotion) or 0.0 for emotion in EMOTIONS if emotion in names), default=0.0)


def _second(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return _heard(names, facts) >= argument.CLOSE_SECOND


def _little(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return _heard(names, facts) < argument.CLOSE_SECOND


def _unheard(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return not wording.understood(facts) and not facts.words


def _silent(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return bool(wording.understood(facts)) and not wording.topics(facts)


def _mixed(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return bool(wording.complaints(facts)) and "relief" in wording.topics(facts)


def _explained(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return wording.relates(facts, degraded=True) == "explain"


def _unpleased(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool | None:
    return None if _unheard((), 0, facts) else "relief" not in wording.topics(facts)


def _certainty(_names: tuple[str, ...], sign: int, facts: FactsTable) -> bool:
    """No surer than the facts of any emotion; less sure is no error."""
    return sign <= max(_LEVELS[argument.certainty_of(facts, emotion)] for emotion in EMOTIONS)


def _advice(_names: tuple[str, ...], sign: int, facts: FactsTable) -> bool:
    """To listen in needs something to listen for, to leave it alone nothing; to look is never wrong."""
    return sign == 1 or (argument.alarm(facts) > 0) == (sign == 2)


def _recovered(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    rose = facts.tone_since is not None and facts.tone - facts.tone_since >= argument.STEADY_TONE
    return rose or (argument.has_usual(facts) and facts.tone - facts.tone_before >= -argument.NEAR_USUAL)


RULES: Mapping[str, Rule] = {
    "said": _said,
    "repeats": lambda _names, _sign, facts: bool(facts.repeated),
    "overload": lambda _names, _sign, facts: cues.overloads(facts),
    "talked_over": lambda _names, _sign, facts: cues.talks_over(facts) == "agent",
    "unheard": _unheard,
    "silent": _silent,
    "mixed": _mixed,
    "explained": _explained,
    "unpleased": _unpleased,
    "rival": _rival,
    "louder": _louder,
    "second": _second,
    "little": _little,
    "open": lambda _names, _sign, _facts: True,
    "certainty": _certainty,
    "advice": _advice,
    "recovered": _recovered,
}
