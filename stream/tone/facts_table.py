"""The facts table of a moment: what was measured around it, beside this caller's baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypedDict

import msgspec

from tonewatch.stream.messages import Fact, FactsTable, Posterior, mean_posterior
from tonewatch.stream.messages.measures import unit_of
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.baseline import EMOTION_SHARES, spread_around_median
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.moments import TONE, Moments
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.wording import repeated

SALIENT_Z = 1.3
"""A difference is worth a sentence from this many robust spreads on, if it also reaches the notable amount."""

FULL_CONFIDENCE_MS = 4_000
"""Speech from which a fact is as certain as the measurements that it is the mean of."""


MOST_DELTA = {"pitch": 10.0, "pitch_range": 12.0}
"""Semitones. A voice that moved by more than this did not: the pitch tracker is an octave off."""

DOUBTED = 0.2
"""Confidence of such a fact: too little to be spoken of, or to prove anything."""


class Since(TypedDict, total=False):
    """The part of a facts table that speaks of the moment before."""

    since_ms: int
    tone_since: float
    changed: tuple[Fact, ...]
    posterior_since: Posterior | None


def measure(window: Sequence[JudgedSegment], baseline: Sequence[JudgedSegment], config: ToneConfig) -> tuple[Fact, ...]:
    """One fact per feature that both the window and the baseline carry; the window's value is weighted by speech."""
    facts = []
    for name, judged in config.measures.items():
        middle_and_spread = spread_around_median(baseline, name, judged)
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
                unit=unit_of(name),
                delta=round(delta, 2),
                z=round(z, 2),
                salient=abs(z) >= SALIENT_Z and abs(delta) >= judged.notable,
                confidence=_confidence(name, delta, sure * min(1.0, speech_ms / FULL_CONFIDENCE_MS)),
            )
        )
    return tuple(facts)


def _confidence(name: str, delta: float, sure: float) -> float:
    return round(sure if abs(delta) <= MOST_DELTA.get(name, math.inf) else min(sure, DOUBTED), 2)


def table(memory: CallMemory, window: Sequence[JudgedSegment], config: ToneConfig) -> FactsTable:
    """The table for a moment at the end of `window` (not empty)."""
    start_ms, end_ms = window[0].start_ms, window[-1].end_ms
    baseline = memory.baseline.segments()
    # What was calm before the window; where the window reaches back over all of it, all of it.
    before = [h for h in baseline if h.end_ms <= start_ms] or baseline
    interruptions = memory.turns.interruptions(start_ms, end_ms)
    return FactsTable(
        at_ms=end_ms,
        window_start_ms=start_ms,
        window_end_ms=end_ms,
        baseline_segments=len(before),
        tone=round(window[-1].tone, 3),
        tone_before=round(sum(h.tone for h in before) / len(before), 3) if before else 0.0,
        facts=measure(window, before, config),
        posterior=_mean_by_speech(window),
        posterior_baseline=_mean_by_speech(before),
        talk_over_ms=memory.turns.talk_over_ms(start_ms, end_ms),
        agent_talk_share=memory.turns.agent_share(0, end_ms),
        quotes=memory.moments.quotes_between(start_ms, end_ms),
        last_rationale=memory.moments.last_rationale,
        interruptions=len(interruptions),
        interruptions_by_caller=sum(not one.by_agent for one in interruptions),
        interruptions_by_agent=sum(one.by_agent for one in interruptions),
        repeated=repeated(memory.moments.quotes_between(0, end_ms), start_ms),
        longest_silence_ms=memory.turns.longest_silence_ms(start_ms, end_ms),
        earlier_calls=memory.baseline.past_calls_in_use(),
        words=memory.detector.words_between(start_ms, end_ms),
        overload_share=_overload(window),
        falls_silent_ms=memory.turns.silent_after_agent_ms(start_ms, end_ms),
        laughs=sum(start_ms <= at_ms <= end_ms for at_ms in memory.moments.laughed_ms),
        language=memory.call.language,
        **_since(memory.moments, window, baseline, config),
    )


def _overload(window: Sequence[JudgedSegment]) -> float:
    total_ms = sum(h.speech_ms for h in window)
    return round(sum(h.overload * h.speech_ms for h in window) / max(total_ms, 1), 4)


def _mean_by_speech(segments: Sequence[JudgedSegment]) -> Posterior | None:
    return mean_posterior([h.posterior for h in segments], [h.speech_ms for h in segments])


def _since(
    moments: Moments, window: Sequence[JudgedSegment], baseline: Sequence[JudgedSegment], config: ToneConfig
) -> Since:
    """What is otherwise than at the moment before; empty at a call's first."""
    then = moments.last_measured
    if TONE not in then:
        return {}
    now = {fact.name: fact for fact in measure(window, baseline, config) if fact.name in then}
    differing = {name: fact.value - then[name] for name, fact in now.items() if name not in EMOTION_SHARES}
    changed = [
        msgspec.structs.replace(
            now[name],
            baseline=then[name],
            delta=round(delta, 2),
            z=round(delta / config.measures[name].spread_floor, 2),
            salient=True,
            confidence=_confidence(name, delta, now[name].confidence),
        )
        for name, delta in differing.items()
        if abs(delta) >= config.measures[name].notable
    ]
    return {
        "since_ms": moments.last_ms,
        "tone_since": then[TONE],
        "changed": tuple(changed),
        "posterior_since": _posterior_then(then),
    }


def _posterior_then(then: Mapping[str, float]) -> Posterior | None:
    """The mean posterior at the moment before; null where no baseline was known then."""
    if not then.keys() >= set(EMOTION_SHARES):
        return None
    angry, happy, sad = then["angry"], then["happy"], then["sad"]
    return Posterior(angry=angry, happy=happy, neutral=round(max(0.0, 1.0 - angry - happy - sad), 4), sad=sad)
