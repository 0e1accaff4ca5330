"""Alerts on turn-taking: repeated interruptions and long dead air. Times decide them, never what anybody sounds like.

What is judged lies so far back that every segment of it is known, on either channel: the same segments give the same
alerts in whatever order the channels arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tonewatch.stream.messages import Alert, Evidence, Fact, FactsTable
from tonewatch.stream.rules.model import Rule
from tonewatch.stream.tone.alerts import lifecycle as alerts
from tonewatch.stream.tone.alerts.closed_alerts import close_alert, open_again
from tonewatch.stream.tone.state import CallMemory, Watch
from tonewatch.stream.tone.turns import (
    Interruption,
    agent_share,
    interruptions,
    longest_silence_ms,
    silences,
    talk_over_ms,
)

EVIDENCE_MOST = 8


@dataclass(frozen=True)
class _Found:
    """A condition that holds: since `onset_ms`, enough of it at `at_ms`, over at `over_ms` (null: not yet)."""

    onset_ms: int
    at_ms: int
    over_ms: int | None
    sentence: str
    fact: Fact


def follow(call_id: str, memory: CallMemory, known_until_ms: int, rules: Sequence[Rule]) -> list[Alert]:
    """What turn-taking up to `known_until_ms` raises, reopens or resolves. Asked again, it gives nothing twice."""
    written: list[Alert] = []
    for rule in rules:
        if rule.kind == "dead_air":
            written += _each(call_id, memory, rule, _dead_air(memory, rule, known_until_ms))
        elif rule.kind == "interruptions":
            written += _each(call_id, memory, rule, _interrupted(memory, rule, known_until_ms))
    return written


def _each(call_id: str, memory: CallMemory, rule: Rule, found: Sequence[_Found]) -> list[Alert]:
    written: list[Alert] = []
    watch = memory.watch(rule.cause)
    for one in found:
        if one.at_ms > watch.judged_ms:
            watch.judged_ms = one.at_ms
            if watch.alert is None and not watch.dismissed:
                watch.alert = _raised(call_id, memory, watch, rule, one)
                written.append(watch.alert)
        if one.over_ms is not None and one.at_ms == watch.judged_ms and one.over_ms > watch.clear_since_ms:
            watch.dismissed, over_ms = False, one.over_ms
            if watch.alert is not None:
                written.append(alerts.resolve(watch.alert, over_ms, "recovery"))
                close_alert(memory, written[-1])
            watch.clear_since_ms = over_ms
    return written


def _raised(call_id: str, memory: CallMemory, watch: Watch, rule: Rule, found: _Found) -> Alert:
    on = _raising(call_id, memory, found)
    last = memory.settled.get(watch.last_id)
    if last is None or last.state != "resolved" or last.resolved_ms is None:
        return alerts.raise_(rule, on, "firing")
    if found.onset_ms - last.resolved_ms >= 1000 * rule.cooldown_s:
        return alerts.raise_(rule, on, "firing")
    again = alerts.reopen(last, rule, on)
    open_again(memory, again)
    return again


def _dead_air(memory: CallMemory, rule: Rule, known_until_ms: int) -> list[_Found]:
    """Silences of both that are long enough; the last one may go on."""
    least_ms = round(1000 * rule.silence_s)
    return [
        _Found(
            onset_ms=start_ms,
            at_ms=start_ms + least_ms,
            over_ms=end_ms if end_ms < known_until_ms else None,
            sentence=f"Nobody has spoken for {rule.silence_s:g} s.",
            fact=_fact("silence", rule.silence_s, "s"),
        )
        for start_ms, end_ms in silences(memory.turns, known_until_ms)
        if end_ms - start_ms >= least_ms
    ]


def _interrupted(memory: CallMemory, rule: Rule, known_until_ms: int) -> list[_Found]:
    """The first time since the last of these that enough interruptions lie within the rule's time."""
    within_ms = round(1000 * rule.within_s)
    all_of_them = interruptions(memory.turns, 0, known_until_ms, round(1000 * rule.overlap_s))
    found: list[_Found] = []
    for place, last in enumerate(all_of_them):
        if found and found[-1].over_ms is None:
            break
        if found and last.at_ms < (found[-1].over_ms or 0):
            continue
        those = [one for one in all_of_them[: place + 1] if last.at_ms - one.at_ms < within_ms]
        if len(those) >= rule.count:
            over_ms = _quiet_from(all_of_them[place:], within_ms, known_until_ms)
            found.append(_Found(those[0].at_ms, last.at_ms, over_ms, _told(those, rule), _count(those)))
    return found


def _quiet_from(later: Sequence[Interruption], within_ms: int, known_until_ms: int) -> int | None:
    """When the rule's time had passed without one; null while it has not."""
    for one, after in zip(later, [*(i.at_ms for i in later[1:]), known_until_ms], strict=True):
        if after - one.at_ms >= within_ms:
            return one.at_ms + within_ms
    return None


def _told(those: Sequence[Interruption], rule: Rule) -> str:
    agent = sum(one.by_agent for one in those)
    shares = [f"{n} by the {who}" for n, who in ((agent, "agent"), (len(those) - agent, "caller")) if n]
    return f"{len(those)} interruptions within {rule.within_s:g} s: {' and '.join(shares)}."


def _count(those: Sequence[Interruption]) -> Fact:
    return _fact("interruptions", len(those), "count")


def _fact(name: str, value: float, unit: str) -> Fact:
    """Nobody interrupts and nobody is silent as a rule: the usual is none."""
    return Fact(name=name, value=value, baseline=0.0, unit=unit, delta=value, z=0.0, salient=True)


def _raising(call_id: str, memory: CallMemory, found: _Found) -> alerts.Raising:
    tone = round(memory.window[-1].tone, 3) if memory.window else 0.0
    return alerts.Raising(
        call_id=call_id,
        queue=memory.queue,
        onset_ms=found.onset_ms,
        at_ms=found.at_ms,
        peak_ms=found.at_ms,
        peak_tone=tone,
        tone=0.0,
        sentence=found.sentence,
        evidence=_evidence(memory, found),
        facts=_table(memory, found, tone),
        model=None,
    )


def _evidence(memory: CallMemory, found: _Found) -> tuple[Evidence, ...]:
    """The caller's segments in that time, and the one before it."""
    caller = [t for t in memory.turns if t.audio is not None and t.start_ms <= found.at_ms]
    before = [t for t in caller if t.end_ms <= found.onset_ms][-1:]
    within = [t for t in caller if t.end_ms > found.onset_ms][-EVIDENCE_MOST:]
    return tuple(
        Evidence(segment_id=t.segment_id, start_ms=t.start_ms, end_ms=t.end_ms, audio=t.audio, tone=0.0)
        for t in (*before, *within)
        if t.audio is not None
    )


def _table(memory: CallMemory, found: _Found, tone: float) -> FactsTable:
    start_ms, end_ms = found.onset_ms, found.at_ms
    return FactsTable(
        at_ms=end_ms,
        window_start_ms=start_ms,
        window_end_ms=end_ms,
        baseline_segments=len(memory.baseline),
        tone=tone,
        tone_before=tone,
        facts=(found.fact,),
        posterior=None,
        posterior_baseline=None,
        talk_over_ms=talk_over_ms(memory.turns, start_ms, end_ms),
        agent_talk_share=agent_share(memory.turns, 0, end_ms),
        interruptions=len(interruptions(memory.turns, start_ms, end_ms + 1)),
        longest_silence_ms=longest_silence_ms(memory.turns, start_ms, end_ms),
    )
