from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tonewatch.dashboard.budgets import Budgets, BudgetsFile, Said
from tonewatch.dashboard.load_watch import LoadWatch
from tonewatch.dashboard.signin.person import Person, Scope
from tonewatch.stream.board.view import BoardEvent, CallView, apply
from tonewatch.stream.messages import Alert, CallAttributes, CallState

ONE_AN_HOUR = Budgets(BudgetsFile(version=1, all=Said(alerts_an_hour=1)))
EVERYBODY = Person("Ada", "supervisor")
STARTED_AT_MS = 1_790_560_000_000


def fired(golden: Callable[[str], list[BoardEvent]], call_id: str, **more: Any) -> Alert:
    found = [event for event in golden("an alert fires and is confirmed") if isinstance(event, Alert)][-1]
    said = {"call_id": call_id, "alert_id": f"{call_id}/tone", "severity": "watch", **more}
    return msgspec.structs.replace(found, **said)


def call(queue: str = "billing", team: str = "") -> CallAttributes:
    return CallAttributes(started_at_ms=STARTED_AT_MS, queue=queue, team=team)


def watch() -> LoadWatch:
    return LoadWatch(lambda: ONE_AN_HOUR, lambda: STARTED_AT_MS + 60_000)


def test_alerts_are_weighed_as_their_events_come(golden: Callable[[str], list[BoardEvent]]) -> None:
    load = watch()
    load.take(fired(golden, "a"), call())
    assert load.renew() and not load.renew()
    load.take(fired(golden, "b"), call())
    assert load.renew()
    told = load.told(EVERYBODY)
    assert told.held == ("b/tone",)
    assert [(row.queue, row.alerts, row.held, row.budget) for row in told.queues] == [("billing", 2, 1, 1)]


def test_an_older_state_changes_nothing_and_a_pending_alert_is_none(golden: Callable[[str], list[BoardEvent]]) -> None:
    load = watch()
    load.take(fired(golden, "a", seq=5), call())
    load.take(fired(golden, "a", seq=4, severity="act"), call())
    load.take(fired(golden, "b", state="pending"), call())
    load.renew()
    assert [(one.alert_id, one.asks_to_act) for one in load.newest.fired] == [("a/tone", False)]


def test_what_is_read_of_views_counts_as_what_came_by_events(golden: Callable[[str], list[BoardEvent]]) -> None:
    load = watch()
    view = apply(CallView(call_id="a", call=call()), fired(golden, "a"))
    load.read([view])
    load.renew()
    assert load.told(EVERYBODY).queues[0].alerts == 1


def test_of_a_call_whose_notice_is_withdrawn_nothing_is_counted(golden: Callable[[str], list[BoardEvent]]) -> None:
    load = watch()
    load.take(fired(golden, "a"), call())
    load.take(CallState(call_id="a", state="not_analysed", withdrawn=True), call())
    load.renew()
    assert load.told(EVERYBODY).queues == ()


def test_who_is_confined_is_told_of_their_own_queues_alone(golden: Callable[[str], list[BoardEvent]]) -> None:
    load = watch()
    for name, queue in (("a", "billing"), ("b", "billing"), ("c", "sales"), ("d", "sales")):
        load.take(fired(golden, name), call(queue))
    load.renew()
    told = load.told(Person("Eve", "supervisor", Scope(frozenset({"sales"}))))
    assert ([row.queue for row in told.queues], told.held) == (["sales"], ("d/tone",))
    # A call that goes elsewhere takes its alerts along.
    load.take(CallState(call_id="d", state="live"), call("billing"))
    load.renew()
    assert [one.queue for one in load.newest.fired if one.call_id == "d"] == ["billing"]


def test_a_call_that_claims_to_begin_in_the_future_keeps_no_queue_s_budget(
    golden: Callable[[str], list[BoardEvent]],
) -> None:
    now_ms = [STARTED_AT_MS]
    load = LoadWatch(lambda: ONE_AN_HOUR, lambda: now_ms[0])
    ahead = CallAttributes(started_at_ms=4_000_000_000_000, queue="billing")
    view = apply(CallView(call_id="ahead", call=ahead), fired(golden, "ahead", severity="act"))
    load.read([view])
    load.renew()
    for name in ("one", "two", "three"):
        now_ms[0] += 3_700_000
        load.take(fired(golden, name), CallAttributes(started_at_ms=now_ms[0], queue="billing"))
        load.renew()
        assert load.told(EVERYBODY).held == ()
