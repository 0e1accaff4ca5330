"""The facts table of a moment: what was measured around it, beside this caller's usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tonewatch.stream.messages import Fact, FactsTable
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence import word_evidence as words
from tonewatch.stream.tone.evidence.baseline import mean_posterior, usual
from tonewatch.stream.tone.evidence.past_calls import calls_in_use, known
from tonewatch.stream.tone.state import CallMemory, JudgedSegment
from tonewatch.stream.tone.turns import agent_share, interruptions, longest_silence_ms, talk_over_ms

SALIENT_Z = 1.3
"""A difference is worth a sentence from this many robust spreads on, if it also reaches the notable amount."""

FULL_CONFIDENCE_MS = 4_000
"""Speech from which a fact is as certain as the measurements that it is the mean of."""


TONE = "tone"
"""Under which a moment's tone is kept beside its measurements."""

EMOTION_SHARES = ("angry", "happy", "sad")


def measure(window: Sequence[JudgedSegment], baseline: Sequence[JudgedSegment], config: ToneConfig) -> tuple[Fact, ...]:
    """One fact per feature that both the window and the baseline carry; the window's value is weighted by speech."""
    facts = []
    for name, judged in config.measures.items():
        middle_and_spread = usual(baseline, name, judged)
        carried = [h for h in window if name in h.features]
        if middle_and_spread is None or not carried:
            continue
        speech_ms = sum(h.speech_ms for h in carried)
        value = sum(h.features[name] * h.speech_ms for h in carried) / max(speech_ms, 1)
        middle, spread = middle_and_spread
        delta = value - middle
        z = delta / spread
        sure = sum(h.confidences.get(name, 1.0) * h.speech_ms for h in carried) / max(speech_ms, 1)
        facts.append(
            Fact(
                name=name,
                value=round(value, 2),
                baseline=round(middle, 2),
                unit=judged.unit,
                delta=round(delta, 2),
                z=round(z, 2),
                salient=abs(z) >= SALIENT_Z and abs(delta) >= judged.notable,
                confidence=round(sure * min(1.0, speech_ms / FULL_CONFIDENCE_MS), 2),
            )
        )
    return tuple(facts)


def table(memory: CallMemory, window: Sequence[JudgedSegment], at_ms: int, config: ToneConfig) -> FactsTable:
    """The table for a moment at `at_ms` measured over `window` (not empty)."""
    start_ms, end_ms = window[0].start_ms, window[-1].end_ms
    usually = known(memory)
    before = [h for h in usually if h.end_ms <= start_ms] or usually
    return FactsTable(
        at_ms=at_ms,
        window_start_ms=start_ms,
        window_end_ms=end_ms,
        baseline_segments=len(before),
        tone=round(window[-1].tone, 3),
        tone_before=round(sum(h.tone for h in before) / len(before), 3) if before else 0.0,
        facts=measure(window, before, config),
        posterior=mean_posterior(window),
        posterior_baseline=mean_posterior(before),
        talk_over_ms=talk_over_ms(memory.turns, start_ms, end_ms),
        agent_talk_share=agent_share(memory.turns, 0, end_ms),
        quotes=tuple(q for q in memory.quotes if start_ms <= q.start_ms < end_ms),
        last_rationale=memory.last_rationale,
        interruptions=len(interruptions(memory.turns, start_ms, end_ms)),
        longest_silence_ms=longest_silence_ms(memory.turns, start_ms, end_ms),
        earlier_calls=calls_in_use(memory),
        words=words.counted(memory, start_ms, end_ms),
        **_since(memory, window, config),
    )


def _since(memory: CallMemory, window: Sequence[JudgedSegment], config: ToneConfig) -> dict[str, Any]:
    """What is otherwise than at the moment before; empty at a call's first."""
    told = memory.last_told
    if TONE not in told:
        return {}
    now = {fact.name: fact for fact in measure(window, known(memory), config) if fact.name in told}
    differing = {name: fact.value - told[name] for name, fact in now.items() if name not in EMOTION_SHARES}
    changed = [
        msgspec.structs.replace(
            now[name],
            baseline=told[name],
            delta=round(delta, 2),
            z=round(delta / config.measures[name].spread_floor, 2),
            salient=True,
        )
        for name, delta in differing.items()
        if abs(delta) >= config.measures[name].notable
    ]
    return {"since_ms": memory.last_moment_ms, "tone_since": told[TONE], "changed": tuple(changed)}


def told_at(found: FactsTable) -> dict[str, float]:
    """What the next moment is compared with."""
    return {TONE: found.tone, **{fact.name: fact.value for fact in found.facts}}
