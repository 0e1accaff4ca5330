"""The argument of a moment: what happened, by which cues, how words fit, why not its neighbour, how sure, what to do.

It is made from the facts and from what the call's earlier reasons said, and holds nothing twice: each comparison names
what it is against, and each part is only there where the facts carry it, so that no text that is spoken from it
contradicts itself or, unsaid, an earlier one. `sentence.py` speaks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tonewatch.stream.messages import EMOTIONS, FactsTable, MomentKind, Told
from tonewatch.stream.tone import cues, wording
from tonewatch.stream.tone.cues import Cue, supporting
from tonewatch.stream.tone.verdict import (
    DEGRADED,
    HARDLY,
    LOW_TONE,
    Named,
    Verdict,
    doubt_of,
    emotion_of,
    gone,
    grows,
    has_usual,
    is_against_before,
    is_always,
    moved,
    share,
    verdict_of,
)
from tonewatch.stream.tone.wording import Relation

HINTED = 0.2
CLOSE_SECOND = 0.25
"""Share from which a rival emotion is named as such."""

EVEN = 0.05
"""A rival that lies by less under the emotion is heard as much."""

STRONG = 0.65
"""Share of anger or sadness that is no mild case, though it is less than before."""

MOST = 0.5
"""Share above which an emotion is most of what is heard."""

STILL_NEUTRAL = 0.28
"""Share of a neutral voice beside an emotion from which it is said."""

_SUPPORTS_FULLY = 2

Certainty = Literal["sure", "likely", "leaning"]
Advice = Literal["listen", "check", "watch", "none"]
"""Listen in; listen in shortly, because it is not sure; keep an eye on it; no need to step in."""

Rival = Literal["", "happy", "angry", "sad", "tired", "neutral"]


@dataclass(frozen=True)
class Argument:
    """One moment, argued.

    emotion     what is heard where the tone is degraded or brighter; '' where nothing carries one
    since_ms    from when on, or the moment before where `against_before`
    against_before  the verdict compares with that moment; of the cues only `changed` do
    grows       more of the emotion than then, or than in the caller's usual voice
    present     it is likelier than not, or the likeliest; `hinted` at where at least a fifth of the voice is
    doing       what the caller does: names of behaviours and topics, the strongest first
    quote       a whole phrase of the caller's, which speaks of the topic `quoted`, or else bears `relation` out
    heard       how the voice differs, the most telling first; `contrary`: of these, what does not fit
    fits        what is heard speaks for the emotion, or there is none
    always      the caller has sounded so from the first word: no calm voice is known
    changed     of a degraded tone that goes on: how the voice differs from the moment before, away from the usual
    same        names of measurements that are at the usual, for a tone that is back
    gone        the emotion of the moment before that is hardly heard any more, or less of it
    relation    of words to voice
    rival       the neighbour that would sound alike; `second`: it is heard too; `even`: as much as the emotion
    hint        an emotion of the alert that is heard too where a doubt is, by a fifth and more than usual or a quarter
    mostly      most of it sounds like the emotion, or like what makes the doubt
    worry       the words tell of distress and of no other trouble, where the voice is an angry one
    faded       of what is gone hardly anything is heard
    was_calm    of a tone that is back: it was so at the moment before already
    has_usual   this caller's usual voice is known
    moved       the tone bears the verdict out: it fell, rose or is back by what it is compared with
    doubt       the emotion that speaks against the verdict; '' for none. `excited`: joy, and more of it than usual
    rival_told  an earlier reason of the call argued against the same neighbour; `unheard_told`: and none had words
    calm_told   the newest reason said that it is over
    again       an earlier reason of the call said that this was over; `told`: that it is so already.
    """

    verdict: Verdict
    kind: MomentKind = "onset"
    emotion: Named = ""
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
    fits: bool = True
    always: bool = False
    changed: tuple[Cue, ...] = ()
    same: tuple[str, ...] = ()
    gone: Named = ""
    relation: Relation = "unknown"
    rival: Rival = ""
    second: bool = False
    even: bool = False
    hint: Named = ""
    mostly: bool = False
    worry: bool = False
    faded: bool = False
    was_calm: bool = False
    doubt: Literal["", "happy", "neutral"] = ""
    excited: bool = False
    certainty: Certainty = "leaning"
    advice: Advice = "watch"
    rival_told: bool = False
    unheard_told: bool = False
    calm_told: bool = False
    again: bool = False
    told: bool = False

    @property
    def disputed(self) -> bool:
        """It speaks against the alert that it is about, and cannot confirm it."""
        return bool(self.doubt) or (self.verdict == "rising" and not self.moved)

    @property
    def is_calm_told(self) -> bool:
        """A recovery behind a reason that told it already: only that the alert is over is new."""
        return self.calm_told and self.moved and self.kind == "recovery" and self.advice == "none"

    @property
    def is_strained(self) -> bool:
        """Much more strained than usual: joy does not sound so."""
        return any((cue.name, cue.sign, cue.much) == ("effort", 1, True) for cue in self.heard)

    @property
    def silent(self) -> bool:
        """Nothing stands out, or nothing is new: nothing is said."""
        if self.verdict == "nothing":
            return True
        if self.verdict == "dip":
            return not supporting(self.heard, "sad") and not any(name != "relief" for name in self.doing)
        if self.verdict == "rising" and self.kind == "update" and self.doubt and not self.against_before:
            return self.relation not in ("explain", "ironic", "mixed")
        return self.told and not self.changed and not self.doing


def argue(facts: FactsTable, kind: MomentKind, earlier: Sequence[Told] = ()) -> Argument:
    """The argument of a moment of that kind; `earlier`: what the call's reasons before it said, the oldest first."""
    verdict = verdict_of(facts, kind)
    emotion = emotion_of(facts, verdict)
    degraded = verdict in DEGRADED
    before = is_against_before(facts, kind, verdict, emotion)
    heard, contrary, fits = _heard(facts, emotion)
    doing = _doing(facts, verdict)
    relation = wording.relates(facts, degraded=degraded)
    worry = emotion == "angry" and wording.complaints(facts) == ("distress",) and not wording.is_warm(facts)
    if worry and (trouble := wording.phrase_beside(facts, "distress")):
        # An angry voice is explained by what went wrong, not by fear.
        doing, worry = tuple(name for name in doing if name != "distress"), False
    else:
        trouble = ""
    quoted, quote = wording.phrase(facts, [topic for topic in wording.topics(facts) if _said(topic, facts) in doing])
    rival = _rival(facts, emotion, heard)
    doubt = doubt_of(facts, verdict, emotion)
    changed = _changed(facts, verdict, emotion, before=before)
    certainty: Certainty = "leaning" if doubt else certainty_of(facts, emotion)
    return Argument(
        verdict=verdict,
        kind=kind,
        emotion=emotion,
        since_ms=_since(facts, verdict, before=before, earlier=earlier),
        against_before=before,
        grows=grows(facts, emotion, before=before),
        present=bool(emotion) and cues.is_present(facts, emotion or "neutral"),
        hinted=bool(emotion) and share(facts, emotion) >= HINTED,
        has_usual=has_usual(facts),
        moved=moved(facts, verdict, before=before),
        doing=doing,
        quoted=_said(quoted, facts) if quoted else "",
        quote=quote or trouble or wording.phrase_of(facts, relation, degraded=degraded),
        heard=heard,
        contrary=contrary,
        fits=fits,
        always=not heard and is_always(facts, emotion),
        changed=changed,
        same=tuple(cues.unchanged(facts.facts)) if verdict == "back" and has_usual(facts) else (),
        gone=gone(facts) if verdict in ("back", "falling") and before else "",
        relation=relation,
        rival=rival,
        second=rival in ("happy", "angry") and _is_second(facts, rival),
        even=rival in ("happy", "angry") and share(facts, rival) > share(facts, emotion) - EVEN,
        hint=_hint(facts) if doubt else "",
        mostly=share(facts, doubt or emotion) > MOST,
        worry=worry,
        faded=bool(gone(facts)) and share(facts, gone(facts)) <= HARDLY,
        was_calm=facts.tone_since is not None and facts.tone_since > LOW_TONE and not gone(facts),
        doubt=doubt,
        excited=doubt == "happy" and (not has_usual(facts) or cues.rises(facts, "happy")),
        certainty=certainty,
        advice=_advice(facts, kind, verdict, certainty),
        rival_told=any(one.rival == rival and one.emotion == emotion for one in earlier),
        unheard_told=relation == "unknown" and any(not one.quote for one in earlier),
        calm_told=verdict == "back" and bool(earlier) and earlier[-1].verdict == "back",
        again=_is_again(verdict, earlier),
        told=_is_told(kind, verdict, emotion, earlier),
    )


def _is_again(verdict: Verdict, earlier: Sequence[Told]) -> bool:
    """A degraded tone that an earlier reason said was over, or the other way round."""
    said = [one.verdict for one in earlier if one.verdict not in ("nothing", "dip")]
    was_degraded = [name in DEGRADED for name in said]
    return verdict in DEGRADED and bool(said) and not was_degraded[-1] and any(was_degraded)


def _is_told(kind: MomentKind, verdict: Verdict, emotion: Named, earlier: Sequence[Told]) -> bool:
    """The newest reason said the same: a tone that is still so, still brighter, or over already."""
    if not earlier or kind == "onset":
        return False
    last = earlier[-1]
    if verdict == "still":
        return last.verdict in DEGRADED and last.emotion == emotion
    return verdict in ("brighter", "dip") and last.verdict == verdict and last.emotion == emotion


def certainty_of(facts: FactsTable, emotion: str) -> Certainty:
    """How sure: by the posterior and its runner-up, measurements that fit, and words that do or do not."""
    if emotion not in EMOTIONS:
        return "leaning"
    now = share(facts, emotion)
    next_best = max(share(facts, other) for other in EMOTIONS if other != emotion)
    points = (now >= 0.6) + (now >= 0.8) - (next_best >= 0.35) - (now < 0.4)
    points += len([cue for cue in cues.voice_cues(facts.facts) if cue.weight >= 1]) >= _SUPPORTS_FULLY
    relation = wording.relates(facts, degraded=emotion in ("angry", "sad"))
    points += (relation == "explain") - (relation == "contradict")
    return "sure" if points >= 3 else "likely" if points >= 1 else "leaning"


def alarm(facts: FactsTable) -> int:
    """0: nothing to step in for; 1: something; 2: tone and posterior agree on a degraded tone."""
    degraded = share(facts, "angry") + share(facts, "sad")
    low = facts.tone <= LOW_TONE
    return 2 if low and degraded >= 0.5 else 1 if low or degraded >= 0.4 else 0


def _advice(facts: FactsTable, kind: MomentKind, verdict: Verdict, certainty: Certainty) -> Advice:
    level = alarm(facts)
    if kind == "onset" or verdict == "rising":
        sure = level == 2 and certainty != "leaning"
        return "listen" if sure else "check" if kind == "onset" or level else "watch"
    if verdict == "still" and level:
        return "listen" if certainty == "sure" or (certainty == "likely" and level == 2) else "watch"
    if verdict == "falling" and level == 2 and (certainty == "sure" or _is_strong(facts, certainty)):
        return "listen"
    # A voice that is calm again over words that are not is no end of it.
    uneasy = verdict == "back" and wording.relates(facts, degraded=False) in ("contradict", "mixed")
    return "watch" if level or uneasy else "none"


def _is_strong(facts: FactsTable, certainty: Certainty) -> bool:
    """About two thirds of the voice, and fairly sure."""
    return certainty == "likely" and max(share(facts, "angry"), share(facts, "sad")) >= STRONG


def _since(facts: FactsTable, verdict: Verdict, *, before: bool, earlier: Sequence[Told]) -> int:
    if before and facts.since_ms is not None:
        return facts.since_ms
    if facts.onset_ms is not None:
        # One date for an alert and for its text.
        return facts.onset_ms
    if verdict == "back":
        return facts.at_ms
    # What an earlier reason said of the time until then stands.
    last_ms = max((one.at_ms for one in earlier if one.at_ms < facts.at_ms), default=0)
    return max(facts.window_start_ms, last_ms)


def _heard(facts: FactsTable, emotion: str) -> tuple[tuple[Cue, ...], tuple[Cue, ...], bool]:
    """Up to three cues of the voice; those that speak for the emotion first, then what does not fit it."""
    if not has_usual(facts):
        return (), (), True
    found = cues.voice_cues(facts.facts)
    fitting = cues.supporting(found, emotion)
    # Strain is the cue that tells anger from joy: it stays, however loud the others are.
    strain = [cue for cue in fitting[3:] if emotion == "angry" and cue.name == "effort"]
    fitting = sorted([*fitting[:3], *strain], key=_place)
    others = [cue for cue in found if cue not in cues.supporting(found, emotion)]
    if not fitting:
        return tuple(sorted(others[:3], key=_place)), (), not (emotion and others)
    contrary = [cue for cue in others[:1] if cue.weight >= min(one.weight for one in fitting) or len(fitting) < 2]
    return tuple(fitting), tuple(contrary), True


def _place(cue: Cue) -> int:
    return cues.OF_THE_VOICE.index(cue.name)


def _changed(facts: FactsTable, verdict: Verdict, emotion: Named, *, before: bool) -> tuple[Cue, ...]:
    """What is more so than at the moment before, and away from the usual: what is new while it goes on."""
    if verdict not in ("still", "rising") or not before or not emotion:
        return ()
    away = {cue.name: cue.sign for cue in cues.voice_cues(facts.facts)}
    found = cues.supporting(cues.voice_cues(facts.changed), emotion)
    return tuple(sorted((cue for cue in found if away.get(cue.name) == cue.sign), key=_place)[:2])


def _doing(facts: FactsTable, verdict: Verdict) -> tuple[str, ...]:
    """What the caller does, by behaviour and by words, at most two; only what fits the verdict."""
    found: list[str] = []
    if verdict in DEGRADED:
        found += [f"over_{by}"] if (by := cues.talks_over(facts)) else []
        found += ["overloads"] if cues.overloads(facts) else []
        found += ["repeats"] if facts.repeated else []
        # "Not the first time" is the weakest of them beside a threat, and the strongest where it is repeated.
        found += [_said(topic, facts) for topic in wording.complaints(facts)]
        found += ["falls_silent"] * cues.falls_silent(facts) + ["one_word"] * cues.is_curt(facts)
    elif not wording.complaints(facts):
        found += [topic for topic in wording.topics(facts) if topic == "relief"]
        found += ["laughs"] * (facts.laughs > 0 and verdict == "brighter")
    if "let_down" in found:
        # Which is a complaint already.
        found = [name for name in found if name != "complaint"]
    return tuple(found[:2])


def _said(topic: str, facts: FactsTable) -> str:
    """Under `again` stands as well that nobody helps, or that one waits: that is no repetition."""
    return "let_down" if topic == "again" and facts.quotes and not wording.tells_of_a_repetition(facts) else topic


def _rival(facts: FactsTable, emotion: str, heard: tuple[Cue, ...]) -> Rival:
    """The neighbour that would sound alike by what stands out in the voice."""
    raised = any(cue.sign > 0 and cue.name in ("level", "pitch") for cue in heard)
    sunken = any((cue.name, cue.sign) in SUNKEN for cue in heard)
    if emotion in ("angry", "sad") and _is_still_neutral(facts, emotion):
        return "neutral"
    if emotion == "angry":
        if raised or _is_second(facts, "happy"):
            return "happy"
        return "sad" if sunken and share(facts, "sad") >= HINTED / 2 else ""
    if emotion == "happy":
        return "angry" if raised or _is_second(facts, "angry") else ""
    if emotion == "sad":
        return "angry" if raised or _is_second(facts, "angry") else "tired" if sunken else ""
    return ""


SUNKEN: tuple[tuple[str, int], ...] = (("level", -1), ("rate", -1), ("pitch_range", -1), ("pitch", -1))
"""How tiredness sounds as well."""


def _hint(facts: FactsTable) -> Named:
    likelier: Literal["angry", "sad"] = "sad" if share(facts, "sad") > share(facts, "angry") else "angry"
    more = has_usual(facts) and cues.rises(facts, likelier)
    return likelier if share(facts, likelier) >= (HINTED if more else CLOSE_SECOND) else ""


def _is_still_neutral(facts: FactsTable, emotion: str) -> bool:
    """A neutral voice is what is heard most beside the emotion."""
    others = [share(facts, other) for other in EMOTIONS if other not in (emotion, "neutral")]
    return share(facts, "neutral") >= max(STILL_NEUTRAL, *others)


def _is_second(facts: FactsTable, emotion: Literal["happy", "angry"]) -> bool:
    """Heard too: by a share worth a word."""
    return share(facts, emotion) >= CLOSE_SECOND
