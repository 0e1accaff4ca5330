"""Requests that are too large, or that do not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tonewatch.dashboard import http_protocol
from tonewatch.dashboard.limits import Limits


async def size(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def client(**limits: Any) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/", size, methods=["POST"])], middleware=[Middleware(Limits, **limits)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


async def pieces(count: int, wait: Callable[[], Awaitable[None]]) -> AsyncIterator[bytes]:
    for _ in range(count):
        await wait()
        yield b"x" * 10


async def at_once() -> None:
    return


async def test_a_body_within_the_bound_is_read_and_a_larger_one_is_refused_however_it_comes() -> None:
    async with client(most_bytes=100) as http:
        assert (await http.post("/", content=b"x" * 100)).text == "100"
        assert (await http.post("/", content=b"x" * 101)).status_code == 413
        assert (await http.post("/", content=pieces(10, at_once))).text == "100"
        assert (await http.post("/", content=pieces(11, at_once))).status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    async with client(body_s=0.05) as http:
        assert (await http.post("/", content=pieces(2, never))).status_code == 408


@asynccontextmanager
async def served(*routes: Route) -> AsyncIterator[tuple[int, set[Any]]]:
    """A server that speaks as the board's does: its port and its connections."""
    app = Starlette(routes=routes)
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=http_protocol.PatientProtocol, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1], server.server_state.connections
    server.should_exit = True
    await serving


@pytest.mark.parametrize("began", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
async def test_a_request_whose_head_does_not_come_whole_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, began: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_S", 0.05)
    async with served(Route("/", size, methods=["POST"])) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(began)
        assert await reader.read() == b""
        writer.close()


async def test_a_body_that_still_comes_after_the_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, timeout_factor: float
) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_S", 0.05)
    async with served(Route("/", lambda request: PlainTextResponse("no", 401), methods=["POST"])) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\nno")).startswith(b"HTTP/1.1 401")
        writer.write(b"x")
        async with asyncio.timeout(5 * timeout_factor):
            assert await reader.read() == b""
        writer.close()


async def test_an_answer_that_is_not_fetched_is_given_up(
    monkeypatch: pytest.MonkeyPatch, timeout_factor: float
) -> None:
    monkeypatch.setattr(http_protocol, "SEND_S", 0.05)
    async with served(Route("/", lambda request: PlainTextResponse("x" * 20_000_000))) as (port, connections):
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        async with asyncio.timeout(5 * timeout_factor):
            while not connections:
                await asyncio.sleep(0.01)
            while connections:
                await asyncio.sleep(0.01)
        writer.close()


class Line:
    """A transport with so many bytes that wait to be fetched, at one look after the other."""

    def __init__(self, *left: int) -> None:
        self.left = list(left)
        self.is_aborted = False

    def get_write_buffer_size(self) -> int:
        return self.left.pop(0)

    def abort(self) -> None:
        self.is_aborted = True


@pytest.mark.parametrize(("left", "is_aborted"), [((60_000, 60_000), False), ((99_000,), True), ((0, 0), False)])
async def test_an_answer_that_goes_on_being_fetched_is_given_its_time(left: tuple[int, ...], is_aborted: bool) -> None:
    connection = http_protocol.PatientProtocol.__new__(http_protocol.PatientProtocol)
    connection.loop, connection.transport = asyncio.get_running_loop(), (line := Line(*left))  # type: ignore[assignment]
    connection._look_at_sending(100_000)
    assert (line.is_aborted, connection._sending is not None) == (is_aborted, left[-1] == 60_000)
    if connection._sending is not None:
        connection._sending.cancel()
