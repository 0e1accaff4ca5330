"""All alerts of a call: one open alert a cause, those that are closed for a while, and what users did with them.

Whether an alert is due is said by the rules (`tone_rules`, `turn_rules`), what each event of its life looks like by
`lifecycle`; here stands when an alert is raised, reopened, resolved or left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tonewatch.stream.messages import Alert, AlertAction, FactsTable, MomentKind, Rationale
from tonewatch.stream.rules.model import BaseRule, Rule, ToneRule, WordsRule
from tonewatch.stream.tone.alerts import lifecycle, tone_rules, turn_rules, word_rules
from tonewatch.stream.tone.alerts.slot import AlertSlot, CallContext
from tonewatch.stream.tone.alerts.tone_rules import PENDING, Measure, Signals
from tonewatch.stream.tone.alerts.turn_rules import TurnRule
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.evidence.word_turn import WordTurn
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.turns import Turns

CLOSED_KEPT = 8
ACTIONS_KEPT = 64

_LIVE_ONLY = ("snooze", "reopen")
"""Actions for which a call that is over has nothing to wait for."""


@dataclass(frozen=True)
class ReasonWanted:
    """A point in the life of an alert on the tone that deserves a reason."""

    kind: MomentKind
    alert_id: str
    facts: FactsTable


class AlertBook(msgspec.Struct, kw_only=True):
    """The alerts of one call.

    slots    by cause
    closed   the newest state of alerts that are over, by id, the oldest first; they may be reopened
    actions  ids of the newest user actions that were taken
    past     of a call that was forgotten meanwhile, without what they rested on: nobody acts on them any more
    """

    slots: dict[str, AlertSlot] = msgspec.field(default_factory=dict)
    closed: dict[str, Alert] = msgspec.field(default_factory=dict)
    actions: list[str] = msgspec.field(default_factory=list)
    past: list[Alert] = msgspec.field(default_factory=list)

    def slot(self, cause: str) -> AlertSlot:
        return self.slots.setdefault(cause, AlertSlot())

    def over(self) -> AlertBook:
        """What is kept of a call that is over, or begins again."""
        return AlertBook(closed=self.closed, actions=self.actions, past=self.past)

    def told(self) -> list[Alert]:
        """The newest state of each alert that somebody may have been told of, open ones too."""
        open_ones = [slot.alert for slot in self.slots.values() if slot.alert is not None]
        return [*self.past, *self.closed.values(), *(one for one in open_ones if one.state != "pending")]

    @property
    def open_on_tone(self) -> Alert | None:
        """The open alert on the tone, once it fired."""
        alert = self.slot("tone").alert
        return alert if alert is not None and alert.state != "pending" else None

    def follow_tone(
        self,
        context: CallContext,
        item: JudgedSegment,
        detector: Detector,
        rules: Sequence[Rule],
        measure: Measure,
    ) -> tuple[list[Alert], ReasonWanted | None]:
        """What one judged segment does to the alert on the tone, and the reason that this asks for."""
        about_tone = tone_rules.about_tone(rules)
        signals = tone_rules.signals_of(detector)
        slot = self.slot("tone")
        if slot.dismissed and about_tone and signals.probability <= about_tone[0].clear:
            slot.dismissed = False
        if slot.alert is not None and slot.alert.state != "pending":
            return self._follow_open(slot, slot.alert, item, detector, signals, about_tone, measure)
        if slot.dismissed or item.start_ms < slot.quiet_until_ms:
            return [], None
        holding = [rule for rule in about_tone if tone_rules.holds(rule, signals)]
        if holding:
            return self._fire(slot, context, item, signals, holding, measure)
        return self._watch(slot, context, item, signals, about_tone, measure), None

    def follow_turns(
        self, context: CallContext, turns: Turns, known_until_ms: int, rules: Sequence[Rule]
    ) -> list[Alert]:
        """What turn-taking up to `known_until_ms` raises, reopens or resolves. Asked again, it gives nothing twice."""
        written: list[Alert] = []
        about_turns = turn_rules.about_turns(rules)
        for rule in about_turns:
            slot = self.slot(rule.cause)
            progress = slot.progress(rule.name)
            for found in turn_rules.conditions(rule, turns, known_until_ms):
                # What is remembered of the turns ends two minutes back: once the first of a chain is forgotten, the
                # rest of it looks like a condition of its own. It lies before the end of the one that was judged.
                if found.at_ms <= progress.over_ms:
                    continue
                if found.at_ms > progress.judged_ms:
                    progress.judged_ms, progress.holds = found.at_ms, True
                    written += self._turn_condition(slot, rule, turn_rules.grounds(context, found, turns))
                if found.over_ms is not None and found.at_ms == progress.judged_ms:
                    written += self._turns_hold_no_more(slot, rule, about_turns, found.over_ms)
            over_ms = turn_rules.spoken_after(rule, turns, progress.judged_ms, known_until_ms)
            if progress.holds and over_ms is not None:
                # A silence in which audio went missing afterwards is no condition any more; a word ends it as ever.
                written += self._turns_hold_no_more(slot, rule, about_turns, over_ms)
        return written

    def follow_words(self, context: CallContext, words: WordTurn, rules: Sequence[Rule]) -> list[Alert]:
        """What the words up to now raise, reopen or resolve, after a segment of the caller."""
        about_words = word_rules.about_words(rules)
        slot = self.slot("words")
        if slot.alert is not None:
            return self._follow_words_alert(slot, slot.alert, context, words, about_words)
        if slot.dismissed:
            slot.dismissed = any(words.probability > rule.clear for rule in about_words)
            return []
        # The same trouble is told once: an alert on the tone carries the words too.
        if self.open_on_tone is not None:
            return []
        written: list[Alert] = []
        for rule in about_words:
            if not word_rules.holds(rule, words):
                continue
            on = word_rules.grounds(rule, context, words)
            if slot.alert is None:
                slot.alert = self._raise(slot, rule, on)
                written.append(slot.alert)
            else:
                written += self._suppress(slot, [rule], on.facts)
        return written

    def _follow_words_alert(
        self, slot: AlertSlot, alert: Alert, context: CallContext, words: WordTurn, rules: Sequence[WordsRule]
    ) -> list[Alert]:
        """While one is open: do the words turn back, or does the voice join them?"""
        if words.probability <= alert.thresholds.clear:
            return [self._close(lifecycle.resolve(alert, words.at_ms, "recovery"))]
        own = next((rule for rule in rules if rule.name == alert.rule), None)
        if own is None or not word_rules.turned(own, words):
            return []
        now = word_rules.grounds(own, context, words)
        slot.alert, is_event = lifecycle.deepen(alert, own, now.facts, words.at_ms, now.peak_tone)
        return [slot.alert] if is_event else []

    def _turns_hold_no_more(
        self, slot: AlertSlot, rule: TurnRule, about_turns: Sequence[TurnRule], over_ms: int
    ) -> list[Alert]:
        progress = slot.progress(rule.name)
        progress.over_ms, progress.holds = over_ms, False
        # A rule that is no longer there holds nothing open.
        holding = any(slot.progress(other.name).holds for other in about_turns if other.cause == rule.cause)
        return [] if holding else self._turns_over(slot, over_ms)

    def wake(self, now_ms: int) -> list[Alert]:
        """Snoozes that are over."""
        written: list[Alert] = []
        for slot in self.slots.values():
            if slot.alert is not None and (woken := lifecycle.wake(slot.alert, now_ms)) is not None:
                slot.alert = woken
                written.append(woken)
        return written

    def decide(self, context: CallContext, rationale: Rationale, rules: Sequence[Rule]) -> Alert | None:
        """The explainer's answer: the alert's next event, or null where it changes nothing."""
        slot = self.slot("tone")
        if slot.alert is None or slot.alert.alert_id != rationale.alert_id:
            return None
        tone = context.tone if context.tone is not None else slot.alert.peak_tone
        decided = lifecycle.decide(slot.alert, rationale, rules, tone)
        if decided is None:
            return None
        slot.alert = decided
        if decided.state == "withdrawn":
            self._close(decided)
            slot.quiet_until_ms = context.now_ms + decided.thresholds.cooldown_ms
        return decided

    def act(self, action: AlertAction, now_ms: int, *, is_live: bool) -> list[Alert]:
        """A user's action, once: the alert's next event, or none (unknown alert, done already, not possible now)."""
        if action.action_id in self.actions or (action.action in _LIVE_ONLY and not is_live):
            return []
        self.actions = [*self.actions, action.action_id][-ACTIONS_KEPT:]
        alert = self._known(action.alert_id)
        event = lifecycle.act(alert, action, now_ms) if alert is not None else None
        if event is None:
            return []
        slot = self.slot(event.cause)
        if action.action == "resolve":
            self._close(event)
            slot.dismissed = True
        elif action.action == "reopen":
            if slot.alert is not None:
                return []
            self._open_again(slot, event)
            slot.dismissed = False
        elif slot.alert is not None and slot.alert.alert_id == event.alert_id:
            slot.alert = event
        else:
            self._keep(event)
        return [event]

    def close_all(self, at_ms: int) -> list[Alert]:
        """The call is over: pending alerts come to nothing, open ones are resolved."""
        written: list[Alert] = []
        for slot in self.slots.values():
            if slot.alert is None:
                continue
            if slot.alert.state == "pending":
                written.append(lifecycle.lapse(slot.alert))
                slot.alert = None
            else:
                written.append(self._close(lifecycle.resolve(slot.alert, at_ms, "call_end")))
        return written

    def withdraw_all(self, at_ms: int) -> list[Alert]:
        """Open ones are over, and of those that were over already it is said again: receivers may not know it yet."""
        before = [lifecycle.over_again(alert) for alert in self.closed.values()]
        past = [lifecycle.ended_again(alert, at_ms) for alert in self.past]
        return [*past, *before, *self.close_all(at_ms)]

    def _turn_condition(self, slot: AlertSlot, rule: TurnRule, on: lifecycle.Grounds) -> list[Alert]:
        """A rule's condition holds: it raises an alert, or stands in the one that is open for its cause."""
        if slot.alert is not None:
            return self._suppress(slot, [rule], on.facts)
        if slot.dismissed:
            return []
        slot.alert = self._raise(slot, rule, on)
        return [slot.alert]

    def _turns_over(self, slot: AlertSlot, over_ms: int) -> list[Alert]:
        """No rule of the cause holds any more: its alert is over, and the next condition may raise one."""
        slot.dismissed = False
        closed = [] if slot.alert is None else [self._close(lifecycle.resolve(slot.alert, over_ms, "recovery"))]
        slot.clear_since_ms = over_ms
        return closed

    def _watch(
        self,
        slot: AlertSlot,
        context: CallContext,
        item: JudgedSegment,
        signals: Signals,
        rules: Sequence[ToneRule],
        measure: Measure,
    ) -> list[Alert]:
        """No rule holds: does an alert begin to be pending, or lapse?"""
        if slot.alert is not None:
            if signals.probability >= PENDING:
                return []
            lapsed = lifecycle.lapse(slot.alert)
            slot.alert = None
            return [lapsed]
        suiting = [rule for rule in rules if tone_rules.suits(rule, signals)]
        if signals.probability < PENDING or not suiting:
            return []
        # An alert that may be reopened is not announced as a new, pending one.
        if self._may_reopen(slot, suiting[0], item.start_ms) is not None:
            return []
        slot.alert = lifecycle.raise_(suiting[0], tone_rules.grounds(context, signals, measure), "pending")
        return [slot.alert]

    def _fire(
        self,
        slot: AlertSlot,
        context: CallContext,
        item: JudgedSegment,
        signals: Signals,
        holding: Sequence[ToneRule],
        measure: Measure,
    ) -> tuple[list[Alert], ReasonWanted]:
        """The first rule that holds names the alert, the others stand in it."""
        rule, *others = holding
        on = tone_rules.grounds(context, signals, measure)
        if slot.alert is not None:
            first = lifecycle.fire(slot.alert, rule, on)
        elif (before := self._may_reopen(slot, rule, item.start_ms)) is not None:
            first = lifecycle.reopen(before, rule, on)
            self._open_again(slot, first)
        else:
            first = lifecycle.raise_(rule, on, "firing")
        slot.alert = first
        slot.clear_since_ms = -1
        return [first, *self._suppress(slot, others, on.facts)], ReasonWanted("onset", first.alert_id, on.facts)

    def _follow_open(
        self,
        slot: AlertSlot,
        alert: Alert,
        item: JudgedSegment,
        detector: Detector,
        signals: Signals,
        rules: Sequence[ToneRule],
        measure: Measure,
    ) -> tuple[list[Alert], ReasonWanted | None]:
        """While an alert is open: does it end, or get worse?"""
        if _is_over(slot, alert, item, signals.probability):
            window = [h for h in detector.window if h.start_ms >= slot.clear_since_ms] or [item]
            resolved = self._close(lifecycle.resolve(alert, item.end_ms, "recovery"))
            return [resolved], ReasonWanted("recovery", resolved.alert_id, measure(window))
        own = next((rule for rule in rules if rule.name == alert.rule), None)
        now = measure(signals.since_onset)
        slot.alert, is_event = lifecycle.deepen(alert, own, now, item.end_ms, round(item.own_tone, 3))
        written = [slot.alert] if is_event else []
        holding = [rule for rule in rules if tone_rules.holds(rule, signals)]
        return [*written, *self._suppress(slot, holding, now)], None

    def _suppress(self, slot: AlertSlot, others: Sequence[BaseRule], facts: FactsTable) -> list[Alert]:
        """An event for each rule that holds for the open alert's cause as well."""
        written: list[Alert] = []
        for rule in others:
            if slot.alert is not None and (event := lifecycle.suppress(slot.alert, rule, facts)) is not None:
                slot.alert = event
                written.append(event)
        return written

    def _raise(self, slot: AlertSlot, rule: BaseRule, on: lifecycle.Grounds) -> Alert:
        before = self._may_reopen(slot, rule, on.onset_ms)
        if before is None:
            return lifecycle.raise_(rule, on, "firing")
        again = lifecycle.reopen(before, rule, on)
        self._open_again(slot, again)
        return again

    def _may_reopen(self, slot: AlertSlot, rule: BaseRule, begins_ms: int) -> Alert | None:
        """The last alert, while it is so lately over that this is the same trouble."""
        last = self.closed.get(slot.last_id)
        if last is None or last.state != "resolved" or last.resolved_ms is None:
            return None
        return last if begins_ms - last.resolved_ms < 1000 * rule.cooldown_s else None

    def _close(self, alert: Alert) -> Alert:
        """The alert is over: its cause is free for the next one."""
        slot = self.slot(alert.cause)
        slot.alert, slot.last_id, slot.clear_since_ms = None, alert.alert_id, -1
        self._keep(alert)
        return alert

    def _keep(self, alert: Alert) -> None:
        """The newest record of an alert that is over; the oldest of many are forgotten."""
        self.closed[alert.alert_id] = alert
        while len(self.closed) > CLOSED_KEPT:
            del self.closed[next(iter(self.closed))]

    def _open_again(self, slot: AlertSlot, alert: Alert) -> None:
        self.closed.pop(alert.alert_id, None)
        slot.alert = alert

    def _known(self, alert_id: str) -> Alert | None:
        open_ones = (slot.alert for slot in self.slots.values() if slot.alert is not None)
        return next((a for a in (*open_ones, *self.closed.values()) if a.alert_id == alert_id), None)


def _is_over(slot: AlertSlot, alert: Alert, item: JudgedSegment, probability: float) -> bool:
    """Cleared for as long as the alert's own limits ask for."""
    if probability > alert.thresholds.clear:
        slot.clear_since_ms = -1
        return False
    if slot.clear_since_ms < 0:
        slot.clear_since_ms = item.start_ms
    return item.end_ms - slot.clear_since_ms >= alert.thresholds.hold_ms
