"""`tonewatch dashboard`: settings, the listening socket, the web server."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from tonewatch.dashboard.actions import KafkaActions
from tonewatch.dashboard.app import create_app, wall_clock_ms
from tonewatch.dashboard.assets import HOW_TO_BUILD, is_built
from tonewatch.dashboard.audit import KafkaAudit
from tonewatch.dashboard.budgets import BudgetsWatch
from tonewatch.dashboard.connections import Connections
from tonewatch.dashboard.http_protocol import MOST_HEADER_BYTES, bounded
from tonewatch.dashboard.review.desk import Desk
from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.dashboard.signin.setup import make_sign_in
from tonewatch.dashboard.signin.sign_in import SignIn
from tonewatch.dashboard.store import connect
from tonewatch.stream.archive import store as archive
from tonewatch.stream.archive.clip_store import open_clips
from tonewatch.stream.archive.review.judged import DAY_MS, Blinding
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.board import redis_client
from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.service import logs
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.traces import traces
from tonewatch.stream.settings import DashboardSettings, load

_log = logging.getLogger(__name__)


def dashboard(
    host: Annotated[str | None, typer.Option(help="Address to listen on (TONEWATCH_DASHBOARD_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one (TONEWATCH_DASHBOARD_PORT).")] = None,
    redis: Annotated[str | None, typer.Option(help="Redis of the board (TONEWATCH_REDIS).")] = None,
    kafka: Annotated[str | None, typer.Option(help="Where actions on alerts go (TONEWATCH_KAFKA).")] = None,
) -> None:
    """Serve the live board and its websocket."""
    settings = load(DashboardSettings, dashboard_host=host, dashboard_port=port, redis=redis, kafka=kafka)
    logs.configure("dashboard", settings.log_level)
    if not is_built():
        raise DependencyError(HOW_TO_BUILD)
    sign_in = make_sign_in(settings)
    asyncio.run(check_redis(settings))
    # Bound before the server starts, so that a busy port is one clear error, and port 0 has a number to log.
    with listen(settings.dashboard_host, settings.dashboard_port) as listening:
        address = f"http://{settings.dashboard_host}:{listening.getsockname()[1]}"
        _log.info("The board is served.", extra={"address": address})
        metrics = Metrics(traces=traces("dashboard", settings.trace_ratio))
        metrics.serve(settings.metrics_port, "dashboard", settings.metrics_host)
        server(settings, sign_in, metrics).run(sockets=[listening])
        metrics.traces.close()


async def check_redis(settings: DashboardSettings) -> None:
    """Ask Redis once; one that does not answer is waited for later, with a board that says so.

    Raises:
        AccessRefused: it refuses our user, or shows a certificate that is not trusted.
    """
    redis = connect(settings)
    try:
        await redis_client.check(redis, settings)
    finally:
        await redis.aclose()


def listen(host: str, port: int) -> socket.socket:
    """A bound, listening socket; `host` is an IPv4 or IPv6 address or a name, port 0 takes a free port.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"Cannot listen on {host}:{port} ({error.strerror}): set TONEWATCH_DASHBOARD_PORT to a free port."
        ) from error


def server(settings: DashboardSettings, sign_in: SignIn, metrics: Metrics | None = None) -> uvicorn.Server:
    """The web server. It stops within 2 s of a signal even while sockets are open."""
    actions = KafkaActions(settings)
    of_address, of_proxy = settings.dashboard_connections_of_address, settings.dashboard_connections_of_proxy
    places = Connections(of_address, of_proxy, sign_in.proxies.is_proxy)
    return uvicorn.Server(
        uvicorn.Config(
            create_app(
                settings,
                audit_writer=KafkaAudit(settings),
                sign_in=sign_in,
                clients=settings.dashboard_clients,
                clients_of_one=settings.dashboard_clients_of_one,
                actions=actions,
                metrics=metrics,
                desk=review_desk(settings, actions),
                budgets=budgets_watch(settings).current,
            ),
            ws="websockets-sansio",
            # Each client would have a compressor of its own, and each frame be compressed for each of them.
            ws_per_message_deflate=False,
            ws_max_size=4096,  # bytes a client may send at once: an action with the longest note has under 3,000
            http=bounded(places),
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            # Requests and sockets at once, of whoever, also connections that say nothing: beyond it a request is
            # answered with 503, so that no address may have so many (`places`).
            limit_concurrency=settings.dashboard_clients + 500,
            backlog=1024,
            # X-Forwarded- headers are believed from the proxies of the settings alone, not from all of loopback.
            proxy_headers=False,
            log_config=None,
            log_level=settings.log_level.lower(),
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )


def budgets_watch(settings: DashboardSettings) -> BudgetsWatch:
    """
    Raises:
        SettingsError: the file of budgets cannot be read or does not fit.
    """
    path = Path(settings.dashboard_budgets) if settings.dashboard_budgets else None
    return BudgetsWatch(path, time.monotonic)


def review_desk(settings: DashboardSettings, actions: KafkaActions) -> Desk | None:
    """Over the archive's database, where it is asked for.

    Raises:
        SettingsError, DependencyError: what is named is no database, or its driver is missing.
    """
    if not settings.dashboard_review:
        return None
    blinding = Blinding(settings.dashboard_review_days * DAY_MS, wall_clock_ms)
    reader = ReviewReader(archive.connect(settings.database, settings.database_password_file), blinding)
    return Desk(reader, Sounds(open_clips(settings.store, settings.store_endpoint)), actions, wall_clock_ms)
