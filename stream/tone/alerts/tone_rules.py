"""When an alert on the tone is due: what each kind of rule about it looks at, and when its condition holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from tonewatch.stream.messages import Evidence, FactsTable
from tonewatch.stream.rules.model import Rule, SuddenDropRule, ToneRule
from tonewatch.stream.tone.alerts.lifecycle import Grounds
from tonewatch.stream.tone.alerts.slot import CallContext
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.sentence import sentence

EVIDENCE_MOST = 64

PENDING = 0.5
"""Probability of a degraded tone from which an alert is pending."""

SUPPORT = 0.5
"""Mean share of angry and sad over the speech since the onset, against the baseline, that an alert needs where no words
speak for it: a few strong segments among many that sound otherwise are an odd voice, not a change."""

Measure = Callable[[Sequence[JudgedSegment]], FactsTable]
"""The facts table over segments (not empty), as of the end of the last one."""


@dataclass(frozen=True)
class Signals:
    """What the rules look at.

    since_onset  the segments since when they speak for a degraded tone, those of the rolling tone at most; not empty
    dated_ms     where the tone became degraded; -1: with the first of them
    said         words since then speak for a degraded tone
    tones        (end_ms, rolling tone) of the window, the newest last
    """

    probability: float
    since_onset: Sequence[JudgedSegment]
    is_sad: bool
    tones: Sequence[tuple[int, float]]
    said: bool = False
    dated_ms: int = -1

    @property
    def onset_ms(self) -> int:
        return self.dated_ms if self.dated_ms >= 0 else self.since_onset[0].start_ms

    @property
    def speech_s(self) -> float:
        return sum(segment.speech_ms for segment in self.since_onset) / 1000

    @property
    def support(self) -> float:
        """Mean share of a degraded tone over the speech since the onset."""
        total_ms = sum(segment.speech_ms for segment in self.since_onset)
        found = ((one.posterior.angry + one.posterior.sad) * one.speech_ms for one in self.since_onset)
        return sum(found) / max(total_ms, 1)

    def drop(self, within_s: float) -> float:
        """How far the rolling tone lies under its highest of the last seconds."""
        now_ms, tone = self.tones[-1]
        return max(earlier for end_ms, earlier in self.tones if now_ms - end_ms <= 1000 * within_s) - tone


def signals_of(detector: Detector) -> Signals:
    """After a segment was added."""
    since_ms = detector.rises_since_ms
    window = [h for h in detector.window if h.start_ms >= since_ms >= 0] or detector.window[-1:]
    tones = [(h.end_ms, h.tone) for h in detector.window]
    words = detector.words_between(window[0].start_ms, window[-1].end_ms)
    said = any(one.nats > 0 for one in words)
    dated_ms = detector.degraded_since_ms
    return Signals(detector.probability or 0.0, window, detector.is_sad, tones, said, dated_ms)


def suits(rule: ToneRule, signals: Signals) -> bool:
    """Is this what the rule is about, certain or not?"""
    if isinstance(rule, SuddenDropRule):
        return signals.drop(rule.within_s) >= rule.drop
    return signals.is_sad == (rule.about == "sad")


def holds(rule: ToneRule, signals: Signals) -> bool:
    """Is an alert of this rule due?"""
    is_borne_out = signals.said or signals.support >= SUPPORT
    is_certain = signals.probability >= rule.fire and signals.speech_s >= rule.evidence_s
    return is_certain and is_borne_out and suits(rule, signals)


def about_tone(rules: Sequence[Rule]) -> list[ToneRule]:
    return [rule for rule in rules if isinstance(rule, ToneRule)]


def grounds(context: CallContext, signals: Signals, measure: Measure) -> Grounds:
    """What an alert on the tone rests on now."""
    window = signals.since_onset
    found = msgspec.structs.replace(measure(window), onset_ms=signals.onset_ms)
    worst = min(window, key=lambda h: h.own_tone)
    return Grounds(
        call_id=context.call_id,
        queue=context.queue,
        onset_ms=signals.onset_ms,
        at_ms=window[-1].end_ms,
        peak_ms=worst.end_ms,
        peak_tone=round(worst.own_tone, 3),
        tone=found.tone,
        sentence=sentence(found, "onset", phrasing=context.phrasing),
        evidence=evidence(window),
        facts=found,
        model=context.model,
        probability=round(signals.probability, 4),
        spoken_at_ms=context.spoken_at_ms,
    )


def evidence(window: Sequence[JudgedSegment]) -> tuple[Evidence, ...]:
    """The segments an alert rests on, the newest of very many: as many as an alert may carry."""
    return tuple(
        Evidence(
            segment_id=h.segment_id,
            start_ms=h.start_ms,
            end_ms=h.end_ms,
            audio=h.audio,
            tone=round(h.own_tone, 3),
            probability=h.probability,
        )
        for h in window[-EVIDENCE_MOST:]
    )
