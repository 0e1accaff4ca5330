"""Requests that are too large, or that do not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
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


@pytest.mark.parametrize("began", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
async def test_a_request_whose_head_does_not_come_whole_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, began: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_S", 0.05)
    app = Starlette(routes=[Route("/", size, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=http_protocol.PatientProtocol, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(began)
    assert await reader.read() == b""
    writer.close()
    server.should_exit = True
    await serving
