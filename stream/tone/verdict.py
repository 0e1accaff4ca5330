"""What happened at a moment: the verdict, the emotion that it speaks of, and what it is compared with."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages import EMOTIONS, Emotion, FactsTable, MomentKind
from tonewatch.stream.tone import cues

STEADY_TONE = 0.05
"""A tone that moved by less has not moved."""

LOW_TONE = -0.2
"""From here on down the tone is a degraded one."""

NEAR_USUAL = 0.1
"""A tone that lies by no more under the caller's usual is back."""

LESS = 0.15
HARDLY = 0.15
"""Share by which an emotion must have fallen to be heard less, and under which it is gone."""

MARGIN = 0.1
"""By which another emotion must be heard more for the label to be doubted."""

Verdict = Literal["rising", "still", "falling", "back", "brighter", "dip", "nothing"]
"""A degraded tone that rises, goes on, or eases; one that is over; a brighter tone; a small dip; no change."""

DEGRADED: tuple[Verdict, ...] = ("rising", "still", "falling")

Named = Literal["", "angry", "sad", "happy"]


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
        return "rising" if change <= -STEADY_TONE else "falling" if change >= STEADY_TONE and _eases(facts) else "still"
    if facts.tone_since is not None and facts.tone_since <= LOW_TONE and change >= STEADY_TONE:
        # Whose usual voice is no calm one is not over it for being back there.
        goes_on = facts.tone <= LOW_TONE and any(cues.is_present(facts, name) for name in ("angry", "sad"))
        return "falling" if goes_on else "back"
    return _of_a_calm_voice(facts, change)


def _of_a_calm_voice(facts: FactsTable, change: float) -> Verdict:
    if cues.is_present(facts, "happy"):
        return "brighter"
    below = facts.tone_before - facts.tone
    if (
        below >= NEAR_USUAL
        and change <= -STEADY_TONE
        and any(_carries_clearly(facts, name) for name in ("angry", "sad"))
    ):
        return "rising"
    if has_usual(facts) and below >= STEADY_TONE and change <= -STEADY_TONE:
        return "dip"
    return "brighter" if change >= STEADY_TONE and -below >= STEADY_TONE else "nothing"


def _eases(facts: FactsTable) -> bool:
    """Not while the emotion is there, and the voice is louder, more strained or higher than at the moment before."""
    raised = ("level", "effort", "pitch")
    rises = any(cue.sign > 0 and cue.name in raised for cue in cues.voice_cues(facts.changed))
    return not rises or not any(cues.is_present(facts, name) for name in ("angry", "sad"))


def is_low(facts: FactsTable) -> bool:
    """A degraded tone by its own scale, and against the caller's usual where that is known."""
    return facts.tone <= LOW_TONE and (not has_usual(facts) or facts.tone_before - facts.tone >= STEADY_TONE)


def has_usual(facts: FactsTable) -> bool:
    """Is the caller's usual voice known?"""
    return facts.baseline_segments > 0


def share(facts: FactsTable, emotion: str) -> float:
    """Of the voice in the window that sounds so; 0 where it is not known."""
    return next((cues.share(facts, name) or 0.0 for name in EMOTIONS if name == emotion), 0.0)


def emotion_of(facts: FactsTable, verdict: Verdict) -> Named:
    """The emotion that a verdict speaks of, where the posterior carries it."""
    if verdict in DEGRADED:
        likelier: Literal["angry", "sad"] = "sad" if share(facts, "sad") > share(facts, "angry") else "angry"
        return likelier if _carries(facts, likelier) else ""
    return "happy" if verdict == "brighter" and _carries(facts, "happy") else ""


def _carries_clearly(facts: FactsTable, emotion: Literal["angry", "sad"]) -> bool:
    return has_usual(facts) and cues.is_present(facts, emotion) and cues.rises(facts, emotion)


def _carries(facts: FactsTable, emotion: Emotion) -> bool:
    return cues.is_present(facts, emotion) or (has_usual(facts) and cues.rises(facts, emotion))


def is_against_before(facts: FactsTable, kind: MomentKind, verdict: Verdict, emotion: Named) -> bool:
    """An onset stands against the usual; what comes later against the moment before, where that bears it out."""
    if kind == "onset" or facts.since_ms is None or facts.tone_since is None:
        return False
    change = facts.tone - facts.tone_since
    if verdict == "brighter":
        return change >= STEADY_TONE and not emotion
    return verdict not in ("back", "dip") or (change >= STEADY_TONE if verdict == "back" else change <= -STEADY_TONE)


def grows(facts: FactsTable, emotion: Named, *, before: bool) -> bool:
    """More of the emotion than at the moment before, or than in the caller's usual voice."""
    if not emotion:
        return False
    if before:
        then: float | None = getattr(facts.posterior_since, emotion, None)
        now = cues.share(facts, emotion)
        return then is not None and now is not None and now - then >= cues.CLEARLY_MORE
    return has_usual(facts) and cues.rises(facts, emotion)


def moved(facts: FactsTable, verdict: Verdict, *, before: bool) -> bool:
    """The tone bears the verdict out: it fell, rose or is back by what it is compared with."""
    against = facts.tone_since if before and facts.tone_since is not None else facts.tone_before
    if not before and not has_usual(facts):
        return False
    change = facts.tone - against
    if verdict == "back" and not before:
        return change >= -NEAR_USUAL
    if verdict in ("still", "nothing"):
        return abs(change) < STEADY_TONE
    return change <= -STEADY_TONE if verdict in ("rising", "dip") else change >= STEADY_TONE


def doubt_of(facts: FactsTable, verdict: Verdict, emotion: Named) -> Literal["", "happy", "neutral"]:
    """A label that disagrees with a degraded tone: joy or calm is what is clearly heard most."""
    if verdict not in DEGRADED:
        return ""
    own = share(facts, emotion) + MARGIN if emotion else 0.0
    names: tuple[Literal["happy", "neutral"], ...] = ("happy", "neutral")
    return next((name for name in names if cues.is_present(facts, name) and share(facts, name) > own), "")


def gone(facts: FactsTable) -> Literal["", "angry", "sad"]:
    """What was heard at the moment before, and is hardly heard now."""
    then = facts.posterior_since
    if then is None:
        return ""
    names: tuple[Literal["angry", "sad"], ...] = ("angry", "sad")
    return next((n for n in names if getattr(then, n) >= 0.4 and share(facts, n) <= getattr(then, n) - LESS), "")


def is_always(facts: FactsTable, emotion: str) -> bool:
    """What was heard of the caller before sounds mostly so as well."""
    usual = next((cues.share(facts, name, usual=True) for name in ("angry", "sad") if name == emotion), None)
    return usual is not None and usual >= 0.5
