"""A Redis that can be stopped and come back, the sink's way of writing, and the board's server on a real port."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from tonewatch.dashboard.app import create_app
from tonewatch.dashboard.dashboard_command import listen
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import DEMO_NAME, SignIn
from tonewatch.stream.board.view import (
    CALLS_KEY,
    COUNTERS_KEY,
    EVENTS_KEY,
    OPEN_KEY,
    BoardEvent,
    CallView,
    apply,
    call_key,
    is_open,
)
from tonewatch.stream.demo.board_sign_in import sign_in
from tonewatch.stream.local.child import bound_to_parent
from tonewatch.stream.local.redis_server import redis_program
from tonewatch.stream.local.servers import HOST


class StoppableRedis:
    """redis-server on one port, always empty when it starts."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.url = f"redis://{HOST}:{port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        settings = ["--port", str(self.port), "--bind", HOST, "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(bound_to_parent([redis_program(), *settings]), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        with redis.Redis(port=self.port) as client:
            while time.monotonic() < deadline:
                with suppress(redis.exceptions.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.02)
        raise TimeoutError("redis-server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Writer:
    """Writes board events as the monitor's sink does: the view and the event in one transaction."""

    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url, protocol=2)
        self.views: dict[str, CallView] = {}

    def write(self, *events: BoardEvent) -> list[str]:
        """The stream ids of `events`."""
        return [self._write(event) for event in events]

    def _write(self, event: BoardEvent) -> str:
        view = apply(self.views.setdefault(event.call_id, CallView(call_id=event.call_id)), event)
        fields: dict[Any, Any] = {"kind": "", "json": msgspec.json.encode(event)}
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(call_key(event.call_id), msgspec.json.encode(view))
            pipe.zadd(CALLS_KEY, {event.call_id: time.time() * 1000})
            if is_open(view):
                pipe.zadd(OPEN_KEY, {event.call_id: time.time() * 1000})
            else:
                pipe.zrem(OPEN_KEY, event.call_id)
            pipe.xadd(EVENTS_KEY, fields)
            written: bytes = pipe.execute()[-1]
        return written.decode()

    def count(self, **counters: int) -> None:
        fields: dict[Any, Any] = {**counters}
        self.redis.hset(COUNTERS_KEY, mapping=fields)


class Client:
    """A client of the websocket that tells frames apart."""

    def __init__(self, socket: ClientConnection, timeout_factor: float) -> None:
        self.socket = socket
        self._timeout_factor = timeout_factor

    async def frame(self, *kinds: str) -> dict[str, Any]:
        """The next frame of one of `kinds`; others are passed over."""
        async with asyncio.timeout(20 * self._timeout_factor):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame["kind"] in kinds:
                    return frame

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next `count` events, whatever frames they came in."""
        got: list[dict[str, Any]] = []
        while len(got) < count:
            frame = await self.frame("event", "events")
            got += [frame["event"]] if frame["kind"] == "event" else frame["events"]
        return got


@pytest.fixture
def stoppable_redis(free_port: int, tmp_path: Path) -> Iterator[StoppableRedis]:
    server = StoppableRedis(free_port, tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def writer(stoppable_redis: StoppableRedis) -> Iterator[Writer]:
    made = Writer(stoppable_redis.url)
    yield made
    made.redis.close()


@pytest.fixture
def golden() -> Callable[[str], list[BoardEvent]]:
    """The events of one golden sequence, by its name."""
    cases = json.loads(Path(__file__).with_name("golden_board.json").read_text())
    events = {case["name"]: case["events"] for case in cases}
    return lambda name: msgspec.convert(events[name], list[BoardEvent])


def demo_gate(**more: Any) -> SignIn:
    """A gate that the demo's button opens; `more` of SignIn."""
    ways = {"demo": Person(DEMO_NAME, "supervisor"), **more}
    return SignIn(Sessions(b"s" * 32, time.time), Attempts(time.monotonic), **ways)


async def signed_in(address: str) -> dict[str, str]:
    """Headers of a client that pressed the demo's button."""
    host, _, port = address.rpartition(":")
    return {"cookie": await sign_in(host, int(port))}


Serve = Callable[..., Any]
Join = Callable[..., Awaitable[Client]]


@pytest.fixture
def serve(stoppable_redis: StoppableRedis) -> Serve:
    """`async with serve(**options_of_create_app) as address`: the board's server, as `host:port`."""

    @asynccontextmanager
    async def running(**options: Any) -> AsyncIterator[str]:
        app = create_app(stoppable_redis.url, retry_s=0.05, **{"sign_in": demo_gate(), **options})
        config = uvicorn.Config(app, ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        with listen(HOST, 0) as listening:
            task = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            try:
                yield f"{HOST}:{listening.getsockname()[1]}"
            finally:
                server.should_exit = True
                await task

    return running


@pytest.fixture
async def join(timeout_factor: float) -> AsyncIterator[Join]:
    """`await join(address, resume=..., **options_of_connect)`: a client that has said where it resumes.

    It is signed in as the demo's supervisor, unless its headers say something else.
    """
    opened: list[ClientConnection] = []

    async def joined(address: str, resume: str | None = None, **options: Any) -> Client:
        options.setdefault("additional_headers", await signed_in(address))
        socket = await connect(f"ws://{address}/ws", max_size=None, **options)
        opened.append(socket)
        await socket.send(json.dumps({"resume": resume}))
        return Client(socket, timeout_factor)

    yield joined
    for socket in opened:
        await socket.close()
