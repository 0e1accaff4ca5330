"""A call taken out of the board's Redis: its view, its place in the indexes, its entries in the stream of events."""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio import Redis

from tonewatch.stream.board.call_events import events_of
from tonewatch.stream.board.view import CALLS_KEY, EVENTS_KEY, OPEN_KEY, call_key
from tonewatch.stream.erasure.receipt import Removed

WHERE: Final = "redis"


async def erase(redis: Redis, call_id: str) -> list[Removed]:
    """The marks hold offsets alone and stay: without them the board would be filled again from Kafka.

    Raises:
        RedisError: Redis does not answer, or does not let us.
    """
    client: Any = redis  # redis-py types a sync-or-async union that says nothing here
    entries = [entry for entry, _ in await events_of(redis, call_id)]
    async with client.pipeline(transaction=True) as pipe:
        pipe.delete(call_key(call_id))
        pipe.zrem(CALLS_KEY, call_id)
        pipe.zrem(OPEN_KEY, call_id)
        if entries:
            pipe.xdel(EVENTS_KEY, *entries)
        view, known, still_open, *events = await pipe.execute()
    return [
        Removed(where=WHERE, what="view of the call", count=view),
        Removed(where=WHERE, what="entries of the indexes", count=known + still_open),
        Removed(where=WHERE, what="events of the stream", count=events[0] if events else 0),
    ]
