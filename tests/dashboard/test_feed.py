"""The one reader of the stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tonewatch.dashboard.feed import Counters, Feed, Item, RedisState, Reset, Subscriber
from tonewatch.dashboard.store import BoardStore, Entry, connect
from tonewatch.stream.messages import CallState
from tonewatch.stream.service.process import cancel

pytestmark = pytest.mark.integration


class Clock:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def store(stoppable_redis: Any) -> AsyncIterator[BoardStore]:
    made = BoardStore(connect(stoppable_redis.url))
    yield made
    await made.aclose()


@asynccontextmanager
async def running(feed: Feed) -> AsyncIterator[Subscriber]:
    """A subscriber of a feed that runs meanwhile."""
    with feed.subscribe() as subscriber:
        task = asyncio.create_task(feed.run())
        try:
            yield subscriber
        finally:
            await cancel([task])


async def taken(subscriber: Subscriber, kind: type, timeout_factor: float) -> Item:
    """The next item of a kind; others are passed over."""
    async with asyncio.timeout(20 * timeout_factor):
        while True:
            for item in await subscriber.take():
                if isinstance(item, kind):
                    return item


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55])
async def test_the_reader_stops_wherever_it_is_cancelled(
    stoppable_redis: Any, timeout_factor: float, turns: int
) -> None:
    store = BoardStore(connect(stoppable_redis.url))
    reading = asyncio.create_task(Feed(store, time.monotonic, block_ms=50).run())
    for _ in range(turns):  # of the event loop: each lets the reader come a step further in connecting and reading
        await asyncio.sleep(0)
    reading.cancel()
    done, _ = await asyncio.wait([reading], timeout=10 * timeout_factor)
    await store.aclose()
    assert done == {reading}
    assert reading.cancelled()


async def test_an_event_reaches_every_subscriber(store: BoardStore, writer: Any, timeout_factor: float) -> None:
    feed = Feed(store, Clock(), block_ms=50)
    async with running(feed) as first, asyncio.timeout(20 * timeout_factor):
        await taken(first, Counters, timeout_factor)  # the first step is done: it follows the stream's end
        with feed.subscribe() as second:
            (stream_id,) = writer.write(CallState(call_id="a", state="live"))
            for subscriber in (first, second):
                item = await taken(subscriber, Entry, timeout_factor)
                assert isinstance(item, Entry)
                assert item.id == stream_id


async def test_counters_are_published_when_they_change_and_at_each_heartbeat(
    store: BoardStore, writer: Any, timeout_factor: float
) -> None:
    clock = Clock()
    async with running(Feed(store, clock, heartbeat_s=15, counters_s=1, block_ms=20)) as subscriber:
        assert await taken(subscriber, Counters, timeout_factor) == Counters({})
        writer.count(shed_llm=1)
        clock.now_s += 1
        assert await taken(subscriber, Counters, timeout_factor) == Counters({"shed_llm": 1}, is_beat=False)
        clock.now_s += 15
        assert await taken(subscriber, Counters, timeout_factor) == Counters({"shed_llm": 1})


async def test_a_stream_that_was_replaced_is_a_reset_before_its_events(
    store: BoardStore, writer: Any, timeout_factor: float
) -> None:
    writer.write(CallState(call_id="old", state="live"))
    async with running(Feed(store, Clock(), block_ms=20)) as subscriber:
        await taken(subscriber, Counters, timeout_factor)
        writer.redis.flushall()
        writer.write(CallState(call_id="new", state="live"))
        async with asyncio.timeout(20 * timeout_factor):
            items = [item for item in await subscriber.take() if not isinstance(item, Counters)]
    assert items[0] == Reset()


async def test_a_full_queue_is_reported_and_takes_nothing_more() -> None:
    subscriber = Subscriber(limit=2)
    for up in (True, False, True):
        subscriber.put(RedisState(up))
    assert subscriber.overflowed.is_set()
    assert await subscriber.take() == [RedisState(True), RedisState(False)]


async def test_everything_that_waits_is_taken_at_once() -> None:
    subscriber = Subscriber(limit=9)
    subscriber.put(Counters({"shed_llm": 1}))
    subscriber.put(RedisState(False))
    assert await subscriber.take() == [Counters({"shed_llm": 1}), RedisState(False)]
