"""One client's session, with a real Redis and the test in place of the feed and of the socket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tonewatch.dashboard.feed import Counters, RedisState, Reset, Subscriber
from tonewatch.dashboard.places import Places
from tonewatch.dashboard.session import MISSED_LIMIT, Session
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.snapshots import Snapshots
from tonewatch.dashboard.store import BoardStore, Entry, connect
from tonewatch.stream.board.view import EVENTS_KEY
from tonewatch.stream.messages import CallState
from tonewatch.stream.service.process import cancel

pytestmark = pytest.mark.integration

NextFrame = Callable[[], Awaitable[dict[str, Any]]]
Start = Callable[[str | None], NextFrame]


def begins(call_id: str) -> CallState:
    return CallState(call_id=call_id, state="live")


def entry(stream_id: str, call_id: str) -> Entry:
    return Entry(stream_id, msgspec.json.encode(begins(call_id)), call_id)


@pytest.fixture
def subscriber() -> Subscriber:
    return Subscriber(limit=100)


@pytest.fixture
async def start(stoppable_redis: Any, subscriber: Subscriber, timeout_factor: float) -> AsyncIterator[Start]:
    """`start(resume)` runs a session until the test's end; what it returns gives the next frame that it sent."""
    store = BoardStore(connect(stoppable_redis.url))
    places = Places(store)
    snapshots = Snapshots(store, time.monotonic, lambda: 1234, places)
    sent: asyncio.Queue[str | bytes] = asyncio.Queue()
    tasks: list[asyncio.Task[None]] = []

    async def next_frame() -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(sent.get(), 20 * timeout_factor))
        return frame

    def started(resume: str | None) -> NextFrame:
        more: dict[str, Any] = {"person": Person("Ada", "supervisor"), "places": places}
        session = Session(store, snapshots, subscriber, sent.put, lambda: 1234, retry_s=0.02, **more)
        tasks.append(asyncio.create_task(session.run(resume)))
        return next_frame

    yield started
    await cancel(tasks)
    await store.aclose()


async def test_an_event_that_came_while_catching_up_is_sent_once(
    start: Start, subscriber: Subscriber, writer: Any
) -> None:
    first, second = writer.write(begins("a"), begins("b"))
    subscriber.put(entry(second, "b"))  # the feed had it before the session asked Redis
    subscriber.put(entry("9999999999999-0", "c"))
    next_frame = start(first)
    assert (await next_frame())["event"]["call_id"] == "b"
    assert (await next_frame())["kind"] == "heartbeat"
    assert (await next_frame())["event"]["call_id"] == "c"


async def test_what_happened_since_a_shared_snapshot_follows_it(start: Start, writer: Any) -> None:
    writer.write(begins("a"))
    assert (await start(None)())["kind"] == "snapshot"
    writer.write(begins("b"))
    next_frame = start(None)  # within the second in which the snapshot is handed out again
    frames = [await next_frame() for _ in range(2)]
    known = [call["call_id"] for call in frames[0]["calls"]] + [frames[1]["event"]["call_id"]]
    assert known == ["a", "b"]


async def test_a_client_that_missed_more_than_the_limit_gets_a_snapshot(start: Start, writer: Any) -> None:
    (first,) = writer.write(begins("a"))
    with writer.redis.pipeline() as pipe:
        for _ in range(MISSED_LIMIT + 1):
            pipe.xadd(EVENTS_KEY, {"kind": "call_state", "json": msgspec.json.encode(begins("a"))})
        *_, last = pipe.execute()
    frame = await start(first)()
    assert (frame["kind"], frame["id"]) == ("snapshot", last.decode())


async def test_after_a_reset_the_client_gets_a_snapshot(start: Start, subscriber: Subscriber, writer: Any) -> None:
    (first,) = writer.write(begins("a"))
    next_frame = start(first)
    assert [(await next_frame())["kind"] for _ in range(2)] == ["events", "heartbeat"]
    subscriber.put(Reset())
    assert [call["call_id"] for call in (await next_frame())["calls"]] == ["a"]


async def test_items_are_sent_in_the_order_in_which_they_came(start: Start, subscriber: Subscriber) -> None:
    next_frame = start(None)
    assert (await next_frame())["kind"] == "snapshot"
    for item in (entry("7-0", "a"), entry("8-0", "b"), Counters({"shed_llm": 1}), entry("9-0", "c"), RedisState(False)):
        subscriber.put(item)
    sent = [await next_frame() for _ in range(4)]
    assert [frame["kind"] for frame in sent] == ["events", "heartbeat", "event", "status"]
    assert (sent[0]["id"], sent[1]["at_ms"], sent[3]["redis"]) == ("8-0", 1234, "down")


async def test_a_session_that_begins_without_redis_says_so_once_and_catches_up_later(
    start: Start, stoppable_redis: Any
) -> None:
    stoppable_redis.stop()
    next_frame = start(None)
    assert await next_frame() == {"kind": "status", "redis": "down"}
    stoppable_redis.start()
    assert (await next_frame())["kind"] == "snapshot"
