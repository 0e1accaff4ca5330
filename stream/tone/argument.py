"""The argument of a moment: what happened, by which cues, how words fit, why not its neighbour, how sure, what to do.

It is made from the facts alone and holds nothing twice: each comparison names what it is against, and each part is
only there where the facts carry it, so that no text that is spoken from it contradicts itself. `sentence.py` speaks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tonewatch.stream.messages import EMOTIONS, Emotion, FactsTable, MomentKind
from tonewatch.stream.tone import cues, wording
from tonewatch.stream.tone.cues import Cue
from tonewatch.stream.tone.wording import Relation

STEADY_TONE = 0.05
"""A tone that moved by less has not moved."""

LOW_TONE = -0.2
"""From here on down the tone is a degraded one."""

NEAR_USUAL = 0.1
"""A tone that lies by no more under the caller's usual is back."""

HINTED = 0.2
CLOSE_SECOND = 0.25
"""Share from which a rival emotion is named as such."""

_SUPPORTS_FULLY = 2

Verdict = Literal["rising", "still", "falling", "back", "brighter", "dip", "nothing"]
"""A degraded tone that rises, goes on, or eases; one that is over; a brighter tone; a small dip; no change."""

DEGRADED: tuple[Verdict, ...] = ("rising", "still", "falling")

Certainty = Literal["sure", "likely", "leaning"]
Advice = Literal["listen", "check", "watch", "none"]
"""Listen in; listen in shortly, because it is not sure; keep an eye on it; no need to step in."""

Rival = Literal["", "happy", "angry", "sad", "tired"]


@dataclass(frozen=True)
class Argument:
    """One moment, argued.

    emotion     what is heard where the tone is degraded or brighter; '' where nothing carries one
    since_ms    from when on, or the moment before where `against_before`
    against_before  the verdict compares with that moment; cues always stand against the caller's usual
    grows       more of the emotion than then, or than in the caller's usual voice
    present     it is likelier than not, or the likeliest; `hinted` at where at least a fifth of the voice is
    doing       what the caller does: names of behaviours and topics, the strongest first
    quote       a whole phrase of the caller's that speaks of the topic `quoted`; '' for none
    heard       how the voice differs, the most telling first; `contrary`: of these, what does not fit
    same        names of measurements that are at the usual, for a tone that is back
    relation    of words to voice
    rival       the neighbour that would sound alike; `second`: it is heard too
    has_usual   this caller's usual voice is known
    moved       the tone bears the verdict out: it fell, rose or is back by what it is compared with
    doubt       the emotion that speaks against the verdict; '' for none.
    """

    verdict: Verdict
    emotion: Literal["", "angry", "sad", "happy"] = ""
    since_ms: int = 0
    against_before: bool = False
    grows: bool = False
    present: bool = False
    hinted: bool = False
    has_usual: bool = False
    moved: bool = False
    doing: tuple[str, ...] = ()
    quoted: str = ""
    quote: str = ""
    heard: tuple[Cue, ...] = ()
    contrary: tuple[Cue, ...] = ()
    same: tuple[str, ...] = ()
    relation: Relation = "unknown"
    rival: Rival = ""
    second: bool = False
    doubt: Literal["", "happy", "neutral"] = ""
    certainty: Certainty = "leaning"
    advice: Advice = "watch"

    @property
    def disputed(self) -> bool:
        """It speaks against the alert that it is about, and cannot confirm it."""
        return bool(self.doubt) or (self.verdict == "rising" and not self.moved)


def argue(facts: FactsTable, kind: MomentKind) -> Argument:
    """The argument of a moment of that kind."""
    verdict = verdict_of(facts, kind)
    emotion = emotion_of(facts, verdict)
    before = _against_before(facts, kind, verdict, emotion)
    heard, contrary = _heard(facts, emotion)
    doing = _doing(facts, verdict)
    quoted, quote = wording.phrase(facts, [topic for topic in wording.topics(facts) if topic in (*doing, "relief")])
    rival = _rival(facts, emotion, heard)
    doubt = _doubt(facts, verdict, emotion)
    certainty: Certainty = "leaning" if doubt else certainty_of(facts, emotion)
    return Argument(
        verdict=verdict,
        emotion=emotion,
        since_ms=_since(facts, verdict, before=before),
        against_before=before,
        grows=_grows(facts, emotion, before=before),
        present=bool(emotion) and cues.is_present(facts, emotion or "neutral"),
        hinted=bool(emotion) and _share(facts, emotion) >= HINTED,
        has_usual=has_usual(facts),
        moved=_moved(facts, verdict, before=before),
        doing=doing,
        quoted=quoted or "",
        quote=quote,
        heard=heard,
        contrary=contrary,
        same=tuple(cues.unchanged(facts.facts)) if verdict == "back" and has_usual(facts) else (),
        relation=wording.relates(facts, degraded=verdict in DEGRADED),
        rival=rival,
        second=rival in ("happy", "angry") and _is_second(facts, rival),
        doubt=doubt,
        certainty=certainty,
        advice=_advice(facts, kind, verdict, certainty),
    )


def verdict_of(facts: FactsTable, kind: MomentKind) -> Verdict:
    """An onset is a tone that degrades, a recovery one that is back; an update is what the tone did."""
    if kind == "onset":
        return "rising"
    if kind == "recovery":
        return "back"
    if facts.tone_since is None and not has_usual(facts):
        return "rising" if is_low(facts) else _of_a_calm_voice(facts, 0.0)
    before = facts.tone_before if facts.tone_since is None else facts.tone_since
    change = facts.tone - before
    if is_low(facts):
        return "rising" if change <= -STEADY_TONE else "falling" if change >= STEADY_TONE else "still"
    if facts.tone_since is not None and facts.tone_since <= LOW_TONE and change >= STEADY_TONE:
        return "back"
    return _of_a_calm_voice(facts, change)


def _of_a_calm_voice(facts: FactsTable, change: float) -> Verdict:
    if cues.is_present(facts, "happy"):
        return "brighter"
    below = facts.tone_before - facts.tone
    if has_usual(facts) and below >= STEADY_TONE and change <= -STEADY_TONE:
        return "dip"
    return "brighter" if change >= STEADY_TONE and -below >= STEADY_TONE else "nothing"


def is_low(facts: FactsTable) -> bool:
    """A degraded tone by its own scale, and against the caller's usual where that is known."""
    return facts.tone <= LOW_TONE and (not has_usual(facts) or facts.tone_before - facts.tone >= STEADY_TONE)


def has_usual(facts: FactsTable) -> bool:
    """Is the caller's usual voice known?"""
    return facts.baseline_segments > 0


def emotion_of(facts: FactsTable, verdict: Verdict) -> Literal["", "angry", "sad", "happy"]:
    """The emotion that a verdict speaks of, where the posterior carries it."""
    if verdict in DEGRADED:
        angry, sad = (cues.share(facts, name) or 0.0 for name in ("angry", "sad"))
        likelier: Literal["angry", "sad"] = "sad" if sad > angry else "angry"
        return likelier if _carries(facts, likelier) else ""
    return "happy" if verdict == "brighter" and _carries(facts, "happy") else ""


def _carries(facts: FactsTable, emotion: Emotion) -> bool:
    return cues.is_present(facts, emotion) or (has_usual(facts) and cues.rises(facts, emotion))


def certainty_of(facts: FactsTable, emotion: str) -> Certainty:
    """How sure: by the posterior and its runner-up, measurements that fit, and words that do or do not."""
    if emotion not in EMOTIONS:
        return "leaning"
    now = _share(facts, emotion)
    next_best = max(_share(facts, other) for other in EMOTIONS if other != emotion)
    points = (now >= 0.6) + (now >= 0.8) - (next_best >= 0.35) - (now < 0.4)
    points += len([cue for cue in cues.voice_cues(facts.facts) if cue.weight >= 1]) >= _SUPPORTS_FULLY
    relation = wording.relates(facts, degraded=emotion in ("angry", "sad"))
    points += (relation == "explain") - (relation == "contradict")
    return "sure" if points >= 3 else "likely" if points >= 1 else "leaning"


def alarm(facts: FactsTable) -> int:
    """0: nothing to step in for; 1: something; 2: tone and posterior agree on a degraded tone."""
    degraded = _share(facts, "angry") + _share(facts, "sad")
    low = facts.tone <= LOW_TONE
    return 2 if low and degraded >= 0.5 else 1 if low or degraded >= 0.4 else 0


def _advice(facts: FactsTable, kind: MomentKind, verdict: Verdict, certainty: Certainty) -> Advice:
    level = alarm(facts)
    if kind == "onset" or verdict == "rising":
        sure = level == 2 and certainty != "leaning"
        return "listen" if sure else "check" if kind == "onset" or level else "watch"
    if verdict == "still" and level:
        return "listen" if certainty == "sure" else "watch"
    return "none" if not level else "watch"


def _share(facts: FactsTable, emotion: str) -> float:
    return next(cues.share(facts, name) or 0.0 for name in EMOTIONS if name == emotion)


def _since(facts: FactsTable, verdict: Verdict, *, before: bool) -> int:
    if before and facts.since_ms is not None:
        return facts.since_ms
    return facts.at_ms if verdict == "back" else facts.window_start_ms


def _against_before(facts: FactsTable, kind: MomentKind, verdict: Verdict, emotion: str) -> bool:
    """An onset stands against the usual; what comes later against the moment before, where that bears it out."""
    if kind == "onset" or facts.since_ms is None or facts.tone_since is None:
        return False
    change = facts.tone - facts.tone_since
    if verdict == "brighter":
        return change >= STEADY_TONE and not emotion
    return verdict not in ("back", "dip") or (change >= STEADY_TONE if verdict == "back" else change <= -STEADY_TONE)


def _grows(facts: FactsTable, emotion: Literal["", "angry", "sad", "happy"], *, before: bool) -> bool:
    if not emotion:
        return False
    if before:
        then: float | None = getattr(facts.posterior_since, emotion, None)
        now = cues.share(facts, emotion)
        return then is not None and now is not None and now - then >= cues.CLEARLY_MORE
    return has_usual(facts) and cues.rises(facts, emotion)


def _moved(facts: FactsTable, verdict: Verdict, *, before: bool) -> bool:
    against = facts.tone_since if before and facts.tone_since is not None else facts.tone_before
    if not before and not has_usual(facts):
        return False
    change = facts.tone - against
    if verdict == "back" and not before:
        return change >= -NEAR_USUAL
    if verdict in ("still", "nothing"):
        return abs(change) < STEADY_TONE
    return change <= -STEADY_TONE if verdict in ("rising", "dip") else change >= STEADY_TONE


def _heard(facts: FactsTable, emotion: str) -> tuple[tuple[Cue, ...], tuple[Cue, ...]]:
    """Up to three cues of the voice; those that speak for the emotion first, then what does not fit it."""
    if not has_usual(facts):
        return (), ()
    found = cues.voice_cues(facts.facts)
    fitting = cues.supporting(found, emotion)
    # Strain is the cue that tells anger from joy: it stays, however loud the others are.
    fitting = sorted(fitting[:3] if emotion != "angry" else _with_strain(fitting), key=_place)
    others = [cue for cue in found if cue not in cues.supporting(found, emotion)]
    if not fitting:
        return tuple(sorted(others[:3], key=_place)), ()
    return tuple(fitting), tuple(
        cue for cue in others[:1] if cue.weight >= min(one.weight for one in fitting) or len(fitting) < 2
    )


_ORDER = ("level", "effort", "rate", "pauses", "pitch", "pitch_range", "stress")
"""How a listener would name them: what one hears at once comes first."""


def _place(cue: Cue) -> int:
    return _ORDER.index(cue.name)


def _with_strain(fitting: list[Cue]) -> list[Cue]:
    strain = [cue for cue in fitting if cue.name == "effort"]
    return [*strain, *(cue for cue in fitting if cue.name != "effort")][:3]


def _doing(facts: FactsTable, verdict: Verdict) -> tuple[str, ...]:
    """What the caller does, by behaviour and by words, at most two; only what fits the verdict."""
    degraded = verdict in DEGRADED
    found: list[str] = []
    if degraded:
        found += [f"over_{by}"] if (by := cues.talks_over(facts)) else []
        found += ["overloads"] if cues.overloads(facts) else []
        found += ["repeats"] if facts.repeated else []
        # "Not the first time" is the weakest of them beside a threat, and the strongest where it is repeated.
        found += wording.complaints(facts)
    elif not wording.complaints(facts):
        found += [topic for topic in wording.topics(facts) if topic == "relief"]
    return tuple(found[:2])


def _rival(facts: FactsTable, emotion: str, heard: tuple[Cue, ...]) -> Rival:
    """The neighbour that would sound alike by what stands out in the voice."""
    raised = any(cue.sign > 0 and cue.name in ("level", "pitch") for cue in heard)
    sunken = any((cue.name, cue.sign) in SUNKEN for cue in heard)
    if emotion == "angry":
        if raised or _is_second(facts, "happy"):
            return "happy"
        return "sad" if sunken else ""
    if emotion == "happy":
        return "angry" if raised or _is_second(facts, "angry") else ""
    if emotion == "sad":
        return "angry" if raised or _is_second(facts, "angry") else "tired" if sunken else ""
    return ""


SUNKEN: tuple[tuple[str, int], ...] = (("level", -1), ("rate", -1), ("pitch_range", -1), ("pitch", -1))
"""How tiredness sounds as well."""


def _is_second(facts: FactsTable, emotion: Literal["happy", "angry"]) -> bool:
    """Heard too: by a share worth a word."""
    return _share(facts, emotion) >= CLOSE_SECOND


def _doubt(facts: FactsTable, verdict: Verdict, emotion: str) -> Literal["", "happy", "neutral"]:
    """A label that disagrees with a degraded tone: joy or calm is what is mostly heard."""
    if verdict not in DEGRADED:
        return ""
    for name in ("happy", "neutral"):
        if cues.is_present(facts, name) and _share(facts, name) > (_share(facts, emotion) if emotion else 0.0):
            return name
    return ""
