"""`tonewatch bench board`: a full board, its updates, and many who look at it.

A Redis and a `tonewatch dashboard` of its own are filled with calls; clients join all at once; tones are written as the
monitor's sink writes them, at a steady rate, while some clients never read.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import platform
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import psutil
import typer
from redis.asyncio import Redis
from rich.console import Console

from tonewatch.stream.bench.board_browser import BrowserReport, look
from tonewatch.stream.bench.board_clients import Arrivals, reader, sleeper
from tonewatch.stream.bench.rig import scratch
from tonewatch.stream.board.view import CALLS_KEY, EVENTS_KEY, OPEN_KEY, BoardEvent, CallView, apply, call_key
from tonewatch.stream.demo.board_sign_in import sign_in
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.local.child import Child, tonewatch
from tonewatch.stream.local.servers import HOST, EmbeddedRedis, free_port, port_is_busy
from tonewatch.stream.messages import CallAttributes, CallState, Tone

POINTS = 100
"""Tones of each call before anybody looks: five minutes of a caller who speaks half of the time."""

SEGMENT_MS = 3_000
READY_S = 30.0
JOIN_S = 120.0

_out = Console(stderr=True, highlight=False, soft_wrap=True)


class BoardReport(msgspec.Struct, kw_only=True):
    """`tonewatch bench board --json`. Seconds; `server_*` are of the board's process, CPU as a share of one core."""

    machine: str
    calls: int
    clients: int
    slow_clients: int
    updates_per_s: float
    seconds: float
    frames: int
    clients_closed: int
    fan_out_s_p50: float
    fan_out_s_p95: float
    fan_out_s_p99: float
    snapshot_s_p50: float
    snapshot_s_max: float
    server_rss_mb: float
    server_cpu_cores: float
    browser: BrowserReport | None = None


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    calls: int
    clients: int
    slow: int
    rate: float
    seconds: float
    browser: bool = False


def board(
    calls: Annotated[int, typer.Option(min=1, help="Live calls on the board.")] = 1000,
    clients: Annotated[int, typer.Option(min=1, help="Clients that read.")] = 500,
    slow: Annotated[int, typer.Option(min=0, help="Clients more, that never read.")] = 50,
    rate: Annotated[float, typer.Option(min=0.1, help="Updates a second.")] = 10.0,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long updates are written.")] = 30.0,
    browser: Annotated[
        bool, typer.Option("--browser", help="Afterwards look at it in Chromium: frames a second, opening a call.")
    ] = False,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
) -> None:
    """Fill a board, let many clients look at it, and measure how late each update is."""
    report = asyncio.run(_run(Asked(calls, clients, slow, rate, seconds, browser)))
    text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
    if json is not None:
        json.write_text(text + "\n")
    typer.echo(text)


async def _run(asked: Asked) -> BoardReport:
    with scratch() as folder, EmbeddedRedis() as server:
        redis = Redis.from_url(server.url)
        calls = Calls(redis, asked.calls)
        await calls.fill()
        port = free_port()
        environment = {
            **os.environ,
            "TONEWATCH_REDIS": server.url,
            "TONEWATCH_DASHBOARD_HOST": HOST,
            "TONEWATCH_DASHBOARD_PORT": str(port),
            "TONEWATCH_DASHBOARD_DEMO": "true",
            "TONEWATCH_DASHBOARD_CLIENTS": str(asked.clients + asked.slow + 10),
            "TONEWATCH_DASHBOARD_CLIENTS_OF_ONE": str(asked.clients + asked.slow + 10),  # all are of one session
        }
        page = Child(tonewatch("dashboard"), folder / "dashboard.log", env=environment)
        page.start()
        try:
            await _until_served(page, port)
            report = await _measure(asked, calls, psutil.Process(page.pid), port)
            report.browser = await _look(asked, calls, port) if asked.browser else None
            return report
        finally:
            page.stop(5.0)
            await redis.aclose()


class Calls:
    """Live calls in Redis, and their further tones, written in one transaction as the monitor's sink does."""

    def __init__(self, redis: Redis, count: int) -> None:
        self._redis = redis
        self._draw = random.Random(1)
        self._views = {f"call-{number}": CallView(call_id=f"call-{number}") for number in range(count)}
        self.written_at_s: dict[str, float] = {}

    async def fill(self) -> None:
        for number, (call_id, view) in enumerate(self._views.items()):
            about = CallAttributes(roles=("customer", "agent"), queue=f"queue {number % 9}", title=f"Caller {number}")
            apply(view, CallState(call_id=call_id, state="live", call=about))
            for _ in range(POINTS):
                apply(view, self._tone(view))
            async with self._redis.pipeline(transaction=True) as pipe:
                await self._put(pipe, view).execute()

    async def speak(self) -> None:
        """One more tone of a call."""
        view = self._views[self._draw.choice(sorted(self._views))]
        event: BoardEvent = self._tone(view)
        apply(view, event)
        fields: dict[Any, Any] = {"kind": "", "json": msgspec.json.encode(event)}
        async with self._redis.pipeline(transaction=True) as pipe:
            began_s = time.monotonic()
            written = await self._put(pipe, view).xadd(EVENTS_KEY, fields, maxlen=10_000).execute()
        self.written_at_s[written[-1].decode()] = began_s

    def _put(self, pipe: Any, view: CallView) -> Any:  # noqa: ANN401
        pipe.set(call_key(view.call_id), msgspec.json.encode(view))
        pipe.zadd(CALLS_KEY, {view.call_id: 1000 * time.time()})
        pipe.zadd(OPEN_KEY, {view.call_id: 1000 * time.time()})
        return pipe

    def _tone(self, view: CallView) -> Tone:
        start_ms = view.points[-1].end_ms if view.points else 0
        level = self._draw.uniform(-0.6, 0.3)
        return Tone(
            call_id=view.call_id,
            segment_id=f"{view.call_id}/0/{start_ms}",
            role="customer",
            start_ms=start_ms,
            end_ms=start_ms + SEGMENT_MS,
            tone=level,
            spread=0.1,
            risk=max(0.0, -level),
            baseline_ready=True,
        )


async def _until_served(page: Child, port: int) -> None:
    deadline_s = time.monotonic() + READY_S
    while not port_is_busy(port):
        if not page.alive() or time.monotonic() > deadline_s:
            raise TonewatchError(f"The board did not start: {page.last_words()}")
        await asyncio.sleep(0.1)


async def _measure(asked: Asked, calls: Calls, server: psutil.Process, port: int) -> BoardReport:
    arrivals = Arrivals(calls.written_at_s)
    joined, left = asyncio.Semaphore(0), asyncio.Event()
    url, session = f"ws://{HOST}:{port}/ws", await sign_in(HOST, port)
    looking = [asyncio.create_task(reader(url, session, arrivals, joined)) for _ in range(asked.clients)]
    looking += [asyncio.create_task(sleeper(url, session, left)) for _ in range(asked.slow)]
    try:
        await _all_joined(looking, joined, asked.clients)
        _out.print(f"{asked.clients} clients have their snapshot; updates for {asked.seconds:g} s")
        cpu_s, began_s = sum(server.cpu_times()[:2]), time.monotonic()
        await _write(calls, asked)
        cores = (sum(server.cpu_times()[:2]) - cpu_s) / (time.monotonic() - began_s)
        await asyncio.sleep(1.0)  # what is on its way
        return _report(asked, arrivals, server.memory_info().rss / 1e6, cores)
    finally:
        left.set()
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


async def _look(asked: Asked, calls: Calls, port: int) -> BrowserReport:
    """A page alone with its server, while the same updates come: on one machine it would share cores with clients."""
    _out.print("the same updates, seen in Chromium")
    updates = asyncio.create_task(_write(calls, asked, forever=True))
    try:
        return await look(f"http://{HOST}:{port}", asked.calls, asked.seconds)
    finally:
        updates.cancel()
        await asyncio.gather(updates, return_exceptions=True)


def machine() -> str:
    """What the figures are of: processor, cores, memory, Python."""
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()
    memory_gib = psutil.virtual_memory().total / 2**30
    python = platform.python_version()
    return f"{processor}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()}, Python {python}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []  # not Linux


async def _all_joined(looking: Sequence[asyncio.Task[None]], joined: asyncio.Semaphore, clients: int) -> None:
    """Until every client has its snapshot; a client that fails before ends the bench with its error."""
    async with asyncio.timeout(JOIN_S):
        for _ in range(clients):
            snapshot = asyncio.create_task(joined.acquire())
            done, _waiting = await asyncio.wait([snapshot, *looking], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()


async def _write(calls: Calls, asked: Asked, *, forever: bool = False) -> None:
    began_s = time.monotonic()
    for number in itertools.count() if forever else range(round(asked.rate * asked.seconds)):
        await asyncio.sleep(max(0.0, began_s + number / asked.rate - time.monotonic()))
        await calls.speak()


def _report(asked: Asked, arrivals: Arrivals, rss_mb: float, cores: float) -> BoardReport:
    late = _percentiles(arrivals.fan_out_s)
    return BoardReport(
        machine=machine(),
        calls=asked.calls,
        clients=asked.clients,
        slow_clients=asked.slow,
        updates_per_s=asked.rate,
        seconds=asked.seconds,
        frames=len(arrivals.fan_out_s),
        clients_closed=arrivals.closed,
        fan_out_s_p50=late[49],
        fan_out_s_p95=late[94],
        fan_out_s_p99=late[98],
        snapshot_s_p50=round(statistics.median(arrivals.snapshot_s), 3),
        snapshot_s_max=round(max(arrivals.snapshot_s), 3),
        server_rss_mb=round(rss_mb, 1),
        server_cpu_cores=round(cores, 3),
    )


def _percentiles(values: Sequence[float]) -> list[float]:
    """The 1st to the 99th, in seconds."""
    if len(values) < 2:
        raise TonewatchError("No update reached a client: the board's server does not follow its Redis.")
    return [round(value, 4) for value in statistics.quantiles(values, n=100, method="inclusive")]
