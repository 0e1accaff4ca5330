from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tonewatch.stream.bench import doors
from tonewatch.stream.bench.doors import knock_http, knock_websocket, open_audio
from tonewatch.stream.bench.fuzz import Fuzzer
from tonewatch.stream.demo.truth import default_folder

Answering = Callable[[bytes | None], Awaitable[int]]


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    """`await answering(answer)`: the port of a server that says this to whoever knocks; null: it says nothing."""
    servers: list[asyncio.Server] = []

    async def serve(answer: bytes | None) -> int:
        async def on_knock(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            if answer is not None:
                writer.write(answer)
                writer.close()
            else:
                await reader.read()
                writer.close()

        server = await asyncio.start_server(on_knock, "127.0.0.1", 0)
        servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [(b"HTTP/1.1 404 Not Found\r\n\r\n", ""), (b"HTTP/1.1 500 Oh\r\n\r\n", "was answered with 500"), (b"\r\n", "")],
)
async def test_a_server_may_refuse_and_may_not_fail(answering: Answering, answer: bytes, wrong: str) -> None:
    said = await knock_http(await answering(answer), Fuzzer(1))
    assert wrong in said if wrong else not said


async def test_a_door_that_does_not_answer_is_named(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "ANSWER_S", 0.05)
    assert await knock_http(await answering(None), Fuzzer(1)) == "http: no answer"
    assert await knock_websocket(await answering(None), Fuzzer(1)) == "websocket: no answer"


async def test_a_web_server_that_is_gone_is_wrong_and_a_websocket_may_close(free_port: int) -> None:
    assert await knock_http(free_port, Fuzzer(1)) == "http: ConnectionRefusedError"
    assert await knock_websocket(free_port, Fuzzer(1)) == ""


def test_a_broken_file_is_read_or_refused_in_words() -> None:
    whole = (default_folder() / "calm_enquiry.flac").read_bytes()[:100_000]
    fuzzer = Fuzzer(3)
    assert [said for _ in range(10) if (said := open_audio(whole, ".flac", fuzzer))] == []
