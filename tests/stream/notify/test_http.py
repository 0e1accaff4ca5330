"""Requests to receivers are bounded, and go nowhere that nobody named."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from tonewatch.stream.notify.http import LONGEST_ANSWER, Answer, Http, outcome
from tonewatch.stream.notify.outcome import Delivered, Refused, TryAgain

from .conftest import Server


async def test_an_address_of_this_machine_is_refused_by_number_and_by_name(server: Server, http: Http) -> None:
    port = server.url.rpartition(":")[2]
    for url in (server.url, f"http://localhost:{port}", f"https://127.0.0.1:{port}", f"https://localhost:{port}"):
        assert await http.post(url, b"", {}, private=False, timeout_s=5) == Refused("address_refused"), url
    assert server.requests == []


async def test_an_answer_is_read_up_to_its_bound(server: Server, http: Http) -> None:
    server.answers = [web.Response(text="x" * 1_000_000)]
    found = await http.post(server.url, b"{}", {}, private=True, timeout_s=5)
    assert isinstance(found, Answer) and (found.status, len(found.text)) == (200, LONGEST_ANSWER)
    again = await http.post(server.url, b"{}", {}, private=True, timeout_s=5)
    assert isinstance(again, Answer) and again.status == 200


async def test_a_receiver_that_does_not_answer_in_time_is_left(http: Http) -> None:
    over = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        found = await http.post(f"http://127.0.0.1:{port}/", b"", {}, private=True, timeout_s=0.05)
        assert found == TryAgain("timeout")
    finally:
        over.set()
        server.close()


async def test_nobody_there_is_tried_again(http: Http, free_port: int) -> None:
    found = await http.post(f"http://127.0.0.1:{free_port}/", b"", {}, private=True, timeout_s=5)
    assert found == TryAgain("no_answer")


async def test_retry_after_is_a_number_of_seconds_or_a_date(server: Server, http: Http) -> None:
    headers = ["30", "Wed, 21 Oct 2065 07:28:00 GMT", "soon", "-5", "99999999999"]
    server.answers = [web.Response(status=503, headers={"Retry-After": one}) for one in headers]
    waits = []
    for _ in headers:
        found = await http.post(server.url, b"", {}, private=True, timeout_s=5)
        assert isinstance(found, Answer)
        waits.append(found.wait_ms)
    assert waits == [30_000, 21_600_000, 0, 0, 21_600_000]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, Delivered()), (299, Delivered()), (301, Refused("http_301")), (404, Refused("http_404"))],
)
def test_a_status_says_what_became_of_it(status: int, expected: object) -> None:
    assert outcome(Answer(status, "")) == expected
