"""The one reader of the stream."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tonewatch.dashboard.feed import Counters, Feed, RedisState, Subscriber
from tonewatch.dashboard.store import BoardStore, connect

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("after_ms", range(0, 10))
async def test_the_reader_stops_whenever_it_is_told_to(
    stoppable_redis: Any, timeout_factor: float, after_ms: int
) -> None:
    store = BoardStore(connect(stoppable_redis.url))
    reading = asyncio.create_task(Feed(store, time.monotonic, block_ms=50).run())
    await asyncio.sleep(after_ms / 2000)
    reading.cancel()
    done, _ = await asyncio.wait([reading], timeout=10 * timeout_factor)
    await store.aclose()
    assert done == {reading}
    assert reading.cancelled()


async def test_a_full_queue_is_said_and_takes_nothing_more() -> None:
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
