"""The board's web application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from tonewatch.dashboard.actions import Actions, NoActions
from tonewatch.dashboard.api import Api
from tonewatch.dashboard.assets import STATIC, Headers, page_routes
from tonewatch.dashboard.feed import Feed
from tonewatch.dashboard.sockets import BoardSocket
from tonewatch.dashboard.store import BoardStore, connect


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


def create_app(
    redis: Redis | str,
    *,
    actions: Actions | None = None,
    user_header: str = "",
    static: Path = STATIC,
    now_ms: Callable[[], int] = wall_clock_ms,
    clock: Callable[[], float] = time.monotonic,
    heartbeat_s: float = 15.0,
    retry_s: float = 1.0,
    queue_limit: int = 1000,
) -> Starlette:
    """The application over one Redis, which it closes when it ends.

    `now_ms` is the wall clock that clients set theirs by, `clock` a monotonic one in seconds. A socket for which
    more than `queue_limit` items wait is closed. Without `actions` the board only shows.
    """
    acting = actions or NoActions()
    store = BoardStore(connect(redis) if isinstance(redis, str) else redis)
    feed = Feed(store, clock, heartbeat_s=heartbeat_s, retry_s=retry_s, queue_limit=queue_limit)
    api = Api(store)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(feed.run())
            yield
            following.cancel()
        await acting.aclose()
        await store.aclose()

    return Starlette(
        routes=[
            WebSocketRoute("/ws", BoardSocket(store, feed, acting, now_ms, user_header).serve),
            Route("/api/calls", api.calls),
            Route("/api/calls/{call_id:path}", api.call),
            Route("/healthz", api.live),
            Route("/readyz", api.ready),
            *page_routes(static),
        ],
        middleware=[Middleware(Headers)],
        lifespan=lifespan,
    )
