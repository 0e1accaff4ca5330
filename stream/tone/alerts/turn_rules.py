"""When an alert on turn-taking is due: repeated interruptions, long dead air. Times decide, never how anybody sounds.

What is judged lies so far back that every segment of it is known, on either channel: the same segments give the same
alerts in whatever order the channels arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tonewatch.stream.messages import Evidence, Fact, FactsTable
from tonewatch.stream.rules.model import DeadAirRule, InterruptionsRule, Rule
from tonewatch.stream.tone.alerts.lifecycle import Grounds
from tonewatch.stream.tone.alerts.slot import CallContext
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.turns import Interruption, Turns

EVIDENCE_MOST = 8

TurnRule = InterruptionsRule | DeadAirRule


@dataclass(frozen=True)
class Condition:
    """A condition that holds: since `onset_ms`, enough of it at `at_ms`, over at `over_ms` (null: not yet)."""

    onset_ms: int
    at_ms: int
    over_ms: int | None
    say: Callable[[Phrasing], str]
    fact: Fact


def about_turns(rules: Sequence[Rule]) -> list[TurnRule]:
    return [rule for rule in rules if isinstance(rule, InterruptionsRule | DeadAirRule)]


def conditions(rule: TurnRule, turns: Turns, known_until_ms: int) -> list[Condition]:
    """All that hold or held up to `known_until_ms`, within what is remembered of the turns."""
    if isinstance(rule, DeadAirRule):
        return _dead_air(rule, turns, known_until_ms)
    return _interrupted(rule, turns, known_until_ms)


def spoken_after(rule: TurnRule, turns: Turns, judged_ms: int, known_until_ms: int) -> int | None:
    """Where somebody speaks again after a dead air that was judged at `judged_ms`; null for any other rule."""
    over_ms = turns.begun_after(judged_ms) if isinstance(rule, DeadAirRule) else None
    return over_ms if over_ms is not None and over_ms < known_until_ms else None


def grounds(context: CallContext, found: Condition, turns: Turns) -> Grounds:
    """What an alert on this condition rests on."""
    tone = round(context.tone, 3) if context.tone is not None else 0.0
    return Grounds(
        call_id=context.call_id,
        queue=context.queue,
        onset_ms=found.onset_ms,
        at_ms=found.at_ms,
        peak_ms=found.at_ms,
        peak_tone=tone,
        tone=0.0,
        sentence=found.say(context.phrasing),
        evidence=_evidence(found, turns),
        facts=_table(context, found, turns, tone),
        model=None,
    )


def _dead_air(rule: DeadAirRule, turns: Turns, known_until_ms: int) -> list[Condition]:
    """Silences of both that are long enough; the last one may go on."""
    least_ms = round(1000 * rule.silence_s)
    return [
        Condition(
            onset_ms=start_ms,
            at_ms=start_ms + least_ms,
            over_ms=end_ms if end_ms < known_until_ms else None,
            say=lambda phrasing: phrasing.say("silence", seconds=f"{rule.silence_s:g}"),
            fact=_fact("silence", rule.silence_s, "s"),
        )
        for start_ms, end_ms in turns.silences(known_until_ms)
        if end_ms - start_ms >= least_ms
    ]


def _interrupted(rule: InterruptionsRule, turns: Turns, known_until_ms: int) -> list[Condition]:
    """The first time since the last of these that enough interruptions lie within the rule's time."""
    within_ms = round(1000 * rule.within_s)
    all_of_them = turns.interruptions(0, known_until_ms, round(1000 * rule.overlap_s))
    found: list[Condition] = []
    for index, last in enumerate(all_of_them):
        if found and found[-1].over_ms is None:
            break
        # One condition ends before the next can begin: it is not counted twice.
        if found and last.at_ms < (found[-1].over_ms or 0):
            continue
        within = [one for one in all_of_them[: index + 1] if last.at_ms - one.at_ms < within_ms]
        if len(within) >= rule.count:
            over_ms = _quiet_from(all_of_them[index:], within_ms, known_until_ms)
            fact = _fact("interruptions", len(within), "count")
            found.append(Condition(within[0].at_ms, last.at_ms, over_ms, partial(_sentence, within, rule), fact))
    return found


def _quiet_from(later: Sequence[Interruption], within_ms: int, known_until_ms: int) -> int | None:
    """When the rule's time had passed without one; null while it has not."""
    for one, after_ms in zip(later, [*(i.at_ms for i in later[1:]), known_until_ms], strict=True):
        if after_ms - one.at_ms >= within_ms:
            return one.at_ms + within_ms
    return None


def _sentence(within: Sequence[Interruption], rule: InterruptionsRule, phrasing: Phrasing) -> str:
    agent = sum(one.by_agent for one in within)
    counts = {"by.agent": agent, "by.caller": len(within) - agent}
    shares = phrasing.listed(phrasing.say(who, count=str(n)) for who, n in counts.items() if n)
    return phrasing.say("interruptions", count=str(len(within)), seconds=f"{rule.within_s:g}", shares=shares)


def _fact(name: str, value: float, unit: str) -> Fact:
    """Nobody interrupts and nobody is silent as a rule: the baseline is none."""
    value = float(value)  # a count through JSON and one that was not there are written alike
    return Fact(name=name, value=value, baseline=0.0, unit=unit, delta=value, z=0.0, salient=True)


def _evidence(found: Condition, turns: Turns) -> tuple[Evidence, ...]:
    """The caller's segments in that time, and the one before it."""
    caller = [t for t in turns.of_caller() if t.start_ms <= found.at_ms]
    before = [t for t in caller if t.end_ms <= found.onset_ms][-1:]
    within = [t for t in caller if t.end_ms > found.onset_ms][-EVIDENCE_MOST:]
    return tuple(
        Evidence(segment_id=t.segment_id, start_ms=t.start_ms, end_ms=t.end_ms, audio=t.audio, tone=0.0)
        for t in (*before, *within)
        if t.audio is not None
    )


def _table(context: CallContext, found: Condition, turns: Turns, tone: float) -> FactsTable:
    start_ms, end_ms = found.onset_ms, found.at_ms
    return FactsTable(
        at_ms=end_ms,
        window_start_ms=start_ms,
        window_end_ms=end_ms,
        baseline_segments=context.baseline_segments,
        tone=tone,
        tone_before=tone,
        facts=(found.fact,),
        posterior=None,
        posterior_baseline=None,
        talk_over_ms=turns.talk_over_ms(start_ms, end_ms),
        agent_talk_share=turns.agent_share(0, end_ms),
        interruptions=len(turns.interruptions(start_ms, end_ms + 1)),
        longest_silence_ms=turns.longest_silence_ms(start_ms, end_ms),
    )
