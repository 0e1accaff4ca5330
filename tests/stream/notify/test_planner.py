"""Who is told of what, when, and together with what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tonewatch.stream.messages import Alert

from .conftest import House

Make = Callable[..., Alert]

TWO = """
version: 1
targets:
  hook: {kind: webhook, url: "https://a.example/", secrets: [{env: A}]}
  desk: {kind: slack, webhook: {env: B}}
routes:
"""


async def test_each_route_that_fits_tells_its_receivers_and_each_receiver_once(alert: Make) -> None:
    house = House(TWO + "  all: {to: [hook]}\n  again: {to: [hook, desk]}\n  other: {to: [desk], queues: [sales]}\n")
    await house.take(alert())
    await house.after(0)
    assert {name: one.said for name, one in house.receivers.items()} == {
        "hook": [("raised c-1",)],
        "desk": [("raised c-1",)],
    }


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ("queues: ['bill*']", True),
        ("queues: [sales]", False),
        ("teams: [north]", True),
        ("severities: [act]", True),
        ("severities: [watch]", False),
        ("rules: [tone_falls]", True),
        ("rules: ['dead_*']", False),
    ],
)
async def test_a_route_is_chosen_by_queue_team_severity_and_rule(alert: Make, condition: str, fits: bool) -> None:
    house = House(TWO + f"  one: {{to: [desk], {condition}}}\nteams:\n  north: {{queues: [billing]}}\n")
    await house.take(alert())
    await house.after(0)
    assert bool(house.receivers["desk"].told) is fits


async def test_an_alert_is_told_when_it_comes_to_fit_and_to_its_end_then(alert: Make) -> None:
    house = House(TWO + "  act: {to: [desk], severities: [act]}\n")
    await house.take(alert(0, severity="watch"), alert(1, "deepened"), alert(2, "resolved", severity="watch"))
    await house.after(0)
    assert house.receivers["desk"].said == [("raised c-1",), ("resolved c-1",)]


async def test_what_is_pending_or_never_was_told_ends_without_a_word(alert: Make) -> None:
    house = House(TWO + "  all: {to: [desk]}\n")
    await house.take(alert(0, "pending"), alert(1, "resolved"))
    assert house.kept.records == []


async def test_an_event_that_comes_twice_is_told_once_and_an_older_one_not_at_all(alert: Make) -> None:
    house = House(TWO + "  all: {to: [desk], updates: true}\n")
    await house.take(alert(0), alert(0), alert(1, "deepened"), alert(0), alert(1, "deepened"))
    await house.after(0)
    assert house.receivers["desk"].said == [("raised c-1",), ("updated c-1",)]


async def test_updates_are_for_those_who_ask_and_follow_ups_can_be_declined(alert: Make) -> None:
    house = House(TWO + "  quiet: {to: [desk], follow: false}\n  most: {to: [hook]}\n")
    await house.take(alert(0), alert(1, "deepened"), alert(2, "acknowledged"), alert(3, "resolved"))
    await house.after(0)
    assert house.receivers["desk"].said == [("raised c-1",)]
    assert house.receivers["hook"].said == [("raised c-1",), ("acknowledged c-1",), ("resolved c-1",)]


GROUPED = TWO + "  all: {to: [desk], group: {by: queue, within_s: 30}}\n"


async def test_alerts_of_a_queue_within_the_window_are_one_message(alert: Make) -> None:
    house = House(GROUPED)
    for index in range(3):
        await house.take(alert(call_id=f"c-{index}", alert_id=f"c-{index}/x/0"))
        await house.after(10)
    assert house.receivers["desk"].said == [("raised c-0", "raised c-1", "raised c-2")]
    await house.take(alert(call_id="c-9", alert_id="c-9/x/0"))
    await house.after(30)
    assert house.receivers["desk"].said[1:] == [("raised c-9",)]


async def test_a_group_that_is_being_sent_takes_nothing_more(alert: Make) -> None:
    house = House(GROUPED)
    await house.take(alert())
    house.now_ms += 30_000
    await house.take(alert(call_id="c-2", alert_id="c-2/x/0"))
    await house.after(0)
    await house.after(30)
    assert house.receivers["desk"].said == [("raised c-1",), ("raised c-2",)]


async def test_a_group_outlives_a_restart_and_is_taken_up_again(alert: Make) -> None:
    house = House(GROUPED)
    await house.take(alert())
    house.restart()
    await house.take(alert(call_id="c-2", alert_id="c-2/x/0"))
    await house.after(30)
    assert house.receivers["desk"].said == [("raised c-1", "raised c-2")]


ESCALATING = TWO + "  all: {to: [desk], escalate: [{after_s: 300, to: [hook]}, {after_s: 600, to: [desk]}]}\n"


async def test_nobody_comes_and_the_next_ones_are_told(alert: Make) -> None:
    house = House(ESCALATING)
    await house.take(alert())
    await house.after(299)
    assert house.receivers["hook"].told == []
    await house.after(1)
    assert [(s.delivery.step, s.delivery.notices[0].kind) for s in house.receivers["hook"].told] == [(1, "raised")]
    await house.after(300)
    assert [s.delivery.step for s in house.receivers["desk"].told] == [0, 2]


@pytest.mark.parametrize("event", ["acknowledged", "resolved", "withdrawn"])
async def test_an_acknowledgement_or_an_end_stops_the_escalation(alert: Make, event: str) -> None:
    house = House(ESCALATING)
    await house.take(alert(), alert(1, event))
    await house.after(3600)
    assert house.receivers["hook"].told == []
    assert [state for _, state in house.states()].count("cancelled") == 2


async def test_an_escalation_counts_from_the_alert_and_outlives_a_restart(alert: Make) -> None:
    house = House(ESCALATING)
    house.now_ms += 200_000
    await house.take(alert())
    house.restart()
    await house.after(99)
    assert house.receivers["hook"].told == []
    await house.after(1)
    assert house.receivers["hook"].said == [("raised c-1",)]


async def test_a_snooze_is_somebody_who_looks_after_it(alert: Make) -> None:
    house = House(ESCALATING)
    await house.take(alert(), alert(1, "snoozed", snoozed_until_ms=90_000))
    await house.after(3600)
    assert house.receivers["hook"].told == []


async def test_who_was_told_by_an_escalation_hears_of_the_end(alert: Make) -> None:
    house = House(ESCALATING)
    await house.take(alert())
    await house.after(300)
    await house.take(alert(1, "resolved"))
    await house.after(0)
    assert house.receivers["hook"].said == [("raised c-1",), ("resolved c-1",)]


async def test_a_reopened_alert_is_told_again_and_escalates_anew(alert: Make) -> None:
    house = House(ESCALATING)
    await house.take(alert(), alert(1, "resolved"), alert(2, "reopened"))
    await house.after(300)
    assert house.receivers["desk"].said == [("raised c-1",), ("resolved c-1",), ("raised c-1",)]
    assert house.receivers["hook"].said == [("raised c-1",)]


def quiet(what: str) -> str:
    hours = f"{{time_zone: Europe/Berlin, begin: '16:00', until: '17:00', what: {what}}}"
    return f"{TWO}  all: {{to: [desk], quiet_hours: [{hours}]}}\n"


async def test_in_quiet_hours_alerts_are_held_and_come_together_at_their_end(alert: Make) -> None:
    house = House(quiet("hold"))
    await house.take(alert(), alert(call_id="c-2", alert_id="c-2/x/0"))
    await house.after(2_799)
    assert house.receivers["desk"].told == []
    await house.after(1)
    assert house.receivers["desk"].said == [("raised c-1", "raised c-2")]


async def test_in_quiet_hours_alerts_are_dropped_where_the_route_says_so_and_that_is_counted(alert: Make) -> None:
    house = House(quiet("drop"))
    await house.take(alert(), alert(1, "resolved"))
    await house.after(4_000)
    assert house.receivers["desk"].told == []
    assert house.states() == [("desk", "dropped")]
    count = house.metrics.registry.get_sample_value
    assert count("tonewatch_notifications_total", {"target": "desk", "outcome": "dropped"}) == 1


async def test_beyond_the_budget_alerts_wait_and_go_out_together(alert: Make) -> None:
    house = House(TWO + "  all: {to: [desk], budget: {messages: 2, within_s: 600}}\n")
    for index in range(5):
        await house.take(alert(call_id=f"c-{index}", alert_id=f"c-{index}/x/0"))
        await house.after(10)
    assert house.receivers["desk"].said == [("raised c-0",), ("raised c-1",)]
    await house.after(600 - 50)
    assert house.receivers["desk"].said[2:] == [("raised c-2", "raised c-3", "raised c-4")]


@pytest.mark.parametrize("written", range(4))
async def test_a_plan_that_was_kept_in_part_is_completed_and_nothing_of_it_twice(alert: Make, written: int) -> None:
    house = House(TWO + "  all: {to: [desk, hook], escalate: [{after_s: 60, to: [hook, desk]}]}\n")
    house.kept.fail_after = written
    with pytest.raises(ConnectionError):
        await house.take(alert())
    house.restart()
    await house.take(alert())
    await house.after(60)
    assert {name: len(one.told) for name, one in house.receivers.items()} == {"hook": 2, "desk": 2}
    assert len({one.delivery_id for one in house.kept.newest()}) == len(house.kept.newest()) == 4
