"""The board's web application: its routes, and the parts that live as long as the server."""

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
from tonewatch.dashboard.feed import HEARTBEAT_S, QUEUE_LIMIT, Feed
from tonewatch.dashboard.review import openapi
from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.routes import ABOUT, desk_routes, no_desk
from tonewatch.dashboard.snapshots import Snapshots
from tonewatch.dashboard.sockets import BoardSocket
from tonewatch.dashboard.store import BoardStore, connect
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel
from tonewatch.stream.settings import RedisSettings


def wall_clock_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def create_app(
    redis: Redis | RedisSettings | str,
    *,
    actions: Actions | None = None,
    user_header: str = "",
    static: Path = STATIC,
    now_ms: Callable[[], int] = wall_clock_ms,
    clock: Callable[[], float] = time.monotonic,
    heartbeat_s: float = HEARTBEAT_S,
    retry_s: float = 1.0,
    queue_limit: int = QUEUE_LIMIT,
    metrics: Metrics | None = None,
    desk: Desk | None = None,
) -> Starlette:
    """The application over one Redis (a client, its settings, or its URL), which it closes when it ends.

    `actions` is where actions on alerts are written; without it the board is read-only. `user_header` names the header
    of a signed-in user (see `BoardSocket`). `now_ms` is the wall clock that clients set theirs by, `clock` a monotonic
    one in seconds. A socket with more than `queue_limit` items in its queue is closed; the other times are the feed's.
    `desk` is the review desk, where there is an archive.
    """
    writer = actions or NoActions()
    store = BoardStore(redis if isinstance(redis, Redis) else connect(redis))
    feed = Feed(store, clock, heartbeat_s=heartbeat_s, retry_s=retry_s, queue_limit=queue_limit, metrics=metrics)
    api = Api(store)
    snapshots = Snapshots(store, clock, now_ms)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            # In the group an error of the feed ends the server, instead of leaving a page that never changes.
            reader = group.create_task(feed.run())
            yield
            await cancel([reader])
        await writer.aclose()
        await store.aclose()
        if desk is not None:
            desk.aclose()

    return Starlette(
        routes=[
            WebSocketRoute("/ws", BoardSocket(store, snapshots, feed, writer, now_ms, user_header).serve),
            Route("/api/calls", api.calls),
            Route("/api/calls/{call_id:path}", api.call),
            Route(openapi.PATH, openapi.served),
            *(desk_routes(desk) if desk is not None else [Route(ABOUT.path, no_desk)]),
            Route("/healthz", api.live),
            Route("/readyz", api.ready),
            *page_routes(static),  # last: they answer every other path
        ],
        middleware=[Middleware(Headers)],
        lifespan=lifespan,
    )
