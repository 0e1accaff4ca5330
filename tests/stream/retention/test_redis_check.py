from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from tonewatch.stream.board.view import CALLS_KEY, EVENTS_KEY, call_key
from tonewatch.stream.retention.redis_check import told_views, wrong

NOW_MS = 1_790_000_000_000


def test_a_view_without_an_end_and_one_with_a_later_one_are_told() -> None:
    assert told_views([10, 60, -2], 60) == []
    assert told_views([-1, 61, -1], 60) == [
        "2 views of calls are kept for ever",
        "1 views of calls are kept for longer than 60 s",
    ]


@pytest.mark.integration
async def test_what_a_redis_forgot_to_forget_is_found(own_redis_url: str) -> None:
    redis: Any = Redis.from_url(own_redis_url)
    try:
        await redis.flushall()
        await redis.set(call_key("c"), "{}", ex=60)
        await redis.zadd(CALLS_KEY, {"c": NOW_MS})
        await redis.xadd(EVENTS_KEY, {"json": "{}"}, id=f"{NOW_MS}-0")
        assert await wrong(redis, 60, NOW_MS) == []
        await redis.persist(call_key("c"))
        assert len(await wrong(redis, 60, NOW_MS + 2 * 3_600_000)) == 3
    finally:
        await redis.flushall()
        await redis.aclose()
