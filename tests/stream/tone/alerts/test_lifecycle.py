"""The life of an alert as pure events."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.codec import decode_alert
from tonewatch.stream.messages import Alert, AlertAction, AlertState, Fact, FactsTable, ModelRef, Rationale
from tonewatch.stream.rules.model import BUILT_IN, AngerRule, DeadAirRule, DistressRule, Rule, ToneRule
from tonewatch.stream.tone.alerts import lifecycle as alerts

GOLDEN = Path(__file__).parents[2] / "golden" / "older" / "alert-before-lifecycle.json"
ANGER = AngerRule(name="anger", act_below=-0.6)


@pytest.fixture
def firing() -> Alert:
    alert = decode_alert(GOLDEN.read_bytes())
    return msgspec.structs.replace(alert, rule="anger", facts=raised_voice(alert.facts))


def raised_voice(facts: FactsTable, tone: float = -0.4) -> FactsTable:
    """Louder and with more effort than the caller's usual: what an alert needs before it asks to act."""
    louder, harder = (
        Fact(name=name, value=-16.0, baseline=-24.0, unit="dB", delta=8.0, z=4.0, salient=True, confidence=1.0)
        for name in ("level", "effort")
    )
    return msgspec.structs.replace(facts, facts=(louder, harder), tone=tone)


def grounds(alert: Alert, tone: float = -0.4, at_ms: int = 40_000) -> alerts.Grounds:
    return alerts.Grounds(
        call_id=alert.call_id,
        queue="billing",
        onset_ms=24_000,
        at_ms=at_ms,
        peak_ms=at_ms,
        peak_tone=tone,
        tone=tone,
        sentence="Louder.",
        evidence=alert.evidence,
        facts=alert.facts,
        model=alert.model,
        probability=0.95,
        spoken_at_ms=7,
    )


def action(kind: str, **more: object) -> AlertAction:
    values = {"call_id": "c-1", "action_id": "1", "alert_id": "a", "action": kind, "by": "Ada", "acted_at_ms": 5}
    return msgspec.convert({"type": "alert_action", **values, **more}, AlertAction)


def done(alert: Alert, kind: str, **more: object) -> Alert:
    after = alerts.act(alert, action(kind, **more), 60_000)
    assert after is not None
    return after


def test_an_alert_names_its_rule_its_limits_and_its_grounds(firing: Alert) -> None:
    alert = alerts.raise_(ANGER, grounds(firing), "firing")
    assert (alert.alert_id, alert.seq, alert.event, alert.cause, alert.queue) == (
        "c-1/anger/24000",
        0,
        "fired",
        "tone",
        "billing",
    )
    assert (alert.thresholds.unit, alert.thresholds.fire) == ("probability", ANGER.fire)
    assert (alert.evidence, alert.model, alert.probability) == (firing.evidence, firing.model, 0.95)


def test_a_pending_alert_keeps_its_id_when_it_fires(firing: Alert) -> None:
    pending = alerts.raise_(ANGER, grounds(firing), "pending")
    fired = alerts.fire(pending, ANGER, msgspec.structs.replace(grounds(firing, at_ms=44_000), onset_ms=26_000))
    assert (fired.alert_id, fired.seq, fired.state, fired.fired_ms) == (pending.alert_id, 1, "firing", 44_000)
    assert fired.onset_ms == 26_000
    assert fired.spoken_at_ms == 7


def test_a_pending_alert_that_comes_to_nothing_is_withdrawn_by_the_detector(firing: Alert) -> None:
    lapsed = alerts.lapse(alerts.raise_(ANGER, grounds(firing), "pending"))
    assert (lapsed.state, lapsed.decided_by) == ("withdrawn", "detector")


@pytest.mark.parametrize(("tone", "wanted"), [(-0.4, "watch"), (-0.8, "act")])
def test_severity_follows_the_tone(firing: Alert, tone: float, wanted: str) -> None:
    assert alerts.raise_(ANGER, grounds(firing, tone), "firing").severity == wanted


@pytest.mark.parametrize("rule", [ANGER, *(rule for rule in BUILT_IN if isinstance(rule, ToneRule))])
def test_nobody_is_asked_to_act_on_what_the_model_hears_alone(firing: Alert, rule: ToneRule) -> None:
    nothing = msgspec.structs.replace(firing.facts, facts=(), tone=-1.0, words=(), overload_share=0.0)
    on = msgspec.structs.replace(grounds(firing, -1.0), facts=nothing)
    raised = alerts.raise_(rule, on, "firing")
    assert raised.severity == "watch"
    deeper, _ = alerts.deepen(raised, rule, nothing, 60_000, -1.0)
    assert deeper.severity == "watch"
    other = alerts.suppress(msgspec.structs.replace(raised, rule="other"), rule, nothing)
    assert other is not None and other.severity == "watch"


def test_an_alert_that_gets_worse_is_an_event_only_when_its_severity_rises(firing: Alert) -> None:
    same, is_event = alerts.deepen(firing, ANGER, raised_voice(firing.facts, -0.5), 50_000, -0.9)
    assert (same.seq, same.peak_tone, is_event) == (firing.seq, -0.9, False)
    worse, is_event = alerts.deepen(firing, ANGER, raised_voice(firing.facts, -0.7), 50_000, -0.7)
    assert (worse.event, worse.severity, worse.peak_tone, is_event) == ("deepened", "act", -0.75, True)


def test_another_rule_for_the_same_cause_stands_in_the_first_ones_alert(firing: Alert) -> None:
    drop = next(rule for rule in BUILT_IN if rule.kind == "sudden_drop")
    both = alerts.suppress(firing, drop, firing.facts)
    assert both is not None
    assert (both.event, both.also, both.severity, both.rule) == ("suppressed", ("sudden_drop",), "act", "anger")
    assert alerts.suppress(both, drop, firing.facts) is None
    assert alerts.suppress(firing, ANGER, firing.facts) is None


def test_what_is_over_advises_nothing_any_more(firing: Alert) -> None:
    alert = msgspec.structs.replace(firing, sentence="Angrier since 0:35: louder. Listen in; this is sure.")
    for over in (alerts.resolve(alert, 50_000, "recovery"), alerts.lapse(alert), done(alert, "resolve")):
        assert (over.state in ("resolved", "withdrawn"), over.sentence) == (True, "Angrier since 0:35: louder.")


def test_the_same_trouble_again_reopens_the_alert_with_fresh_grounds(firing: Alert) -> None:
    resolved = alerts.resolve(firing, 50_000, "recovery")
    again = alerts.reopen(resolved, ANGER, grounds(firing, -0.8, 58_000))
    assert (again.alert_id, again.state, again.event, again.times_reopened) == (
        firing.alert_id,
        "firing",
        "reopened",
        1,
    )
    assert (again.resolved_ms, again.resolved_by, again.peak_ms, again.peak_tone) == (None, "", 58_000, -0.8)
    assert again.seq == firing.seq + 2


def test_what_people_do_stands_beside_the_state_with_who_and_when(firing: Alert) -> None:
    alert = done(done(firing, "acknowledge"), "assign", assignee="Grace")
    assert (alert.state, alert.event, alert.acknowledged_by, alert.assigned_to) == (
        "firing",
        "assigned",
        "Ada",
        "Grace",
    )
    assert [(a.action, a.by, a.acted_at_ms, a.detail) for a in alert.acted] == [
        ("acknowledge", "Ada", 5, ""),
        ("assign", "Ada", 5, "Grace"),
    ]


def test_a_snooze_ends_by_itself_in_the_time_of_the_call(firing: Alert) -> None:
    snoozed = done(firing, "snooze", snooze_ms=30_000)
    assert snoozed.snoozed_until_ms == 90_000
    assert alerts.wake(snoozed, 89_999) is None
    woken = alerts.wake(snoozed, 90_000)
    assert woken is not None
    assert (woken.event, woken.snoozed_until_ms, woken.state) == ("woke", None, "firing")


def test_people_resolve_and_reopen_by_hand(firing: Alert) -> None:
    resolved = done(firing, "resolve", note="called back")
    assert (resolved.state, resolved.resolved_by, resolved.resolved_ms, resolved.seq) == (
        "resolved",
        "person",
        60_000,
        firing.seq + 1,
    )
    again = done(resolved, "reopen")
    assert (again.state, again.event, again.resolved_by, again.times_reopened) == ("firing", "reopened", "", 1)


@pytest.mark.parametrize(
    ("state", "kind", "more"),
    [
        ("resolved", "snooze", {"snooze_ms": 60_000}),
        ("resolved", "resolve", {}),
        ("firing", "reopen", {}),
        ("firing", "snooze", {"snooze_ms": 0}),
        ("firing", "assign", {"assignee": ""}),
        ("firing", "comment", {"note": ""}),
        ("pending", "resolve", {}),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    firing: Alert, state: AlertState, kind: str, more: dict[str, object]
) -> None:
    alert = msgspec.structs.replace(firing, state=state)
    assert alerts.act(alert, action(kind, **more), 60_000) is None


def test_an_acknowledgement_counts_once(firing: Alert) -> None:
    assert alerts.act(done(firing, "acknowledge"), action("acknowledge", by="Bob"), 60_000) is None


def answer_of(alert: Alert, decision: str, label: str = "angry") -> Rationale:
    values = {
        "type": "rationale",
        "call_id": "c-1",
        "moment_id": "m",
        "alert_id": alert.alert_id,
        "kind": "onset",
        "at_ms": 1,
        "text": "Louder.",
        "source": "model",
        "decision": decision,
        "label": label,
        "confidence": 0.8,
    }
    return msgspec.convert(values, Rationale)


def test_a_resolved_alert_is_not_decided_any_more(firing: Alert) -> None:
    answer = answer_of(firing, "confirm")
    confirmed = alerts.decide(firing, answer, BUILT_IN, -0.4)
    assert confirmed is not None
    assert (confirmed.state, confirmed.event, confirmed.decided_by) == ("confirmed", "confirmed", "model")
    assert alerts.decide(alerts.resolve(firing, 50_000, "recovery"), answer, BUILT_IN, -0.4) is None


@pytest.mark.parametrize(("fallback", "decided_by"), [("", "model"), ("late", "facts")])
def test_the_model_decided_where_the_facts_only_say_why(firing: Alert, fallback: str, decided_by: str) -> None:
    model = ModelRef(name="m", version="0")
    said = {"source": "facts", "model": model, "fallback": fallback}
    confirmed = alerts.decide(firing, msgspec.structs.replace(answer_of(firing, "confirm"), **said), BUILT_IN, -0.4)
    assert confirmed is not None and confirmed.decided_by == decided_by


def test_an_answer_may_make_an_alert_another_rules_and_it_keeps_its_id(firing: Alert) -> None:
    distress = DistressRule(name="grief", severity="act", fire=0.9, hold_s=9)
    raised = msgspec.structs.replace(alerts.raise_(ANGER, grounds(firing), "firing"), also=("grief",))
    changed = alerts.decide(raised, answer_of(raised, "change", "sad"), (ANGER, distress), -0.4)
    assert changed is not None
    assert (changed.alert_id, changed.seq, changed.onset_ms) == (raised.alert_id, raised.seq + 1, raised.onset_ms)
    assert (changed.state, changed.event, changed.decided_by) == ("confirmed", "changed", "model")
    assert (changed.rule, changed.severity, changed.also) == ("grief", "act", ())
    assert changed.thresholds == distress.thresholds()


@pytest.mark.parametrize(
    ("label", "rules"),
    [("angry", BUILT_IN), ("neutral", BUILT_IN), ("sad", (ANGER,))],
    ids=["it is about that already", "no rule is about that", "the other rule is off"],
)
def test_where_nothing_can_be_changed_the_alert_is_confirmed(
    firing: Alert, label: str, rules: tuple[Rule, ...]
) -> None:
    raised = alerts.raise_(ANGER, grounds(firing), "firing")
    confirmed = alerts.decide(raised, answer_of(raised, "change", label), rules, -0.4)
    assert confirmed is not None
    assert (confirmed.event, confirmed.rule, confirmed.thresholds) == ("confirmed", "anger", raised.thresholds)


def test_a_changed_alert_stays_severe_for_a_rule_that_it_stands_for_as_well(firing: Alert) -> None:
    drop = next(rule for rule in BUILT_IN if rule.kind == "sudden_drop")
    both = alerts.suppress(alerts.raise_(ANGER, grounds(firing), "firing"), drop, firing.facts)
    assert both is not None
    changed = alerts.decide(both, answer_of(both, "change", "sad"), BUILT_IN, -0.1)
    assert changed is not None
    assert (changed.rule, changed.severity, changed.also) == ("distress", "act", ("sudden_drop",))


def test_every_kind_of_rule_has_limits_in_the_unit_of_its_cause() -> None:
    units = {(rule.cause, rule.thresholds().unit) for rule in BUILT_IN}
    assert units == {
        ("tone", "probability"),
        ("interruptions", "count"),
        ("dead_air", "ms"),
        ("words", "probability"),
    }
    assert DeadAirRule(name="d", silence_s=12).thresholds().fire == 12_000


def test_an_alert_that_another_rule_fires_is_that_rule_s_and_keeps_its_id(firing: Alert) -> None:
    pending = alerts.raise_(ANGER, grounds(firing), "pending")
    distress = DistressRule(name="distress")
    fired = alerts.fire(pending, distress, grounds(firing))
    assert (fired.rule, fired.alert_id, fired.thresholds) == ("distress", pending.alert_id, distress.thresholds())
    resolved = alerts.resolve(msgspec.structs.replace(fired, also=("anger",)), 50_000, "recovery")
    again = alerts.reopen(resolved, ANGER, grounds(firing))
    assert (again.rule, again.also, again.alert_id) == ("anger", (), pending.alert_id)


def test_a_rule_that_an_alert_stands_for_brings_its_severity_at_this_tone(firing: Alert) -> None:
    distress = DistressRule(name="distress", act_below=-0.5)
    mild, grave = (alerts.suppress(firing, distress, raised_voice(firing.facts, tone)) for tone in (-0.4, -0.6))
    assert mild is not None and grave is not None
    assert (mild.severity, grave.severity) == (firing.severity, "act")
