"""One address cannot take all connections of the board's server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from tonewatch.dashboard import http_protocol
from tonewatch.dashboard.connections import TOLD_EVERY_S, Connections

ONE, OTHER = "127.0.0.1", "127.0.0.2"
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    while (await socket.receive())["type"] != "websocket.disconnect":
        await socket.send_text("here")


@asynccontextmanager
async def served(places: Connections, most: int = 8) -> AsyncIterator[int]:
    """A server that takes `most` connections in all, as the board's does: its port."""
    app = Starlette(routes=[Route("/", lambda request: PlainTextResponse("yes")), WebSocketRoute("/ws", echo)])
    config = uvicorn.Config(
        app,
        port=0,
        http=http_protocol.bounded(places),
        ws="websockets-sansio",
        limit_concurrency=most,
        log_config=None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def idle(port: int, address: str, count: int, stack: AsyncExitStack) -> list[asyncio.StreamReader]:
    """So many connections that say nothing, until the stack ends."""
    readers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection(ONE, port, local_addr=(address, 0))
        stack.callback(writer.close)
        readers.append(reader)
    return readers


async def asked(port: int, address: str) -> str:
    """The answer's status; '' where it was hung up on."""
    reader, writer = await asyncio.open_connection(ONE, port, local_addr=(address, 0))
    try:
        writer.write(REQUEST)
        async with asyncio.timeout(10):
            return (await reader.read()).partition(b"\r\n")[0].decode()[9:12]
    except ConnectionError:
        return ""
    finally:
        writer.close()


async def until(port: int, address: str, answer: str, timeout_factor: float) -> None:
    async with asyncio.timeout(10 * timeout_factor):
        while await asked(port, address) != answer:
            await asyncio.sleep(0.02)


async def test_idle_connections_of_one_address_leave_the_board_to_the_others(timeout_factor: float) -> None:
    async with served(Connections(4, 4)) as port, AsyncExitStack() as stack:
        readers = await idle(port, ONE, 40, stack)
        for reader in readers[4:]:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), 10 * timeout_factor)
        assert await asked(port, OTHER) == "200"
        assert await asked(port, ONE) == ""
        await stack.aclose()
        await until(port, ONE, "200", timeout_factor)


async def test_without_a_bound_they_take_it_from_all() -> None:
    """What the bound is for: the server counts connections that never sent a byte."""
    async with served(Connections(40, 40)) as port, AsyncExitStack() as stack:
        await idle(port, ONE, 20, stack)
        assert await asked(port, OTHER) == "503"


async def test_a_trusted_proxy_has_a_bound_of_its_own() -> None:
    async with served(Connections(2, 5, lambda address: address == OTHER), 30) as port, AsyncExitStack() as stack:
        await idle(port, ONE, 10, stack)
        await idle(port, OTHER, 4, stack)
        assert (await asked(port, ONE), await asked(port, OTHER)) == ("", "200")
        await idle(port, OTHER, 1, stack)
        assert await asked(port, OTHER) == ""


async def test_a_websocket_leaves_its_place(timeout_factor: float) -> None:
    places = Connections(2, 2)
    async with served(places, 30) as port, AsyncExitStack() as stack:
        for _ in range(6):
            socket = await stack.enter_async_context(connect(f"ws://{ONE}:{port}/ws"))
            await socket.send("?")
            assert await socket.recv() == "here"
        await until(port, ONE, "200", timeout_factor)
    assert places.waiting == 0 and not places._open


async def test_while_many_wait_a_new_one_has_less_time(monkeypatch: pytest.MonkeyPatch, timeout_factor: float) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_S", 600.0)
    monkeypatch.setattr(http_protocol, "HURRIED_S", 0.05)
    places = Connections(50, 50, many_wait=3)
    async with served(places, 60) as port, AsyncExitStack() as stack:
        patient = await idle(port, ONE, 4, stack)
        hurried = await idle(port, OTHER, 2, stack)
        for reader in hurried:
            assert await asyncio.wait_for(reader.read(), 10 * timeout_factor) == b""
        assert not any(reader.at_eof() for reader in patient)
        assert places.waiting == 4


def test_a_network_of_ipv6_is_one_address_and_it_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    places = Connections(2, 3, clock=lambda: now[0])
    taken = [places.enter(f"2001:db8::{number}") for number in range(4)]
    assert [whose is not None for whose in taken] == [True, True, False, False]
    assert places.enter("2001:db8:0:1::1") and places.enter("::ffff:192.0.2.1") == places.enter("192.0.2.1")
    assert len(caplog.records) == 1 and "2001" not in caplog.text
    now[0] = TOLD_EVERY_S
    assert places.enter("2001:db8::9") is None and len(caplog.records) == 2
    assert caplog.records[0].levelno == logging.WARNING
    places.leave(str(taken[0]))
    assert places.enter("2001:db8::9") is not None
