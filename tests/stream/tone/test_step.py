"""One call through the judging core, segment by segment."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tonewatch.stream.codec import encode
from tonewatch.stream.messages import (
    Alert,
    AlertAction,
    CallAttributes,
    CallClosed,
    CallOpened,
    CallState,
    ModelRef,
    Moment,
    Tone,
    Words,
)
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

Calls = Any


def words(text: str = "this is the third time") -> Words:
    return Words(
        call_id="c",
        segment_id="c/0/24000",
        channel=0,
        start_ms=24_000,
        end_ms=27_000,
        text=text,
        confidence=0.9,
        model=ModelRef(name="w", version="1"),
    )


def test_a_caller_who_begins_to_shout_raises_one_alert_dated_back_to_the_first_loud_segment(calls: Calls) -> None:
    alerts = calls.alerts(calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4)))
    fired = [a for a in alerts if a.event == "fired"]
    assert [a.alert_id for a in fired] == ["c/anger/24000"]
    assert fired[0].onset_ms == 24_000
    assert fired[0].fired_ms <= 31_000
    assert {a.state for a in alerts} <= {"pending", "firing"}


def test_a_caller_who_breaks_down_raises_an_alert_of_distress(calls: Calls) -> None:
    alerts = calls.alerts(calls.run(calls.call([calls.STEADY] * 6 + [calls.CRYING] * 4)))
    assert {(a.rule, a.cause, a.queue) for a in alerts} == {("distress", "tone", "billing")}


def test_the_alert_carries_its_evidence_and_speaks_of_what_was_measured(calls: Calls) -> None:
    alerts = calls.alerts(calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4)))
    alert = next(a for a in alerts if a.event == "fired")
    assert alert.evidence[0].segment_id == "c/0/24000"
    assert alert.evidence[0].audio.first_offset == 60
    assert alert.evidence[-1].end_ms == alert.fired_ms
    level = next(f for f in alert.facts.facts if f.name == "level")
    assert (level.delta, level.unit, level.salient) == (8.0, "dB", True)
    assert alert.model == ModelRef(name="m", version="1")
    assert alert.probability is not None
    assert alert.probability >= alert.thresholds.fire
    assert "much louder" in alert.sentence


@pytest.mark.parametrize("kind", ["STEADY", "DELIGHTED"])
def test_a_steady_or_a_delighted_caller_raises_none(calls: Calls, kind: str) -> None:
    assert calls.states(calls.run(calls.call([calls.STEADY] * 6 + [getattr(calls, kind)] * 12))) == []


def test_a_caller_who_calms_down_resolves_the_alert(calls: Calls) -> None:
    outputs = calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4 + [calls.STEADY] * 8))
    resolved = calls.alerts(outputs)[-1]
    assert (resolved.state, resolved.resolved_by) == ("resolved", "recovery")
    assert resolved.resolved_ms is not None
    assert 40_000 < resolved.resolved_ms <= 60_000


def test_a_caller_who_shouts_again_soon_after_reopens_the_same_alert(calls: Calls) -> None:
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 4 + [calls.STEADY] * 4 + [calls.SHOUTING] * 4
    outputs = calls.alerts(calls.run(calls.call(kinds)))
    assert [o.event for o in outputs if o.event != "deepened"] == ["fired", "resolved", "reopened"]
    assert len({o.alert_id for o in outputs}) == 1


def test_the_end_of_the_call_resolves_what_is_open_and_announces_the_end_once(calls: Calls) -> None:
    closed = calls.closed(40_000)
    outputs = calls.run([*calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4), closed, closed])
    last = calls.alerts(outputs)[-1]
    assert (last.state, last.resolved_by) == ("resolved", "call_end")
    assert [o.state for o in outputs if isinstance(o, CallState)] == ["live", "ended"]


def test_a_caller_who_is_angry_from_the_first_word_raises_an_alert_before_a_usual_is_known(calls: Calls) -> None:
    outputs = calls.run(calls.call([calls.SHOUTING] * 8))
    fired = next(a for a in calls.alerts(outputs) if a.event == "fired")
    assert fired.fired_ms < 20_000
    tones = [o for o in outputs if isinstance(o, Tone) and o.tone is not None]
    assert tones
    assert all(o.tone is not None and o.tone < -0.1 for o in tones)


def test_the_monitor_says_that_it_is_still_learning_and_why_it_abstains(calls: Calls) -> None:
    messages = [*calls.call([calls.STEADY] * 5), calls.segment(5, calls.STEADY, abstained="noisy")]
    abstained = [o.abstained for o in calls.run(messages) if isinstance(o, Tone)]
    assert abstained[0] == "learning_baseline"
    assert abstained[-1] == "noisy"


def test_an_echo_far_under_the_callers_level_is_not_taken_for_the_caller(calls: Calls) -> None:
    posterior, prosody = calls.SHOUTING
    faint = (posterior, msgspec.structs.replace(prosody, level_db=-60.0))
    tones = [o for o in calls.run(calls.call([calls.STEADY] * 6 + [faint] * 4 + [calls.STEADY])) if isinstance(o, Tone)]
    assert [t.abstained for t in tones[6:]] == ["too_quiet"] * 4 + [None]


def test_the_agents_voice_makes_no_tone_and_no_alert_on_it(calls: Calls) -> None:
    agent = [calls.segment(i, calls.SHOUTING, role="agent", channel=1) for i in range(6)]
    outputs = calls.run([*calls.call([calls.STEADY] * 6), *agent])
    assert {o.role for o in outputs if isinstance(o, Tone)} == {"customer"}
    assert calls.states(outputs) == []


def test_a_caller_who_is_only_somewhat_worse_is_pending_and_lapses(calls: Calls) -> None:
    memory = CallMemory(told=True)
    config = ToneConfig()
    calls.run(calls.call([calls.STEADY] * 6), memory, config)
    memory.detector.posterior = (0.5, 0.05, 0.4, 0.05)
    posterior, prosody = calls.STEADY
    worse = (msgspec.structs.replace(posterior, neutral=0.36, angry=0.42), prosody)
    first = calls.events(calls.run([calls.segment(6, worse)], memory, config))
    later = calls.events(calls.run([calls.segment(i, calls.STEADY) for i in range(7, 12)], memory, config))
    assert (first, later) == (["pending"], ["withdrawn"])


def test_a_moment_waits_for_the_words_of_its_segments(calls: Calls) -> None:
    memory = CallMemory(told=True)
    before = calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING]), memory)
    assert not [o for o in before if isinstance(o, Moment)]
    moment = next(o for o in calls.run([words()], memory) if isinstance(o, Moment))
    assert (moment.kind, [q.text for q in moment.facts.quotes]) == ("onset", ["this is the third time"])


def test_a_moment_does_not_wait_for_words_that_never_come(calls: Calls) -> None:
    outputs = calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4))
    assert [o.kind for o in outputs if isinstance(o, Moment)] == ["onset"]


def test_while_an_alert_is_open_what_is_new_is_told_every_so_often_and_what_is_not_never(calls: Calls) -> None:
    outputs = calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 20))
    moments = [o for o in outputs if isinstance(o, Moment)]
    onset, update = moments
    assert (onset.kind, update.kind) == ("onset", "update")
    assert update.at_ms - onset.at_ms >= ToneConfig().update_ms
    assert update.facts.window_start_ms >= onset.at_ms
    assert [one.at_ms for one in update.told] == [onset.at_ms]


@pytest.mark.parametrize(("decision", "wanted"), [("confirm", "confirmed"), ("withdraw", "withdrawn")])
def test_the_explainers_answer_decides(calls: Calls, decision: str, wanted: str) -> None:
    memory = CallMemory(told=True)
    calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 2), memory)
    answer = calls.rationale(decision, "c/anger/24000")
    decided = calls.alerts(calls.run([answer], memory))
    assert [(a.state, a.event, a.decided_by, a.sentence) for a in decided] == [
        (wanted, wanted, "model", "Louder by 8 dB than usual.")
    ]
    assert calls.run([answer], memory) == []


def test_a_changed_alert_goes_on_under_its_id_by_the_limits_of_its_new_rule(calls: Calls) -> None:
    memory, config = CallMemory(told=True), ToneConfig()
    messages = calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4 + [calls.STEADY] * 8)
    calls.run(messages[:9], memory, config)
    decided = calls.alerts(calls.run([calls.rationale("change", "c/anger/24000", label="sad")], memory, config))
    assert [(a.alert_id, a.event, a.state, a.rule) for a in decided] == [
        ("c/anger/24000", "changed", "confirmed", "distress")
    ]
    later = calls.alerts(calls.run(messages[9:], memory, config))
    assert {a.alert_id for a in later} == {"c/anger/24000"}
    assert (later[-1].event, later[-1].rule) == ("resolved", "distress")
    assert [a.seq for a in [*decided, *later]] == list(range(decided[0].seq, decided[0].seq + 1 + len(later)))


def test_an_explainer_that_abstains_changes_nothing(calls: Calls) -> None:
    memory = CallMemory(told=True)
    calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 2), memory)
    assert calls.run([calls.rationale("abstain", "c/anger/24000")], memory) == []


def test_after_a_withdrawal_there_is_a_cool_down(calls: Calls) -> None:
    memory = CallMemory(told=True)
    messages = calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 14)
    calls.run(messages[:9], memory)
    calls.run([calls.rationale("withdraw", "c/anger/24000")], memory)
    later = calls.alerts(calls.run(messages[9:], memory))
    assert later
    assert later[0].alert_id != "c/anger/24000"
    assert later[0].fired_ms >= 31_000 + later[0].thresholds.cooldown_ms


def test_a_call_whose_caller_was_not_told_is_counted_only(calls: Calls) -> None:
    opened = CallOpened(call_id="c", roles=("customer", "agent"), notice_given=False)
    outputs = calls.run([opened, calls.closed(60_000)])
    assert [o.state for o in outputs if isinstance(o, CallState)] == ["not_analysed"]


def test_an_echo_of_the_agent_interrupts_nobody(calls: Calls) -> None:
    posterior, prosody = calls.STEADY
    faint = (posterior, msgspec.structs.replace(prosody, level_db=-60.0))
    memory = CallMemory(told=True)
    calls.run(calls.call([calls.STEADY] * 6), memory)
    calls.run([calls.spoken(30_000, 40_000, role="agent", channel=1), calls.spoken(32_000, 36_000, faint)], memory)
    assert memory.turns.interruptions(0, 50_000) == []
    calls.run([calls.spoken(37_000, 39_000)], memory)
    assert [found.at_ms for found in memory.turns.interruptions(0, 50_000)] == [37_000]


def test_a_call_that_comes_back_after_a_time_out_is_judged_against_the_baseline_it_had(calls: Calls) -> None:
    timed_out = CallClosed(call_id="c", reason="timeout", duration_ms=24_000)
    messages = [*calls.call([calls.STEADY] * 6), timed_out, CallOpened(call_id="c", notice_given=True)]
    shouting = [calls.segment(40 + i, calls.SHOUTING) for i in range(4)]
    assert calls.states(calls.run([*messages, *shouting])) == ["firing"]


def test_roles_that_are_bound_anew_begin_another_baseline(calls: Calls) -> None:
    memory = CallMemory(told=True)
    for message in calls.call([calls.STEADY] * 6):
        step(memory, message, ToneConfig())
    assert memory.baseline.own
    again = CallOpened(call_id="c", call=CallAttributes(roles=("agent", "customer")), notice_given=True)
    step(memory, again, ToneConfig())
    assert not memory.baseline.own


def test_a_notice_that_is_withdrawn_ends_what_is_open_and_leaves_counters_alone(calls: Calls) -> None:
    memory, config = CallMemory(told=True), ToneConfig()
    for message in calls.call([calls.STEADY] * 8 + [calls.SHOUTING] * 6):
        step(memory, message, config)
    assert memory.alerts.open_on_tone is not None
    counted = dict(memory.counted)
    withdrawn = CallOpened(call_id="c", notice_given=False, withdrawn_at_ms=5)
    outputs = step(memory, withdrawn, config)
    closed = [one for one in outputs if isinstance(one, Alert)]
    (state,) = [one for one in outputs if isinstance(one, CallState)]
    assert [(one.state, one.sentence, one.evidence, one.facts.facts) for one in closed] == [("resolved", "", (), ())]
    assert (state.state, state.withdrawn, state.call.queue, state.call.title) == ("not_analysed", True, "billing", "")
    bare = CallMemory(call=memory.call, withdrawn=True)
    assert (memory.counted, memory.baseline, memory.alerts, memory.turns) == (
        counted,
        bare.baseline,
        bare.alerts,
        bare.turns,
    )
    for late in (calls.opened(), calls.segment(20, calls.SHOUTING), words(), calls.closed()):
        assert step(memory, late, config) == []
    assert memory.forgotten().withdrawn


def test_of_alerts_that_were_over_before_a_withdrawal_it_is_said_again_that_they_are_without_a_word(
    calls: Calls,
) -> None:
    memory, config = CallMemory(told=True), ToneConfig()
    for message in [*calls.call([calls.STEADY] * 8 + [calls.SHOUTING] * 6), calls.closed()]:
        step(memory, message, config)
    before = list(memory.alerts.closed.values())
    outputs = step(memory, CallOpened(call_id="c", notice_given=False, withdrawn_at_ms=5), config)
    again = [one for one in outputs if isinstance(one, Alert)]
    assert before and all(one.sentence for one in before)
    assert [(one.alert_id, one.seq, one.state) for one in again] == [
        (one.alert_id, one.seq + 1, one.state) for one in before
    ]
    assert all((one.sentence, one.evidence, one.facts.facts) == ("", (), ()) for one in again)


ABOUT = CallAttributes(queue="claims", team="north", title="Jane Sample", caller_shown="+48 *** 112", extra={"a": "b"})


@pytest.mark.parametrize("told_before", [False, True])
def test_of_a_call_without_notice_nothing_goes_on_but_what_routing_needs(calls: Calls, told_before: bool) -> None:
    memory = CallMemory()
    if told_before:
        calls.run([CallOpened(call_id="c", notice_given=True, call=ABOUT)], memory)
    written = calls.run([CallOpened(call_id="c", notice_given=False, call=ABOUT)], memory)
    bare = CallAttributes(queue="claims", team="north")
    assert memory.call == bare
    assert [one.call for one in written if isinstance(one, CallState)] == [bare]
    written = calls.run([CallOpened(call_id="c", notice_given=True, call=ABOUT)], memory)
    assert [one.call for one in written if isinstance(one, CallState)] == [ABOUT]


def test_a_note_on_an_alert_goes_no_further_once_its_call_goes_on_without_notice(calls: Calls) -> None:
    memory = CallMemory(told=True)
    raised = calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4), memory)
    alert = next(one for one in raised if isinstance(one, Alert))
    said = AlertAction(call_id="c", action_id="1", alert_id=alert.alert_id, action="resolve", by="jo", note="She says")
    calls.run([CallOpened(call_id="c", notice_given=False)], memory)
    over = [one for one in calls.run([said], memory) if isinstance(one, Alert)]
    assert [one.state for one in over] == ["resolved"]
    assert b"She says" not in encode(over[0])
