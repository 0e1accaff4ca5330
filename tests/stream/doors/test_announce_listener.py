from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.stream.doors.legs import TOKEN, Doors, doors
from tonewatch.stream.doors.announced_calls import CallSaid, LegSaid
from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.errors import BrokerError

CALL = CallSaid(call_id="c/1", legs=(LegSaid(role="customer", audiosocket=""), LegSaid(role="agent", rtp="ulaw")))


async def ask(opened: Doors, method: str, path: str, **more: Any) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{opened.announce.port}{path}", **more) as answer,
    ):
        return answer.status


async def test_an_announcement_is_answered_with_where_its_media_go() -> None:
    async with doors() as opened:
        customer, agent = await opened.announcer.announce(CALL)
    assert customer["role"] == "customer" and len(customer["audiosocket"]) == 36
    assert (agent["rtp"], agent["host"]) == ("ulaw", "127.0.0.1") and agent["port"] % 2 == 0


@pytest.mark.parametrize("token", ["", "wrong-token"])
async def test_without_the_token_nothing_is_announced(token: str) -> None:
    async with doors() as opened:
        with pytest.raises(BrokerError, match=r"refuses the call \(401\)"):
            await Announcer(opened.announcer.url, token).announce(CALL)
        assert await ask(opened, "DELETE", "/calls/c") == 401
    assert opened.count("door_refused_total", door="announce", reason="credentials") == 2


async def test_a_page_in_a_browser_announces_nothing() -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://elsewhere.example"}
    async with doors() as opened:
        assert await ask(opened, "POST", "/calls", data=b"{}", headers=headers) == 403


@pytest.mark.parametrize(
    ("body", "status"), [(b"{}", 400), (b"\xff" * 100, 400), (b'{"call_id":"c","legs":[]}', 400), (b" " * 20_000, 413)]
)
async def test_a_body_that_is_no_announcement_is_refused(body: bytes, status: int) -> None:
    async with doors() as opened:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert await ask(opened, "POST", "/calls", data=body, headers=headers) == status


async def test_a_call_can_be_announced_again_when_it_was_ended() -> None:
    async with doors() as opened:
        await opened.announcer.announce(CALL)
        with pytest.raises(BrokerError, match="known_call"):
            await opened.announcer.announce(CALL)
        await opened.announcer.end("c/1")
        await opened.announcer.announce(CALL)
        with pytest.raises(BrokerError, match="404"):
            await opened.announcer.end("another")


async def test_a_door_that_is_being_closed_takes_no_announcement() -> None:
    async with doors() as opened:
        await opened.announce.drain()
        with pytest.raises(BrokerError, match="503"):
            await opened.announcer.announce(CALL)


async def test_a_door_that_does_not_answer_is_told() -> None:
    with pytest.raises(BrokerError, match="nothing listens there"):
        await Announcer("http://127.0.0.1:1").announce(CALL)
