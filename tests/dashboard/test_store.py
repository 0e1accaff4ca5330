"""The board in Redis, read by a client that may meet records of other releases, and no Redis at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from tonewatch.dashboard.store import ENDED_SHOWN, START, BoardStore, connect, is_newer
from tonewatch.stream.board.view import CALLS_KEY, COUNTERS_KEY, EVENTS_KEY, OPEN_KEY, BoardEvent, call_key
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import Alert, CallState

Golden = Callable[[str], list[BoardEvent]]


@pytest.fixture
async def store(stoppable_redis: Any) -> AsyncIterator[BoardStore]:
    made = BoardStore(connect(stoppable_redis.url))
    yield made
    await made.aclose()


def written_by_an_earlier_release(alert: Alert) -> dict[str, Any]:
    """Under former names, and without a field that was added later."""
    fields: dict[str, Any] = json.loads(msgspec.json.encode(alert))
    fields["chance"] = fields.pop("probability")
    fields["thresholds"]["unit"] = "chance"
    del fields["acted"]
    return fields


def first_alert(events: list[BoardEvent]) -> Alert:
    alert = next(event for event in events if isinstance(event, Alert))
    limits = msgspec.structs.replace(alert.thresholds, unit="probability")
    return msgspec.structs.replace(alert, probability=0.93, thresholds=limits)


def test_stream_ids_compare_as_numbers() -> None:
    assert is_newer("10-0", "9-5")
    assert is_newer("9-10", "9-9")
    assert not is_newer("9-9", "9-9")


@pytest.mark.integration
async def test_an_event_of_an_earlier_release_comes_in_the_form_of_this_one(
    store: BoardStore, writer: Any, golden: Golden
) -> None:
    alert = first_alert(golden("an alert fires and is confirmed"))
    writer.redis.xadd(EVENTS_KEY, {"kind": "alert", "json": json.dumps(written_by_an_earlier_release(alert))})
    (entry,) = await store.after(START, 10)
    assert json.loads(entry.json) == json.loads(msgspec.json.encode(alert))


@pytest.mark.integration
async def test_a_view_of_an_earlier_release_comes_in_the_form_of_this_one(
    store: BoardStore, writer: Any, golden: Golden
) -> None:
    alert = first_alert(golden("an alert fires and is confirmed"))
    view = {"call_id": "old", "alerts": {alert.alert_id: written_by_an_earlier_release(alert)}}
    writer.redis.set(call_key("old"), json.dumps(view))
    writer.redis.zadd(CALLS_KEY, {"old": 1})
    (read,) = [json.loads(raw) for raw in (await store.snapshot()).views]
    assert read["alerts"][alert.alert_id] == json.loads(msgspec.json.encode(alert))
    assert read["points"] == []


@pytest.mark.integration
async def test_a_snapshot_holds_every_open_call_and_the_newest_of_the_others(store: BoardStore, writer: Any) -> None:
    calls = {f"live-{n}": "live" for n in range(500)} | {f"ended-{n}": "ended" for n in range(ENDED_SHOWN + 7)}
    with writer.redis.pipeline() as pipe:
        for number, (call_id, state) in enumerate(calls.items()):
            pipe.set(call_key(call_id), json.dumps({"call_id": call_id, "state": state}))
            pipe.zadd(CALLS_KEY, {call_id: number})
            if state == "live":
                pipe.zadd(OPEN_KEY, {call_id: number})
        pipe.execute()
    board = await store.snapshot()
    shown = [json.loads(raw)["call_id"] for raw in board.views]
    ended = [f"ended-{n}" for n in range(ENDED_SHOWN + 6, 6, -1)]
    assert shown[:ENDED_SHOWN] == ended
    assert sorted(shown[ENDED_SHOWN:]) == sorted(f"live-{n}" for n in range(500))
    assert (len(shown), board.left_out) == (500 + ENDED_SHOWN, 7)


@pytest.mark.integration
async def test_calls_of_a_sink_that_does_not_say_which_are_open_are_shown_by_their_activity(
    store: BoardStore, writer: Any
) -> None:
    for number in range(ENDED_SHOWN + 5):
        writer.redis.set(call_key(str(number)), json.dumps({"call_id": str(number)}))
        writer.redis.zadd(CALLS_KEY, {str(number): number})
    shown = [view.call_id for view in await store.calls()]
    assert shown == [str(number) for number in range(ENDED_SHOWN + 4, 4, -1)]


@pytest.mark.integration
async def test_a_view_that_expired_or_cannot_be_read_is_left_out(store: BoardStore, writer: Any) -> None:
    writer.write(CallState(call_id="good", state="live"))
    writer.redis.set(call_key("broken"), b"{not json")
    writer.redis.zadd(CALLS_KEY, {"broken": 1, "expired": 2})
    assert [view.call_id for view in await store.calls()] == ["good"]
    assert await store.call("broken") is None


@pytest.mark.integration
async def test_a_read_goes_on_behind_events_that_cannot_be_read(store: BoardStore, writer: Any) -> None:
    broken = writer.redis.xadd(EVENTS_KEY, {"kind": "tone", "json": b"{not json"}).decode()
    assert await store.wait(START, 1000) == (broken, [])


@pytest.mark.integration
async def test_a_stream_holds_what_was_not_cut_from_it(store: BoardStore, writer: Any) -> None:
    first, second = writer.write(CallState(call_id="a", state="live"), CallState(call_id="b", state="live"))
    writer.redis.xtrim(EVENTS_KEY, minid=second, approximate=False)
    assert await store.last_id() == second
    assert [await store.holds(each) for each in (START, first, second)] == [True, False, True]


@pytest.mark.integration
async def test_a_counter_that_is_no_number_is_left_out(store: BoardStore, writer: Any) -> None:
    writer.redis.hset(COUNTERS_KEY, mapping={"shed_llm": 3, "behind_ms": -1, "odd": "many"})
    assert await store.counters() == {"shed_llm": 3, "behind_ms": -1}


@pytest.mark.integration
async def test_without_redis_every_read_says_what_to_check(store: BoardStore, stoppable_redis: Any) -> None:
    stoppable_redis.stop()
    for read in (
        store.ping(),
        store.last_id(),
        store.holds("1-0"),
        store.counters(),
        store.snapshot(),
        store.call("a"),
    ):
        with pytest.raises(StoreError, match="TONEWATCH_REDIS"):
            await read
