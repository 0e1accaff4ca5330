"""The board's web application: its routes, and the parts that live as long as the server."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from tonewatch.dashboard.actions import Actions, NoActions
from tonewatch.dashboard.api import Api
from tonewatch.dashboard.assets import STATIC, Headers, page_routes
from tonewatch.dashboard.audit import Audit, AuditWriter
from tonewatch.dashboard.budgets import Budgets
from tonewatch.dashboard.entrance import Entrance, Room
from tonewatch.dashboard.feed import HEARTBEAT_S, QUEUE_LIMIT, Feed
from tonewatch.dashboard.limits import Limits
from tonewatch.dashboard.load_watch import LoadWatch
from tonewatch.dashboard.places import Places
from tonewatch.dashboard.review import openapi
from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.routes import ABOUT, desk_routes, no_desk
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.gate import Gate
from tonewatch.dashboard.signin.oidc_routes import OidcRoutes
from tonewatch.dashboard.signin.routes import SignInRoutes
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import SignIn
from tonewatch.dashboard.signin.sign_outs import SignOuts
from tonewatch.dashboard.signin.watch import SessionWatch
from tonewatch.dashboard.snapshots import Snapshots
from tonewatch.dashboard.sockets import BoardSocket
from tonewatch.dashboard.store import BoardStore, connect
from tonewatch.dashboard.trends import TrendRoutes
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel
from tonewatch.stream.settings import RedisSettings


def wall_clock_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


CLIENTS = 1000
CLIENTS_OF_ONE = 20


def nobody() -> SignIn:
    """A gate that no session opens."""
    return SignIn(Sessions(secrets.token_bytes(32), time.time), Attempts(time.monotonic))


def sign_in_routes(gate: SignIn, watch: SessionWatch) -> list[BaseRoute]:
    """Of all ways to sign in that are configured."""
    routes = SignInRoutes(gate, watch)
    if gate.provider is None:
        return routes.routes()
    oidc = OidcRoutes(routes, gate.sessions, gate.provider, gate.public_url, time.time)
    return [*routes.routes(), *oidc.routes()]


def create_app(
    redis: Redis | RedisSettings | str,
    *,
    actions: Actions | None = None,
    audit_writer: AuditWriter | None = None,
    sign_in: SignIn | None = None,
    clients: int = CLIENTS,
    clients_of_one: int = CLIENTS_OF_ONE,
    static: Path = STATIC,
    now_ms: Callable[[], int] = wall_clock_ms,
    clock: Callable[[], float] = time.monotonic,
    heartbeat_s: float = HEARTBEAT_S,
    retry_s: float = 1.0,
    queue_limit: int = QUEUE_LIMIT,
    metrics: Metrics | None = None,
    desk: Desk | None = None,
    budgets: Callable[[], Budgets] | None = None,
) -> Starlette:
    """The application over one Redis (a client, its settings, or its URL), which it closes when it ends.

    `actions` is where actions on alerts are written; without it the board is read-only. `audit_writer` is where stands
    who did what. `sign_in` is how people sign in; without it nobody can. At most `clients` websockets are open at once,
    of one person `clients_of_one`. `now_ms` is the wall clock that clients set theirs by, `clock` a monotonic one in
    seconds. A socket with more than `queue_limit` items in its queue is closed; the other times are the feed's. `desk`
    is the review desk, where there is an archive. `budgets` gives how many alerts an hour each queue can look at;
    without it nothing is held back.
    """
    writer = actions or NoActions()
    gate = sign_in or nobody()
    store = BoardStore(redis if isinstance(redis, Redis) else connect(redis))
    places = Places(store)
    loads = LoadWatch(budgets or Budgets, now_ms)
    feed = Feed(
        store,
        clock,
        places=places,
        loads=loads,
        heartbeat_s=heartbeat_s,
        retry_s=retry_s,
        queue_limit=queue_limit,
        metrics=metrics,
    )
    snapshots = Snapshots(store, clock, now_ms, places)
    audit = Audit(audit_writer, metrics or Metrics(), now_ms)
    sign_outs = SignOuts(gate.sessions, store, clock)
    watch = SessionWatch(gate, sign_outs, audit.tell)
    gate.ended = sign_outs.is_ended
    entrance = Entrance(Room(clients, clients_of_one))
    socket = BoardSocket(store, snapshots, feed, writer, watch, places, audit, now_ms, entrance, gate.proxies.client)
    api = Api(store, audit, loads)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            # In the group an error of the feed ends the server, instead of leaving a page that never changes.
            tasks = [group.create_task(part.run()) for part in (feed, audit, sign_outs)]
            yield
            await audit.aclose()
            await cancel(tasks)
        await writer.aclose()
        await store.aclose()
        if desk is not None:
            desk.aclose()

    app = Starlette(
        routes=[
            WebSocketRoute("/ws", socket.serve),
            *sign_in_routes(gate, watch),
            Route("/api/load", api.load),
            Route("/api/calls", api.calls),
            Route("/api/calls/{call_id:path}", api.call),
            *TrendRoutes(desk.reader if desk is not None else None, now_ms).routes(),
            Route(openapi.PATH, openapi.served),
            *(desk_routes(desk) if desk is not None else [Route(ABOUT.path, no_desk)]),
            Route("/healthz", api.live),
            Route("/readyz", api.ready),
            *page_routes(static),  # last: they answer every other path
        ],
        middleware=[Middleware(Headers), Middleware(Limits), Middleware(Gate, sign_in=gate)],
        lifespan=lifespan,
    )
    app.state.audit = audit  # for every route behind the gate
    return app
