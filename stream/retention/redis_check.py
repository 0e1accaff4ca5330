"""Does the board's Redis forget a call in time? Keys by their time to live, indexes and stream by their times."""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio import Redis

from tonewatch.stream.board.view import CALLS_KEY, EVENTS_KEY, OPEN_KEY, call_key
from tonewatch.stream.topics import HOUR_MS

LATE_MS: Final = HOUR_MS


async def wrong(redis: Redis, ttl_s: int, now_ms: int) -> list[str]:
    """What is kept for longer than `ttl_s`, or for ever.

    Raises:
        RedisError: Redis does not answer.
    """
    client: Any = redis
    views = [await client.ttl(key) async for key in client.scan_iter(match=call_key("*"), count=1_000)]
    found = told_views(views, ttl_s)
    before_ms = now_ms - 1000 * ttl_s - LATE_MS
    for key in (CALLS_KEY, OPEN_KEY):
        first = await client.zrange(key, 0, 0, withscores=True)
        if first and first[0][1] < before_ms:
            found.append(f"{key} names a call of {(now_ms - first[0][1]) / HOUR_MS:.0f} h ago")
    entries = await client.xrange(EVENTS_KEY, count=1)
    if entries and (at_ms := int(entries[0][0].split(b"-")[0])) < before_ms:
        found.append(f"{EVENTS_KEY} holds an event of {(now_ms - at_ms) / HOUR_MS:.0f} h ago")
    return found


def told_views(ttls_s: list[int], ttl_s: int) -> list[str]:
    """Of the times to live of views; -1 says that a key has none, -2 that it has just gone."""
    endless, longer = sum(ttl == -1 for ttl in ttls_s), sum(ttl > ttl_s for ttl in ttls_s)
    found = [f"{endless} views of calls are kept for ever"] if endless else []
    return [*found, *([f"{longer} views of calls are kept for longer than {ttl_s} s"] if longer else [])]
