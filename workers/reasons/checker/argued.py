"""What an argument says beyond measurements: behaviour, topics of the words, rivals, certainty, what to do.

A pattern for each form, and the rule that holds it against the facts. The rules are those of the argument's own parts
(`stream/tone`), so a text may be no surer, and no more alarmed, than the facts make it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from tonewatch.stream.messages import EMOTIONS, FactsTable
from tonewatch.stream.tone import argument, cues, verdict, wording
from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.workers.reasons.checker.lexicon import MarkKind, Pattern, pattern

_AGENT = r"(?:the |an )?agent"
_LEVELS = {"leaning": 0, "likely": 1, "sure": 2}
_SURE = {"sure": 2, "likely": 1, "leaning": 0}
_ADVICE = {"listen": 2, "check": 1, "rising": 1, "watch": 1, "none": 0}

_KINDS: tuple[tuple[str, MarkKind], ...] = (
    ("words.explain", "explained"),
    ("words.problem", "explained"),
    ("words.contradict", "friendly"),
    ("words.contradict.leaning", "friendly"),
    ("words.ironic", "ironic"),
    ("words.mixed", "sided"),
    ("words.beside", "mixed"),
    ("words.worry", "worry"),
    ("words.brave", "brave"),
    ("stake.leaving", "lost"),
    ("stake.distress", "needs_help"),
    ("words.ordinary", "ordinary"),
    ("words.open", "unsettled"),
    ("words.unknown", "unheard"),
    ("calm.friendly", "friendly"),
    ("calm.mixed", "mixed"),
    ("calm.open", "unsettled"),
    ("calm.problem", "explained"),
    ("calm.ordinary", "ordinary"),
    ("calm.lifts", "ordinary"),
    ("against.unpleased", "unpleased"),
    ("against.words", "explained"),
)
"""What is claimed by the texts of a key, whichever the language."""


def spoken_patterns(phrasing: Phrasing) -> tuple[Pattern, ...]:
    """What the realiser says in this language and no other part of a checker knows, each with its kind."""
    found = [
        *_doubts(phrasing),
        *(one for key, kind in _KINDS for one in _of(kind, phrasing.texts[key])),
        *_rivals(phrasing),
        *_endings(phrasing),
        *_headlines(phrasing),
    ]
    # The longest first: "not sure; listen in" is none of "sure; listen in".
    return tuple(sorted(found, key=lambda one: -len(one.regex.pattern)))


def _of(kind: MarkKind, texts: Iterable[str], *names: str, sign: int = 0, **slots: str) -> Iterable[Pattern]:
    for text in texts:
        yield pattern(kind, _regex(text, slots), *names, sign=sign)


def _headlines(phrasing: Phrasing) -> Iterable[Pattern]:
    texts = phrasing.texts
    for key in ("doubtful.since", "mixed.since", "unclear.than"):
        yield from _of("certainty", texts[key], sign=0)
    yield from _of("joy", texts["joy_instead.since"])
    for key in ("back.since", "back.by", "calmer.since"):
        yield from _of("recovered", texts[key])
    for name in ("angry", "sad"):
        yield from _of("gone", texts[f"told.gone.{name}"], name)
        yield from _of("less", texts[f"told.less.{name}"], name)
    for emotion, noun in phrasing.nouns.items():
        yield from _of("unfit", texts["told.unfit"], emotion, noun=noun)
    for name in ("angry", "sad"):
        yield from _of("hint", texts[f"told.hint.{name}"], name)
        yield from _of("some", texts[f"told.beside.{name}"], name)
    for name in ("angry", "sad", "happy"):
        yield from _of("most", texts[f"told.most.{name}"], name)
    for key in ("back.calm", "back.still"):
        yield from _of("recovered", texts[key])
    yield from _of("distress", texts["told.distress"])
    yield from _of("sound", texts["told.sound"])
    yield from _of("always", texts["told.always"])


_TAIL = re.compile(r".*\{voice\}[^{,]*,")


def _regex(text: str, slots: Mapping[str, str]) -> str:
    """The text as it is read: in lower case, times and quotations blanked."""
    # Of a text with comparatives, which are read as such, only what follows them.
    filled = _TAIL.sub("", text).strip()
    for name, slot in slots.items():
        filled = filled.replace(f"{{{name}}}", slot)
    # A time is blanked with the word before it, a quotation up to its brackets.
    parts = re.split(r"\s*(?:\b(?:since|by|at|seit|bis|um) )?\{clock\}|\{quote\}", filled.rstrip(".").lower())
    return r"(?: \( *\))?[ ]*".join(re.escape(part) for part in parts)


def _doubts(phrasing: Phrasing) -> Iterable[Pattern]:
    for key, texts in phrasing.texts.items():
        if key.startswith("doubt.strained"):
            yield from _of("strained", texts, *key.split(".")[2:])
        elif key.startswith("doubt."):
            _, heard, relation, *grades = key.split(".")
            nouns = ("angry", "sad") if "{noun}" in texts[0] else ("",)
            for noun in nouns:
                yield from _of("doubt", texts, heard, relation, noun, *grades, noun=phrasing.nouns.get(noun, ""))


def _rivals(phrasing: Phrasing) -> Iterable[Pattern]:
    texts = phrasing.texts
    for rival, noun in phrasing.nouns.items():
        for (name, sign), adjective in phrasing.alike.items():
            yield from _of("rival", texts["rival.alike"], name, rival, sign=sign, noun=noun, alike=adjective)
        if rival != "tired":
            yield from _of("second", texts["rival.second"], rival, noun=noun)
    yield from _of("louder", texts["rival.louder"], "level")
    yield from _of("still_neutral", texts["rival.neutral"])
    for emotion in ("angry", "sad"):
        yield from _of("why", texts[f"why.{emotion}"], emotion)
    yield from _of("cold", texts["why.cold"])
    for rival in ("happy", "angry", "sad"):
        yield from _of("even", texts["rival.even"], rival, noun=phrasing.nouns[rival])
        yield from _of("little", texts[f"against.little.{rival}"], rival)
    yield from _of("direction", texts["against.strained"], "effort", sign=1)
    yield from _of("open", [text.replace("{rival}", "").strip(" ,") for text in texts["rival.open"]])


def _endings(phrasing: Phrasing) -> Iterable[Pattern]:
    """What to do and how sure, both claimed by one text."""
    for key, texts in phrasing.texts.items():
        if key.startswith("end."):
            _, advice, *certainty = key.split(".")
            if certainty == ["false"]:
                yield from _of("false_alarm", texts)
            elif certainty == ["words"]:
                yield from _of("explained", texts)
            else:
                yield from _of("ending", texts, advice, certainty[0] if certainty else "leaning")


ARGUED: tuple[Pattern, ...] = (
    *spoken_patterns(ENGLISH_PHRASING),
    pattern("said", r"says? (?:that )?(?:it|this) is not the first time|not for the first time", "again"),
    pattern("said", r"complains? of being let down", "again"),
    pattern("said", r"threatens? to (?:leave|cancel)", "leaving"),
    pattern(
        "said", r"(?:wants to take|takes) it higher|asks? for (?:a|the) (?:superior|supervisor|manager)", "escalation"
    ),
    pattern("said", r"swears?|swearing", "swearing"),
    pattern("said", r"speaks? of distress", "distress"),
    pattern("said", r"speaks? warmly", "relief"),
    pattern("falls_silent", rf"falls? silent(?: after {_AGENT})?"),
    pattern("one_word", r"answers? in one word|gives? one-word answers"),
    pattern("laughs", r"laughs?|laughed|laughing|laughter"),
    pattern("repeats", r"repeats? (?:the same words|himself|herself|themselves)"),
    pattern("overload", r"so loud that the line overloads|the line overloads"),
    pattern("talked_over", rf"(?:is|was|gets) talked over by {_AGENT}|{_AGENT} talks over the caller"),
    pattern("unheard", r"no words were understood(?:, so this rests on the voice(?: alone)?)?"),
    pattern("mixed", r"(?:the )?words go both ways"),
    pattern("explained", r"(?:the )?words (?:explain it|decide)"),
    pattern("unpleased", r"nothing said is pleased"),
    pattern("direction", r"not as strained", "effort", sign=1),
    pattern("open", r"(?:and )?is not ruled out"),
    pattern("certainty", r"fairly sure", sign=1),
    pattern("certainty", r"not sure|unsure|unclear|doubtful", sign=0),
    pattern("certainty", r"sure", sign=2),
    pattern("advice", r"listen in", sign=2),
    pattern("advice", r"worth a short listen|keep an eye on it", sign=1),
    pattern("advice", r"no need to step in|no concern", sign=0),
    pattern("recovered", r"^calmed down"),
    pattern("tone", r"mood (?:is )?(?:steady|unchanged)", "tone", sign=0),
    pattern("tone", r"cooler", "tone", sign=-1),
    pattern("tone", r"brighter", "tone", sign=1),
)
"""Tried before the marks of `lexicon.py`: first what the realiser says, whole, then what a model may say like it."""

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


def _mixed(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return wording.is_warm(facts) and _explained((), 0, facts)


def _explained(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    """The words speak for a degraded tone."""
    return bool(wording.complaints(facts)) or wording.names_a_problem(facts)


def _worry(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return wording.complaints(facts) == ("distress",) and not wording.is_warm(facts)


def _brave(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return wording.is_warm(facts) and verdict.emotion_of(facts, "rising") == "sad"


def _sided(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    """Trouble and friendly words, in an angry voice."""
    return _mixed((), 0, facts) and verdict.emotion_of(facts, "rising") == "angry"


def _friendly(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return wording.is_warm(facts)


def _stands(relation: str) -> Rule:
    """The words stand so to a degraded voice, or to any where that makes no difference."""
    return lambda _names, _sign, facts: wording.relates(facts, degraded=True) == relation


def _doubt(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    """That emotion is most of what is heard, or the likeliest, and the words stand so; another is heard too."""
    heard, relation, noun, *grades = names
    if "rather" not in grades and not _most((heard,), 0, facts):
        return False
    if noun and not _some((noun,), 0, facts):
        return False
    relation = "explain" if relation == "told" else relation
    present = any(cues.is_present(facts, emotion) for emotion in EMOTIONS if emotion == heard)
    return present and wording.relates(facts, degraded=True) == relation


def _false_alarm(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return bool(verdict.doubt_of(facts, "rising", verdict.emotion_of(facts, "rising")))


def _joy(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return cues.is_present(facts, "happy") and _heard(("happy",), facts) > _heard(("angry",), facts)


def _most(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return _heard(names, facts) > argument.MOST


def _some(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return _heard(names, facts) >= argument.HINTED


def _strained(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    found = cues.voice_cues(facts.facts)
    if "rather" not in names and not _most(("happy",), 0, facts):
        return False
    return cues.is_present(facts, "happy") and any((c.name, c.sign, c.much) == ("effort", 1, True) for c in found)


def _why(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    """That emotion is there most, and its neighbour is not."""
    [emotion] = names
    rival = "happy" if emotion == "angry" else "angry"
    return _most((emotion,), 0, facts) and _heard((rival,), facts) < argument.CLOSE_SECOND


def _cold(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    flat = any((cue.name, cue.sign) == ("pitch_range", -1) for cue in cues.voice_cues(facts.facts))
    return flat and verdict.emotion_of(facts, "rising") == "angry"


def _even(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return _heard(names, facts) >= argument.CLOSE_SECOND


def _hint(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return _heard(names, facts) >= argument.HINTED and not cues.voice_cues(facts.facts)


def _gone(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    """It was there at the moment before, and is hardly heard now."""
    then = _then(names, facts)
    return (
        then is not None and then >= cues.PRESENT and _heard(names, facts) <= min(verdict.HARDLY, then - verdict.LESS)
    )


def _less(names: tuple[str, ...], sign: int, facts: FactsTable) -> bool:
    """Less of it than at the moment before, or than usual and no more than at that moment; sign 1: than usual."""
    now, then = _heard(names, facts), _then(names, facts)
    usual = max((cues.share(facts, e, usual=True) or 0.0 for e in EMOTIONS if e in names), default=0.0)
    under_usual = usual - now >= cues.CLEARLY_MORE
    if sign > 0 or then is None:
        return under_usual
    return then - now >= cues.CLEARLY_MORE or (under_usual and now <= then)


def _then(names: tuple[str, ...], facts: FactsTable) -> float | None:
    """The share of it at the moment before."""
    return (
        max((getattr(facts.posterior_since, name) for name in names), default=None) if facts.posterior_since else None
    )


def _sound(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    """The posterior carries an emotion, and no measurement stands out."""
    carried = verdict.emotion_of(facts, "rising") or verdict.emotion_of(facts, "brighter")
    return bool(carried) and not cues.voice_cues(facts.facts)


def _distress(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    raised = any(cue.sign > 0 and cue.name in ("pitch", "level") for cue in cues.voice_cues(facts.facts))
    return raised and verdict.emotion_of(facts, "rising") == "sad"


def _always(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return any(verdict.is_always(facts, emotion) for emotion in ("angry", "sad"))


def _unfit(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return not any(cues.supporting(cues.voice_cues(facts.facts), name) for name in names)


def _still_neutral(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    return _heard(("neutral",), facts) >= argument.STILL_NEUTRAL


def _ending(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    advice, sure = names
    return _certainty((), _SURE[sure], facts) and _advice((), _ADVICE[advice], facts)


def is_the_usual(names: tuple[str, ...], facts: FactsTable) -> bool:
    """It is heard no more than in this caller's usual voice: the way they always sound, and no sign of anything."""
    for emotion in EMOTIONS:
        now, usual = cues.share(facts, emotion), cues.share(facts, emotion, usual=True)
        if emotion in names and now is not None and usual is not None and facts.facts:
            return now - usual < cues.CLEARLY_MORE and not cues.rises(facts, emotion)
    return False


def may_be_set_aside(names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    """It is not what is heard most, or no more of it is heard than usual."""
    most = max(cues.share(facts, emotion) or 0.0 for emotion in EMOTIONS)
    return _heard(names, facts) < most or is_the_usual(names, facts)


def _plain(_names: tuple[str, ...], sign: int, facts: FactsTable) -> bool | None:
    """A voice that sounds neutral, or one in which nothing stands out and no emotion is heard more than usual.

    Sign 1 says that the voice is as usual, which only its measurements can bear out.
    """
    is_measured = any(cues.trusted(facts.facts, name) for name in cues.OF_THE_VOICE)
    if (sign > 0 and not is_measured) or (not facts.facts and facts.posterior is None):
        return None
    if sign > 0:
        return not cues.voice_cues(facts.facts)
    stands_out = cues.voice_cues(facts.facts) or any(cues.rises(facts, e) for e in EMOTIONS if e != "neutral")
    return cues.is_present(facts, "neutral") or (bool(facts.facts) and not stands_out)


def _unpleased(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool | None:
    return None if _unheard((), 0, facts) else not wording.is_warm(facts)


def _certainty(_names: tuple[str, ...], sign: int, facts: FactsTable) -> bool:
    """No surer than the facts of any emotion; less sure is no error."""
    return sign <= max(_LEVELS[argument.certainty_of(facts, emotion)] for emotion in EMOTIONS)


def _advice(_names: tuple[str, ...], sign: int, facts: FactsTable) -> bool:
    """To listen in needs something to listen for, to leave it alone nothing; to look is never wrong."""
    return sign == 1 or (argument.alarm(facts) > 0) == (sign == 2)


def _recovered(_names: tuple[str, ...], _sign: int, facts: FactsTable) -> bool:
    rose = facts.tone_since is not None and facts.tone - facts.tone_since >= verdict.STEADY_TONE
    return rose or (verdict.has_usual(facts) and facts.tone - facts.tone_before >= -verdict.NEAR_USUAL)


RULES: Mapping[str, Rule] = {
    "said": _said,
    "repeats": lambda _names, _sign, facts: bool(facts.repeated),
    "overload": lambda _names, _sign, facts: cues.overloads(facts),
    "falls_silent": lambda _names, _sign, facts: cues.falls_silent(facts),
    "one_word": lambda _names, _sign, facts: cues.is_curt(facts),
    "laughs": lambda _names, _sign, facts: facts.laughs > 0,
    "talked_over": lambda _names, _sign, facts: cues.talks_over(facts) == "agent",
    "unheard": _unheard,
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
    "friendly": _friendly,
    "ironic": _stands("ironic"),
    "ordinary": _stands("ordinary"),
    "unsettled": _stands("open"),
    "doubt": _doubt,
    "false_alarm": _false_alarm,
    "joy": _joy,
    "gone": _gone,
    "less": _less,
    "strained": _strained,
    "why": _why,
    "cold": _cold,
    "even": _even,
    "hint": _hint,
    "unfit": _unfit,
    "sound": _sound,
    "most": lambda names, sign, facts: _most(names, sign, facts) and not cues.voice_cues(facts.facts),
    "some": _some,
    "worry": _worry,
    "brave": _brave,
    "sided": _sided,
    "lost": lambda _names, _sign, facts: "leaving" in wording.topics(facts),
    "needs_help": lambda _names, _sign, facts: "distress" in wording.topics(facts),
    "distress": _distress,
    "always": _always,
    "still_neutral": _still_neutral,
    "ending": _ending,
    "neighbour": may_be_set_aside,
    "plain": _plain,
    "usual_unknown": lambda _names, _sign, facts: not facts.facts,
}

KINDS = frozenset(RULES)
