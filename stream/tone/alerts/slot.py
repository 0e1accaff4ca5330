"""What a call knows of one cause of alerts, and what the judging of any cause is told of the call."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tonewatch.stream.messages import Alert, ModelRef
from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING
from tonewatch.stream.tone.phrasing.phrasing import Phrasing


class RuleProgress(msgspec.Struct, kw_only=True):
    """How far one rule on turn-taking was judged: its newest condition held from `judged_ms`, was over at `over_ms`.

    `holds`: the newest condition is not over yet.
    """

    judged_ms: int = -1
    over_ms: int = -1
    holds: bool = False


class AlertSlot(msgspec.Struct, kw_only=True):
    """One cause of alerts: at most one alert is open for it.

    alert           the one that is open, a pending one too
    last_id         the alert before it, which may be reopened
    clear_since_ms  since when its condition is over; -1: it is not
    quiet_until_ms  nothing is raised before: an explainer withdrew the last one
    dismissed       a user resolved it by hand: nothing is raised until the condition was over once
    judged_ms       conditions up to here were judged already, by releases that kept it for a cause and not for a rule
    rules           of turn-taking, by their names: several rules may have one cause, and each is over for itself
    """

    alert: Alert | None = None
    last_id: str = ""
    clear_since_ms: int = -1
    quiet_until_ms: int = -1
    dismissed: bool = False
    judged_ms: int = -1
    rules: dict[str, RuleProgress] = msgspec.field(default_factory=dict)

    def progress(self, rule: str) -> RuleProgress:
        """Of a rule; one that is new here begins where its cause was judged to."""
        holds = self.alert is not None and rule in (self.alert.rule, *self.alert.also)
        before = RuleProgress(judged_ms=self.judged_ms, over_ms=self.clear_since_ms, holds=holds)
        return self.rules.setdefault(rule, before)


@dataclass(frozen=True, kw_only=True)
class CallContext:
    """Of the call, at the message that is being taken.

    now_ms             how far the call's audio has come
    tone               rolling tone after its newest judged segment; null before any
    baseline_segments  own segments that the caller's baseline is taken over
    phrasing           the language in which reasons are told
    spoken_at_ms       wall clock at the end of the segment; 0 where no segment is being taken
    """

    call_id: str
    queue: str
    now_ms: int
    tone: float | None
    baseline_segments: int
    model: ModelRef | None
    spoken_at_ms: int = 0
    phrasing: Phrasing = ENGLISH_PHRASING
