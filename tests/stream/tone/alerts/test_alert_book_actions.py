"""What users do with alerts, through the core that knows the call."""

from __future__ import annotations

from typing import Any

import pytest

from tonewatch.stream.messages import Alert
from tonewatch.stream.tone.state import CallMemory

Calls = Any


@pytest.fixture
def memory(calls: Calls) -> CallMemory:
    """A call whose caller shouts; its alert fires."""
    found = CallMemory(told=True)
    calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 3), found)
    return found


def alert_of(memory: CallMemory) -> Alert:
    alert = memory.alerts.open_on_tone
    assert alert is not None
    return alert


def test_an_action_is_answered_by_the_alerts_next_event_once(calls: Calls, memory: CallMemory) -> None:
    action = calls.action("acknowledge", alert_of(memory).alert_id)
    assert calls.events(calls.run([action, action], memory)) == ["acknowledged"]
    assert alert_of(memory).acknowledged_by == "Ada"


def test_a_snoozed_alert_wakes_in_the_time_of_the_call(calls: Calls, memory: CallMemory) -> None:
    action = calls.action("snooze", alert_of(memory).alert_id, snooze_ms=10_000)
    calls.run([action], memory)
    later = [calls.segment(i, calls.SHOUTING) for i in range(9, 13)]
    assert "woke" in calls.events(calls.run(later, memory))


def test_what_was_closed_by_hand_stays_quiet_until_the_caller_was_calm_once(calls: Calls, memory: CallMemory) -> None:
    closed = calls.events(calls.run([calls.action("resolve", alert_of(memory).alert_id)], memory))
    assert closed == ["resolved"]
    still = [calls.segment(i, calls.SHOUTING) for i in range(9, 18)]
    assert calls.events(calls.run(still, memory)) == []
    calm = [calls.segment(i, calls.STEADY) for i in range(18, 30)]
    again = [calls.segment(i, calls.SHOUTING) for i in range(30, 36)]
    assert "fired" in calls.events(calls.run([*calm, *again], memory))


def test_an_alert_can_be_opened_again_by_hand_while_the_call_goes_on(calls: Calls, memory: CallMemory) -> None:
    alert_id = alert_of(memory).alert_id
    events = calls.events(calls.run([calls.action("resolve", alert_id), calls.action("reopen", alert_id)], memory))
    assert events == ["resolved", "reopened"]
    assert alert_of(memory).alert_id == alert_id


def test_after_the_call_alerts_can_still_be_acknowledged_and_given_away(calls: Calls, memory: CallMemory) -> None:
    alert_id = alert_of(memory).alert_id
    calls.run([calls.closed()], memory)
    kept = memory.forgotten()
    late = [
        calls.action("assign", alert_id, assignee="Grace"),
        calls.action("comment", alert_id, note="called back"),
        calls.action("snooze", alert_id, snooze_ms=5_000),
        calls.action("reopen", alert_id),
    ]
    found = calls.alerts(calls.run(late, kept))
    assert [a.event for a in found] == ["assigned", "commented"]
    assert [a.detail for a in found[-1].acted] == ["Grace", "called back"]


def test_an_alert_that_nobody_knows_is_left_alone(calls: Calls, memory: CallMemory) -> None:
    assert calls.run([calls.action("acknowledge", "c/anger/1")], memory) == []


def test_of_two_that_take_an_alert_at_once_the_first_one_has_it(calls: Calls, memory: CallMemory) -> None:
    alert_id = alert_of(memory).alert_id
    takes = [
        calls.action("assign", alert_id, name, by=name, assignee=name, seen_assigned_to="") for name in ("Ada", "Grace")
    ]
    found = calls.alerts(calls.run(takes, memory))
    assert [(a.event, a.assigned_to) for a in found] == [("assigned", "Ada")]
    assert [done.action_id for done in found[-1].acted] == ["Ada"]
    knowing = calls.action("assign", alert_id, "again", by="Grace", assignee="Grace", seen_assigned_to="Ada")
    calls.run([knowing], memory)
    assert alert_of(memory).assigned_to == "Grace"


def test_who_says_nothing_of_what_was_seen_gives_an_alert_away_whoever_has_it(calls: Calls, memory: CallMemory) -> None:
    alert_id = alert_of(memory).alert_id
    calls.run([calls.action("assign", alert_id, name, assignee=name) for name in ("Ada", "Grace", "")], memory)
    assert alert_of(memory).assigned_to == "Grace"


def test_an_alert_can_be_taken_from_whoever_has_it_and_a_snooze_be_ended(calls: Calls, memory: CallMemory) -> None:
    alert_id = alert_of(memory).alert_id
    actions = [
        calls.action("assign", alert_id, "1", assignee="Ada"),
        calls.action("assign", alert_id, "2", seen_assigned_to="Ada"),
        calls.action("snooze", alert_id, "3", snooze_ms=60_000),
        calls.action("snooze", alert_id, "4"),
        calls.action("snooze", alert_id, "5"),
    ]
    events = calls.events(calls.run(actions, memory))
    assert events == ["assigned", "assigned", "snoozed", "woke"]
    assert (alert_of(memory).assigned_to, alert_of(memory).snoozed_until_ms) == ("", None)
