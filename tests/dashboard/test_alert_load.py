from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.dashboard.alert_load import HOUR_MS, Budget, Fired, Load, queue_loads, weigh

NOW_MS = 10 * HOUR_MS
TWO = Budget(alerts_an_hour=1, supervisors=2)


def fired(name: str, minutes_ago: float = 1, **more: object) -> Fired:
    at_ms = round(NOW_MS - minutes_ago * 60_000)
    one = Fired(
        name, name, "billing", "north", at_ms, is_open=True, asks_to_act=False, is_touched=False, peak_tone=-0.4
    )
    return replace(one, **more)  # type: ignore[arg-type]


def held(*alerts: Fired, budget: Budget = TWO, before: Load = Load(), now_ms: int = NOW_MS) -> Load:  # noqa: B008
    return weigh(alerts, lambda queue: budget, before, now_ms)


def test_beyond_the_budget_of_a_queue_the_least_severe_are_held_back() -> None:
    alerts = [fired("mild", peak_tone=-0.2), fired("deep", peak_tone=-0.8), fired("middling", peak_tone=-0.5)]
    assert held(*alerts).held == {"mild"}
    assert held(*alerts, budget=Budget()).held == frozenset()


def test_what_asks_to_act_is_never_held_back_and_takes_room_from_the_others() -> None:
    alerts = [*(fired(f"act-{n}", asks_to_act=True) for n in range(3)), fired("watch")]
    load = held(*alerts)
    assert (set(load.held), set(load.shown)) == ({"watch"}, {"act-0", "act-1", "act-2"})


def test_what_was_shown_is_not_taken_away_by_what_comes_later() -> None:
    first = held(fired("mild", peak_tone=-0.2), fired("middling", peak_tone=-0.5))
    assert first.held == frozenset()
    later = held(*first.fired, fired("deep", peak_tone=-0.9), before=first)
    assert later.held == {"deep"}


def test_what_is_held_back_comes_up_once_somebody_touches_it_it_deepens_or_the_hour_has_room() -> None:
    full = held(fired("one", 59), fired("two", 59), fired("late", 1, peak_tone=-0.1))
    assert full.held == {"late"}
    late = full.fired[2]
    for worse in (replace(late, is_touched=True), replace(late, asks_to_act=True)):
        assert held(*full.fired[:2], worse, before=full).held == frozenset()
    later = held(*full.fired, before=full, now_ms=NOW_MS + HOUR_MS)
    assert later.held == frozenset()
    # It counts from when it was asked for, however long ago it fired.
    more = [fired("more", 0), fired("most", 0)]
    assert held(*later.fired, *more, before=later, now_ms=NOW_MS + HOUR_MS).held == {"most"}


def test_what_was_over_before_anybody_was_asked_is_counted_and_is_no_load() -> None:
    full = held(fired("one"), fired("two"), fired("late", peak_tone=-0.1))
    over = held(*full.fired[:2], replace(full.fired[2], is_open=False), before=full)
    (row,) = queue_loads(over, lambda queue: TWO, NOW_MS, lambda queue, team: True)
    assert (row.alerts, row.shown, row.held, row.per_supervisor, row.budget) == (3, 2, 0, 1.0, 2)
    again = held(*over.fired, before=over)
    assert again == over


def test_alerts_of_more_than_an_hour_ago_are_of_no_account_unless_they_are_open() -> None:
    load = held(fired("old", 61, is_open=False), fired("open", 61), fired("new"), budget=Budget())
    assert [one.alert_id for one in load.fired] == ["open", "new"]
    (row,) = queue_loads(load, lambda queue: TWO, NOW_MS, lambda queue, team: True)
    assert (row.alerts, row.shown) == (1, 1)


def test_each_queue_has_its_own_budget_and_one_sees_those_of_ones_own_calls() -> None:
    alerts = [fired("a"), fired("b"), fired("c", queue="sales"), fired("d", queue="sales", team="south")]
    budgets = {"billing": Budget(1), "sales": Budget(9, 3)}
    load = weigh(alerts, budgets.__getitem__, Load(), NOW_MS)
    assert load.held == {"b"}
    rows = queue_loads(load, budgets.__getitem__, NOW_MS, lambda queue, team: team == "north")
    assert [(row.queue, row.alerts, row.held, row.per_supervisor) for row in rows] == [
        ("billing", 2, 1, 1.0),
        ("sales", 1, 0, 0.3),
    ]


def test_an_alert_of_a_call_that_claims_to_begin_in_the_future_takes_room_for_an_hour_and_no_longer() -> None:
    ahead = fired("ahead", minutes_ago=-60 * 24 * 365, peak_tone=-0.9)
    first = held(ahead, fired("late"), budget=Budget(1))
    assert (set(first.held), first.fired[0].at_ms) == ({"late"}, NOW_MS)
    over = replace(ahead, is_open=False)
    for hours in range(1, 6):
        now_ms = NOW_MS + hours * HOUR_MS
        first = held(over, fired(f"new-{hours}", -60 * hours), budget=Budget(1), before=first, now_ms=now_ms)
        assert first.held == frozenset()


def test_a_clock_that_is_some_minutes_ahead_changes_nothing_but_the_time_that_counts() -> None:
    first = held(fired("ahead", -5, is_open=False))
    assert [one.at_ms for one in first.fired] == [NOW_MS]
    later = held(fired("ahead", -5, is_open=False), before=first, now_ms=NOW_MS + HOUR_MS // 2)
    assert [one.at_ms for one in later.fired] == [NOW_MS]


ALERTS = st.lists(
    st.builds(
        fired,
        st.uuids().map(str),
        st.floats(0, 90),
        is_open=st.booleans(),
        asks_to_act=st.booleans(),
        is_touched=st.booleans(),
        peak_tone=st.floats(-1, 0),
    ),
    max_size=12,
)


@given(ALERTS, st.integers(0, 5), st.integers(0, 12))
def test_whatever_comes_nothing_is_lost_and_nothing_that_asks_to_act_or_was_shown_is_held_back(
    alerts: list[Fired], an_hour: int, known: int
) -> None:
    budget = Budget(an_hour)
    before = held(*alerts[:known], budget=budget)
    load = held(*alerts, budget=budget, before=before)
    ids = {one.alert_id for one in load.fired}
    assert load.shown.keys() | load.held | load.never == ids
    assert not load.held & {one.alert_id for one in alerts if one.asks_to_act or one.is_touched or not one.is_open}
    assert not load.held & before.shown.keys()
    assert an_hour or not load.held
