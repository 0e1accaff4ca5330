"""The tone's own alert: which rule raises it, what keeps it open, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tonewatch.stream.messages import Alert, Evidence, Segment
from tonewatch.stream.rules.model import Rule
from tonewatch.stream.tone import facts_table as facts
from tonewatch.stream.tone import moments
from tonewatch.stream.tone.alerts import lifecycle as alerts
from tonewatch.stream.tone.alerts.closed_alerts import close_alert, open_again
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.detector import is_sad
from tonewatch.stream.tone.sentence import sentence
from tonewatch.stream.tone.state import CallMemory, JudgedSegment, Watch

PENDING = 0.5
"""Chance of a degraded tone from which an alert is pending."""


@dataclass(frozen=True)
class Signals:
    """What the rules look at. `window`: the segments since the dated onset, not empty. `drop` of the rolling tone."""

    probability: float
    window: Sequence[JudgedSegment]
    is_sad: bool
    drop: dict[float, float]
    tone: float

    @property
    def speech_s(self) -> float:
        return sum(h.speech_ms for h in self.window) / 1000


def follow(
    memory: CallMemory, message: Segment, item: JudgedSegment, rules: Sequence[Rule], config: ToneConfig
) -> list[Alert]:
    """What one judged segment does to the alert on the tone. The detector has taken it into account."""
    rules = [rule for rule in rules if rule.cause == "tone"]
    signals = _signals(memory, item, rules)
    watch = memory.watch("tone")
    if watch.dismissed and rules and signals.probability <= rules[0].clear:
        watch.dismissed = False
    if watch.alert is None or watch.alert.state == "pending":
        return _watch(memory, watch, message, signals, rules, config)
    return _follow_open(memory, watch, watch.alert, message, item, signals, rules, config)


def _signals(memory: CallMemory, item: JudgedSegment, rules: Sequence[Rule]) -> Signals:
    since_ms = memory.detector.fall_since_ms
    window = [h for h in memory.window if h.start_ms >= since_ms >= 0] or memory.window[-1:]
    drops = {rule.within_s: _drop(memory, item, rule.within_s) for rule in rules if rule.kind == "sudden_drop"}
    return Signals(memory.detector.probability or 0.0, window, is_sad(memory.detector), drops, item.tone)


def _drop(memory: CallMemory, item: JudgedSegment, within_s: float) -> float:
    """How far the rolling tone lies under its highest of the last seconds."""
    earlier = [h.tone for h in memory.window if item.end_ms - h.end_ms <= 1000 * within_s]
    return max(earlier, default=item.tone) - item.tone


def _suits(rule: Rule, signals: Signals) -> bool:
    """Is this what the rule is about, certain or not?"""
    if rule.kind == "sudden_drop":
        return signals.drop[rule.within_s] >= rule.drop
    return signals.is_sad == (rule.kind == "distress")


def _holds(rule: Rule, signals: Signals) -> bool:
    return signals.probability >= rule.fire and signals.speech_s >= rule.evidence_s and _suits(rule, signals)


def _watch(
    memory: CallMemory,
    watch: Watch,
    message: Segment,
    signals: Signals,
    rules: Sequence[Rule],
    config: ToneConfig,
) -> list[Alert]:
    """No alert is open yet: does one fire, or begin to be pending, or lapse?"""
    if watch.dismissed or message.start_ms < watch.quiet_until_ms:
        return []
    pending = watch.alert
    holding = [rule for rule in rules if _holds(rule, signals)]
    if holding:
        return _fire(memory, watch, message, signals, holding, config)
    if pending is not None:
        if signals.probability >= PENDING:
            return []
        watch.alert = None
        return [alerts.lapse(pending)]
    suiting = [rule for rule in rules if _suits(rule, signals)]
    if signals.probability < PENDING or not suiting or _may_reopen(memory, watch, suiting[0], message) is not None:
        return []
    watch.alert = alerts.raise_(suiting[0], _raising(memory, message, signals, config), "pending")
    return [watch.alert]


def _fire(
    memory: CallMemory,
    watch: Watch,
    message: Segment,
    signals: Signals,
    holding: Sequence[Rule],
    config: ToneConfig,
) -> list[Alert]:
    rule, *others = holding
    on = _raising(memory, message, signals, config)
    before = _may_reopen(memory, watch, rule, message)
    if watch.alert is not None:
        first = alerts.fire(watch.alert, rule, on)
    elif before is not None:
        first = alerts.reopen(before, rule, on)
        open_again(memory, first)
    else:
        first = alerts.raise_(rule, on, "firing")
    watch.clear_since_ms = -1
    moments.wait(memory, "onset", first.alert_id, on.facts)
    return _suppressed(watch, first, others)


def _suppressed(watch: Watch, alert: Alert, others: Sequence[Rule]) -> list[Alert]:
    """The alert, and an event for each rule that it stands for as well."""
    written = [alert]
    for rule in others:
        if (event := alerts.suppress(written[-1], rule)) is not None:
            written.append(event)
    watch.alert = written[-1]
    return written


def _may_reopen(memory: CallMemory, watch: Watch, rule: Rule, message: Segment) -> Alert | None:
    """The last alert, while it is so lately over that this is the same trouble."""
    last = memory.settled.get(watch.last_id)
    if last is None or last.state != "resolved" or last.resolved_ms is None:
        return None
    return last if message.start_ms - last.resolved_ms < 1000 * rule.cooldown_s else None


def _raising(memory: CallMemory, message: Segment, signals: Signals, config: ToneConfig) -> alerts.Raising:
    window = signals.window
    found = facts.table(memory, window, window[-1].end_ms, config)
    worst = max(window, key=lambda h: h.score)
    return alerts.Raising(
        call_id=message.call_id,
        queue=memory.queue,
        onset_ms=window[0].start_ms,
        at_ms=window[-1].end_ms,
        peak_ms=worst.end_ms,
        peak_tone=round(-worst.score, 3),
        tone=found.tone,
        sentence=sentence(found, "onset"),
        evidence=evidence(window),
        facts=found,
        model=memory.model,
        probability=round(signals.probability, 4),
        spoken_at_ms=message.spoken_at_ms,
    )


def evidence(window: Sequence[JudgedSegment]) -> tuple[Evidence, ...]:
    """The segments an alert rests on."""
    return tuple(
        Evidence(
            segment_id=h.segment_id,
            start_ms=h.start_ms,
            end_ms=h.end_ms,
            audio=h.audio,
            tone=round(-h.score, 3),
            probability=h.probability,
        )
        for h in window
    )


def _follow_open(
    memory: CallMemory,
    watch: Watch,
    alert: Alert,
    message: Segment,
    item: JudgedSegment,
    signals: Signals,
    rules: Sequence[Rule],
    config: ToneConfig,
) -> list[Alert]:
    """While an alert is open: does it end, get worse, or deserve a fresh reason?"""
    if _is_over(watch, alert, item, signals.probability):
        return [_recover(memory, watch, alert, item, config)]
    own = next((rule for rule in rules if rule.name == alert.rule), None)
    watch.alert, is_event = alerts.deepen(alert, own, item.tone, item.end_ms, round(-item.score, 3))
    written = [watch.alert] if is_event else []
    holding = [rule for rule in rules if _holds(rule, signals)]
    written += _suppressed(watch, watch.alert, holding)[1:]
    if item.end_ms - memory.last_moment_ms >= config.update_ms:
        window = [h for h in memory.window if h.end_ms > memory.last_moment_ms] or [item]
        moments.wait(memory, "update", alert.alert_id, facts.table(memory, window, item.end_ms, config))
    return written


def _is_over(watch: Watch, alert: Alert, item: JudgedSegment, probability: float) -> bool:
    """Cleared for as long as the alert's own limits ask for."""
    if probability > alert.thresholds.clear:
        watch.clear_since_ms = -1
        return False
    if watch.clear_since_ms < 0:
        watch.clear_since_ms = item.start_ms
    return item.end_ms - watch.clear_since_ms >= alert.thresholds.hold_ms


def _recover(memory: CallMemory, watch: Watch, alert: Alert, item: JudgedSegment, config: ToneConfig) -> Alert:
    window = [h for h in memory.window if h.start_ms >= watch.clear_since_ms] or [item]
    resolved = alerts.resolve(alert, item.end_ms, "recovery")
    moments.wait(memory, "recovery", resolved.alert_id, facts.table(memory, window, item.end_ms, config))
    close_alert(memory, resolved)
    return resolved
