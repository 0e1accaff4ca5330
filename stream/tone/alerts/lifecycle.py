"""The life of an alert: each event is a record with the same id and the next `seq`.

    pending -> firing -> confirmed -> resolved (recovery, call's end, by hand) -> reopened, firing again
           \\-> withdrawn    \\-> withdrawn (the explainer; a pending one by the detector)

The explainer may confirm it as another rule's too: anger that is distress, or the other way round.

What users do with it (acknowledge, snooze, assign, comment) stands beside the state. Every function is pure: an
alert goes in, the next event of it comes out, or null where nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from tonewatch.stream.messages import (
    Acted,
    Alert,
    AlertAction,
    AlertEvent,
    AlertState,
    Evidence,
    FactsTable,
    ModelRef,
    Rationale,
)
from tonewatch.stream.rules.model import BaseRule, Rule, ToneRule
from tonewatch.stream.tone.alerts.proof import is_proven
from tonewatch.stream.tone.phrasing.advice import without_advice

ResolvedBy = Literal["recovery", "call_end", "person"]

OPEN: tuple[AlertState, ...] = ("firing", "confirmed")

ACTED_KEPT = 40
"""What users did with one alert, the newest; older ones stand in the records before."""


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert rests on at the moment it is raised. Times are media time; `probability` of a degraded tone."""

    call_id: str
    queue: str
    onset_ms: int
    at_ms: int
    peak_ms: int
    peak_tone: float
    tone: float
    sentence: str
    evidence: tuple[Evidence, ...]
    facts: FactsTable
    model: ModelRef | None
    probability: float | None = None
    spoken_at_ms: int = 0


def alert_id(call_id: str, rule: str, onset_ms: int) -> str:
    """Stable over replays: the call, the rule and the first dated onset."""
    return f"{call_id}/{rule}/{onset_ms}"


def raise_(rule: BaseRule, on: Grounds, state: Literal["pending", "firing"]) -> Alert:
    """The first event: pending, or firing at once."""
    return Alert(
        call_id=on.call_id,
        alert_id=alert_id(on.call_id, rule.name, on.onset_ms),
        seq=0,
        rule=rule.name,
        state=state,
        event="pending" if state == "pending" else "fired",
        cause=rule.cause,
        queue=on.queue,
        severity=rule.severity_at(on.tone, proven=is_proven(on.facts)),
        onset_ms=on.onset_ms,
        fired_ms=on.at_ms,
        peak_ms=on.peak_ms,
        peak_tone=on.peak_tone,
        sentence=on.sentence,
        evidence=on.evidence,
        facts=on.facts,
        thresholds=rule.thresholds(),
        model=on.model,
        probability=on.probability,
        spoken_at_ms=on.spoken_at_ms,
    )


def fire(alert: Alert, rule: BaseRule, on: Grounds) -> Alert:
    """A pending alert has enough evidence now. It keeps its id; its onset may have been dated better meanwhile."""
    return _next(
        _with_grounds(alert, rule, on),
        "fired",
        state="firing",
        fired_ms=on.at_ms,
        onset_ms=on.onset_ms,
        spoken_at_ms=on.spoken_at_ms,
    )


def lapse(alert: Alert) -> Alert:
    """A pending alert that never came to be."""
    return _over(alert, "withdrawn", decided_by="detector")


def over_again(alert: Alert) -> Alert:
    """That an alert is over is written once more, because what its records tell has changed."""
    return _next(alert, "withdrawn" if alert.state == "withdrawn" else "resolved")


def ended_again(alert: Alert, at_ms: int) -> Alert:
    """As `over_again`; one that was open when its call was forgotten is over by this."""
    is_over = alert.state in ("resolved", "withdrawn")
    return over_again(alert) if is_over else resolve(alert, max(at_ms, alert.fired_ms), "call_end")


def reopen(alert: Alert, rule: BaseRule, on: Grounds) -> Alert:
    """The same trouble again, soon after it was over: the same alert, with fresh grounds."""
    return _next(
        _with_grounds(alert, rule, on),
        "reopened",
        state="firing",
        resolved_ms=None,
        resolved_by="",
        decided_by="detector",
        times_reopened=alert.times_reopened + 1,
        spoken_at_ms=on.spoken_at_ms,
    )


def deepen(
    alert: Alert, rule: BaseRule | None, facts: FactsTable, peak_ms: int, peak_tone: float
) -> tuple[Alert, bool]:
    """Keep the worst point while an alert is open; true when the severity rose, which is an event of its own.

    `facts`: as of now, over the segments since the onset.
    """
    worse = alert
    if peak_tone < alert.peak_tone:
        worse = msgspec.structs.replace(alert, peak_ms=peak_ms, peak_tone=peak_tone)
    severity = None if rule is None else rule.severity_at(facts.tone, proven=is_proven(facts))
    if alert.severity == "watch" and severity == "act":
        return _next(worse, "deepened", severity="act"), True
    return worse, False


def suppress(alert: Alert, rule: BaseRule, facts: FactsTable) -> Alert | None:
    """Another rule holds for the same cause: it stands in `also`, and may raise the severity. `facts`: as of now."""
    if rule.name == alert.rule or rule.name in alert.also:
        return None
    worst: Literal["watch", "act"] = (
        "act" if "act" in (rule.severity_at(facts.tone, proven=is_proven(facts)), alert.severity) else "watch"
    )
    return _next(alert, "suppressed", also=(*alert.also, rule.name), severity=worst)


def resolve(alert: Alert, at_ms: int, by: ResolvedBy) -> Alert:
    """By recovery, by the call's end or by a person. Nobody needs to be woken for it any more."""
    return _over(alert, "resolved", resolved_ms=at_ms, resolved_by=by, snoozed_until_ms=None)


def decide(alert: Alert, rationale: Rationale, rules: Sequence[Rule], tone: float) -> Alert | None:
    """The explainer's answer on an open alert; null when it changes nothing.

    A resolved alert stays resolved, and an abstention leaves the state and only brings its sentence. A changed alert
    keeps its id and its onset and becomes that rule's of `rules` (the enabled ones) which is about the answer's label;
    where there is none, it is confirmed as it is. `tone`: the rolling one now.
    """
    if rationale.kind != "onset" or alert.state != "firing":
        return None
    fields = {"sentence": rationale.text, "decided_by": "model" if _is_the_models(rationale) else "facts"}
    if rationale.decision == "withdraw":
        return _over(alert, "withdrawn", **fields)
    if rationale.decision == "change" and (rule := _other_rule(alert, rationale.label, rules)) is not None:
        return _next(_of_rule(alert, rule, rules, tone), "changed", state="confirmed", **fields)
    if rationale.decision in ("confirm", "change"):
        return _next(alert, "confirmed", state="confirmed", **fields)
    return None


def _is_the_models(rationale: Rationale) -> bool:
    """Its decision, whoever says why: the argument may speak where the model decided."""
    return rationale.source == "model" or (rationale.model is not None and not rationale.fallback)


def _other_rule(alert: Alert, label: str, rules: Sequence[Rule]) -> ToneRule | None:
    """The rule about a tone of this label, where the alert is about the other kind of tone; null where it is not."""
    about = {rule.name: rule.about for rule in rules if isinstance(rule, ToneRule)}
    if about.get(alert.rule) in (None, label):
        return None
    return next((rule for rule in rules if isinstance(rule, ToneRule) and rule.about == label), None)


def _of_rule(alert: Alert, rule: ToneRule, rules: Sequence[Rule], tone: float) -> Alert:
    """The same alert under another rule: its limits, and its severity or that of a rule it stands for as well."""
    also = tuple(name for name in alert.also if name != rule.name)
    holding = [rule, *(other for other in rules if other.name in also)]
    worst = min(tone, alert.facts.tone)
    proven = is_proven(alert.facts)
    is_act = "act" in (one.severity_at(worst, proven=proven) for one in holding)
    return msgspec.structs.replace(
        alert, rule=rule.name, thresholds=rule.thresholds(), severity="act" if is_act else "watch", also=also
    )


def wake(alert: Alert, now_ms: int) -> Alert | None:
    """A snooze that is over."""
    if alert.snoozed_until_ms is None or now_ms < alert.snoozed_until_ms:
        return None
    return _next(alert, "woke", snoozed_until_ms=None)


def act(alert: Alert, action: AlertAction, now_ms: int) -> Alert | None:
    """What somebody does with an alert; null when it cannot be done in its state, or is so already.

    `now_ms`: how far the call's audio has come.
    """
    is_open = alert.state in OPEN
    match action.action:
        case "acknowledge" if not alert.acknowledged_by:
            return _done(alert, action, "acknowledged", acknowledged_by=action.by)
        case "snooze" if is_open and action.snooze_ms > 0:
            until_ms = now_ms + action.snooze_ms
            return _done(alert, action, "snoozed", f"{action.snooze_ms // 1000} s", snoozed_until_ms=until_ms)
        case "snooze" if is_open and action.snooze_ms == 0 and alert.snoozed_until_ms is not None:
            return _done(alert, action, "woke", snoozed_until_ms=None)
        case "assign" if action.assignee != alert.assigned_to and _is_as_seen(alert, action):
            return _done(alert, action, "assigned", action.assignee, assigned_to=action.assignee)
        case "comment" if action.note:
            return _done(alert, action, "commented", action.note)
        case "resolve" if is_open:
            return _done(resolve(alert, now_ms, "person"), action, "resolved", action.note, seq=alert.seq + 1)
        case "reopen" if alert.state == "resolved" or (alert.state == "withdrawn" and alert.decided_by != "detector"):
            times = alert.times_reopened + 1
            back: dict[str, object] = {"state": "firing", "resolved_ms": None, "resolved_by": ""}
            return _done(alert, action, "reopened", action.note, times_reopened=times, **back)
    return None


def _is_as_seen(alert: Alert, action: AlertAction) -> bool:
    """Of two that take an alert at once the first one has it: the other did not see that."""
    if action.seen_assigned_to is None:
        return bool(action.assignee)  # of a sender that knows nothing of taking an alert from somebody
    return action.seen_assigned_to == alert.assigned_to


def _done(alert: Alert, action: AlertAction, event: AlertEvent, detail: str = "", **fields: object) -> Alert:
    entry = Acted(
        action=action.action,
        by=action.by,
        acted_at_ms=action.acted_at_ms,
        detail=detail,
        action_id=action.action_id,
    )
    return _next(alert, event, **{"acted": (*alert.acted, entry)[-ACTED_KEPT:], **fields})


def _with_grounds(alert: Alert, rule: BaseRule, on: Grounds) -> Alert:
    worse = on.peak_tone < alert.peak_tone
    return msgspec.structs.replace(
        alert,
        # It may have been another rule's while it was pending, or before it was over; its id stays.
        rule=rule.name,
        also=tuple(name for name in alert.also if name != rule.name),
        severity=rule.severity_at(on.tone, proven=is_proven(on.facts)),
        peak_ms=on.peak_ms if worse else alert.peak_ms,
        peak_tone=min(on.peak_tone, alert.peak_tone),
        sentence=on.sentence,
        evidence=on.evidence,
        facts=on.facts,
        thresholds=rule.thresholds(),
        model=on.model,
        probability=on.probability,
    )


def _over(alert: Alert, event: Literal["withdrawn", "resolved"], **fields: object) -> Alert:
    """Its reason stands, and advises nothing any more."""
    over = _next(alert, event, state=event, **fields)
    return msgspec.structs.replace(over, sentence=without_advice(over.sentence))


def _next(alert: Alert, event: AlertEvent, **fields: object) -> Alert:
    """The next record; only the first one tells how long ago the words were spoken."""
    return msgspec.structs.replace(alert, **{"seq": alert.seq + 1, "event": event, "spoken_at_ms": 0, **fields})
