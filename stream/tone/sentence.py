"""The argument of a moment in two or three plain sentences: what a supervisor reads in three seconds.

It needs no model, so an alert never waits for one. What happened stands first, with its time; then what the caller
does and how the voice differs from the usual; then how the words fit and why it is not the neighbouring emotion; then
how sure it is, and whether to listen in. No score of the tone: figures stand beside the text, not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tonewatch.stream.messages import FactsTable, MomentKind
from tonewatch.stream.tone.argument import DEGRADED, SUNKEN, Argument, argue
from tonewatch.stream.tone.cues import Cue

MOST_WORDS = 50

_MORE = {"angry": "angrier", "sad": "sadder", "happy": "happier"}
_NOUNS = {"happy": "joy", "angry": "anger", "sad": "sadness", "tired": "tiredness"}
_VOICE = {
    ("level", 1): "louder",
    ("level", -1): "quieter",
    ("pitch", 1): "higher-pitched",
    ("pitch", -1): "lower-pitched",
    ("pitch_range", 1): "livelier",
    ("pitch_range", -1): "flatter",
    ("effort", 1): "more strained",
    ("effort", -1): "less strained",
    ("rate", 1): "faster",
    ("rate", -1): "slower",
    ("pauses", 1): "more hesitant",
    ("pauses", -1): "less hesitant",
    ("stress", 1): "more emphatic",
    ("stress", -1): "less emphatic",
}
_AS = {
    ("level", 1): "loud",
    ("pitch", 1): "high",
    ("level", -1): "quiet",
    ("rate", -1): "slow",
    ("pitch_range", -1): "flat",
    ("pitch", -1): "low",
}
_SAME = {"level": "loudness", "effort": "strain", "pitch": "pitch", "rate": "pace"}
"""What a recovery names as back, the most telling first."""

_DOES = {
    "over_caller": "talks over the agent",
    "over_agent": "is talked over by the agent",
    "over_both": "speaks at the same time as the agent",
    "overloads": "is so loud that the line overloads",
    "repeats": "repeats the same words",
    "complaint": "complains",
    "again": "says it is not the first time",
    "leaving": "threatens to leave",
    "escalation": "wants to take it higher",
    "swearing": "swears",
    "distress": "speaks of distress",
    "relief": "speaks warmly",
}


def sentence(facts: FactsTable, kind: MomentKind) -> str:
    """The text for a moment, spoken from its argument; about fifty words at most."""
    return realise(argue(facts, kind))


def lead(facts: FactsTable, kind: MomentKind) -> str:
    """What happened, as a sentence of its own: it stands in front of a reason that a model wrote."""
    return f"{headline(argue(facts, kind))}."


def realise(argument: Argument) -> str:
    """The whole text of an argument."""
    told = _told(argument)
    opening = f"{headline(argument)}{': ' if told else ''}{told}."
    ending = _ending(argument)
    middle = _middle(argument)
    full = " ".join(part for part in (opening, middle, ending) if part)
    # What is left out where it grows too long is the neighbour: the least that one needs in three seconds.
    short = " ".join(part for part in (opening, _relation(argument, rival=False), ending) if part)
    return full if len(full.split()) <= MOST_WORDS else short


def headline(argument: Argument) -> str:
    """What happened, with its time: "Angrier since 1:02"."""
    clock = "{}:{:02d}".format(*divmod(argument.since_ms // 1000, 60))
    if argument.verdict in DEGRADED:
        return _degraded(argument, clock)
    if argument.verdict == "back":
        return _back(argument, clock)
    return _calm(argument, clock)


def _degraded(argument: Argument, clock: str) -> str:
    if argument.verdict == "falling":
        return f"Better than at {clock}, but not over" if argument.against_before else f"Unclear since {clock}"
    if argument.verdict == "still":
        return f"Still {argument.emotion}, as at {clock}" if argument.present else f"No better than at {clock}"
    when = f"than at {clock}" if argument.against_before else f"since {clock}"
    if argument.grows and (argument.certainty != "leaning" or not argument.hinted):
        return f"{_MORE[argument.emotion].capitalize()} {when}"
    if argument.against_before:
        return f"{argument.emotion.capitalize()}, and worse {when}" if argument.present else f"Worse {when}"
    if argument.hinted and not argument.doubt:
        leaning = "Leaning " if argument.certainty == "leaning" else ""
        return _capital(f"{leaning}{argument.emotion} {when}")
    return f"Worse {when}" if argument.moved else f"Unclear {when}"


def _back(argument: Argument, clock: str) -> str:
    if argument.moved:
        return f"Calmed down {'since' if argument.against_before else 'by'} {clock}"
    below = ", though the tone is still below usual" if argument.has_usual else ""
    return f"Alert over by {clock}{below}"


def _calm(argument: Argument, clock: str) -> str:
    fine = ", no concern" if argument.advice == "none" else ""
    when = f"than at {clock}" if argument.against_before else f"than usual since {clock}"
    if argument.emotion:
        word = _MORE[argument.emotion] if argument.grows else argument.emotion
        return f"{word.capitalize()} since {clock}{fine}"
    if argument.verdict == "brighter" and argument.moved:
        return f"Brighter {when}{fine}"
    if argument.verdict == "dip":
        return f"A little cooler {when}{fine}"
    steady = argument.against_before and argument.moved
    return f"Mood steady, as at {clock}" if steady else f"Nothing of note since {clock}"


def _told(argument: Argument) -> str:
    """What the caller does, and how the voice differs."""
    voice = _voice(argument.heard, argument.contrary)
    doing = _doing(argument)
    if argument.verdict == "back":
        return _returned(argument, voice)
    still = "still " if argument.verdict in ("still", "falling") else ""
    if doing:
        return f"the caller {doing}" + (f", in a {voice} voice than usual" if voice else "")
    if voice:
        return f"the voice is {still}{voice} than usual"
    return "nothing in the voice stands out" if argument.has_usual else "the caller's own voice is not known yet"


def _doing(argument: Argument) -> str:
    if set(argument.doing) == {"complaint", "again"}:
        return f"complains, and not for the first time{_quoted(argument)}"
    return " and ".join(_DOES[name] + (_quoted(argument) if name == argument.quoted else "") for name in argument.doing)


def _quoted(argument: Argument) -> str:
    return f' ("{argument.quote}")' if argument.quote else ""


def _returned(argument: Argument, voice: str) -> str:
    back = [noun for name, noun in _SAME.items() if name in argument.same][:3]
    still = f"the voice is still {voice} than usual" if voice else ""
    if not back:
        return still
    told = f"{_and(back)} {'is' if len(back) == 1 else 'are'} back at this caller's usual"
    return f"{told}, though {still}" if still else told


def _voice(heard: Sequence[Cue], contrary: Sequence[Cue]) -> str:
    """The comparatives of a voice, "much" before the first that is; what does not fit stands behind "but"."""
    if not heard:
        return ""
    words = _and([_comparative(cue, much=cue.much and at == 0) for at, cue in enumerate(heard)])
    return words + "".join(f" but {_comparative(cue, much=False)}" for cue in contrary)


def _comparative(cue: Cue, *, much: bool) -> str:
    return ("much " if much else "") + _VOICE[cue.name, cue.sign]


def _middle(argument: Argument) -> str:
    """How the words fit, and why it is this emotion and not its neighbour."""
    if not argument.doubt:
        return _relation(argument, rival=True)
    doubted = "happy" if argument.doubt == "happy" else "neutral"
    return f"{_relation(argument, rival=False)} But most of it sounds {doubted}.".strip()


def _relation(argument: Argument, *, rival: bool) -> str:
    parts = [_words(argument), _rival(argument) if rival else ""]
    text = "; ".join(part for part in parts if part)
    return f"{_capital(text)}." if text else ""


def _words(argument: Argument) -> str:
    degraded = argument.verdict in DEGRADED
    quote = _quoted(argument) if argument.quoted == "relief" or argument.relation == "contradict" else ""
    if argument.relation == "contradict":
        return f"the words are friendly{quote}, the voice is not" if degraded else f"the words still complain{quote}"
    if argument.relation == "unknown" and argument.verdict not in ("dip", "nothing"):
        return "no words were understood, so this rests on the voice alone"
    if argument.relation == "mixed" and degraded:
        return "the words go both ways"
    if argument.relation == "silent" and degraded:
        return "the words alone do not settle it"
    if argument.relation == "explain" and argument.verdict == "back":
        return f"the words are friendly{quote}"
    return "the words explain it" if argument.relation == "explain" and degraded else ""


def _rival(argument: Argument) -> str:
    """The neighbour that would sound alike, and what speaks against it."""
    if not argument.rival:
        return ""
    noun, alike = _NOUNS[argument.rival], _alike(argument)
    if argument.second:
        return f"{noun} is a close second{_against(argument)}"
    if argument.rival == "angry" and argument.emotion == "sad":
        is_louder = any((cue.name, cue.sign) == ("level", 1) for cue in argument.heard)
        return "anger would sound as loud, but little anger is heard" if is_louder else "anger would be louder"
    return f"{noun} would sound as {alike}{_against(argument) or ', and is not ruled out'}" if alike else ""


def _alike(argument: Argument) -> str:
    signs = [(cue.name, cue.sign) for cue in argument.heard]
    wanted = SUNKEN if argument.rival in ("tired", "sad") else (("level", 1), ("pitch", 1))
    return next((_AS[sign] for sign in wanted if sign in signs), "")


def _against(argument: Argument) -> str:
    strained = any((cue.name, cue.sign) == ("effort", 1) for cue in argument.heard)
    if argument.emotion == "angry":
        unpleased = argument.relation == "explain" and argument.rival == "happy"
        against = ["not as strained"] * strained + ["nothing said is pleased"] * unpleased
        if not against and argument.rival == "happy" and not argument.second:
            against = ["little joy is heard"]
        return f", but {' and '.join(against)}" if against else ""
    if argument.emotion == "happy":
        eased = any((cue.name, cue.sign) == ("effort", -1) for cue in argument.heard)
        return (
            ", but the voice is less strained"
            if eased
            else ", but little anger is heard"
            if not argument.second
            else ""
        )
    return ", but the words decide" if argument.relation == "explain" else ""


def _ending(argument: Argument) -> str:
    """How sure, and what to do."""
    sure = {"sure": "Sure", "likely": "Fairly sure", "leaning": "Not sure"}[argument.certainty]
    if argument.advice == "listen":
        return f"{sure}; listen in."
    if argument.advice == "check":
        return f"{sure}; worth a short listen."
    if argument.advice == "watch":
        return f"{sure}; keep an eye on it." if argument.verdict == "rising" else "Keep an eye on it."
    # "No concern" has been said already, at the beginning.
    return "" if argument.verdict in ("brighter", "dip") else "No need to step in."


def _and(words: Iterable[str]) -> str:
    listed = list(words)
    return ", ".join(listed[:-1]) + " and " + listed[-1] if len(listed) > 1 else listed[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
