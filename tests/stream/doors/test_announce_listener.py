from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.stream.doors.legs import OTHER_TOKEN, TOKEN, Doors, doors
from tonewatch.stream.doors.announced_calls import CallSaid, LegSaid
from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.limits import Limits
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


async def test_a_tenant_that_announces_without_end_is_refused_and_leaves_others_their_ports() -> None:
    leg = LegSaid(role="customer", rtp="ulaw")
    async with doors(limits=Limits(calls=4), ports=10) as opened:
        refused = 0
        for number in range(8):
            try:
                await opened.announcer.announce(CallSaid(call_id=str(number), legs=(leg, leg)))
            except BrokerError as error:
                assert "(429)" in str(error) and "TONEWATCH_DOOR_CALLS" in str(error)
                refused += 1
        other = Announcer(opened.announcer.url, OTHER_TOKEN)
        await other.announce(CallSaid(call_id="c", legs=(leg, leg)))
        # Four legs of RTP are as many connections as it may have; those that were refused left none behind.
        assert refused == 6 and len(opened.announce.calls) == 3
        with pytest.raises(BrokerError, match="429"):
            await opened.announcer.announce(CallSaid(call_id="last", legs=(leg,)))
        await opened.announcer.end("0")
        async with asyncio.timeout(20):
            while True:
                try:
                    await opened.announcer.announce(CallSaid(call_id="last", legs=(leg, leg)))
                    break
                except BrokerError:
                    await asyncio.sleep(0.05)


async def test_announcements_that_come_at_once_are_counted_one_by_one() -> None:
    said = [CallSaid(call_id=str(n), legs=(LegSaid(role="customer", audiosocket=""),)) for n in range(20)]
    async with doors(limits=Limits(calls=4)) as opened:
        answers = await asyncio.gather(*(opened.announcer.announce(one) for one in said), return_exceptions=True)
        assert sum(isinstance(one, BrokerError) for one in answers) == 16 and len(opened.announce.calls) == 4


async def test_a_door_that_is_being_closed_takes_no_announcement() -> None:
    async with doors() as opened:
        await opened.announce.drain()
        with pytest.raises(BrokerError, match="503"):
            await opened.announcer.announce(CALL)


async def test_a_door_that_does_not_answer_is_told() -> None:
    with pytest.raises(BrokerError, match="nothing listens there"):
        await Announcer("http://127.0.0.1:1").announce(CALL)
