"""Clients of the board's websocket, over a real Redis and a real server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tonewatch.dashboard.frames import BAD_HELLO, SIGNED_OUT, TOO_MANY, TOO_SLOW, UNSURE
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import SignIn
from tonewatch.dashboard.signin.sign_outs import BORNE_S
from tonewatch.stream.board.view import BoardEvent
from tonewatch.stream.demo.board_sign_in import sign_in
from tonewatch.stream.messages import CallState, Claim, Rationale

pytestmark = pytest.mark.integration

Serve = Callable[..., Any]
Join = Callable[..., Awaitable[Any]]
Golden = Callable[[str], list[BoardEvent]]


def begins(call_id: str) -> CallState:
    return CallState(call_id=call_id, state="live")


def plain(event: BoardEvent) -> Any:
    return msgspec.json.decode(msgspec.json.encode(event))


async def test_a_new_client_gets_the_views_and_counters_first(
    serve: Serve, join: Join, writer: Any, golden: Golden
) -> None:
    ids = writer.write(*golden("an alert fires and is confirmed"))
    writer.count(shed_llm=3)
    async with serve(now_ms=lambda: 1234) as address:
        frame = await (await join(address)).frame("snapshot", "event", "events", "heartbeat", "status")
    assert (frame["kind"], frame["id"], frame["at_ms"], frame["counters"]) == (
        "snapshot",
        ids[-1],
        1234,
        {"shed_llm": 3},
    )
    assert frame["calls"] == [plain(writer.views["billing"])]


async def test_what_happens_after_the_snapshot_follows_in_order(
    serve: Serve, join: Join, writer: Any, golden: Golden
) -> None:
    events = golden("an alert resolves by recovery")
    async with serve() as address:
        client = await join(address)
        await client.frame("snapshot")
        writer.write(*events)
        assert await client.events(len(events)) == [plain(event) for event in events]


async def test_a_client_that_comes_back_missed_nothing_and_gets_nothing_twice(
    serve: Serve, join: Join, writer: Any, golden: Golden
) -> None:
    before, after = golden("an alert resolves by recovery")[:8], golden("an alert resolves by recovery")[8:]
    async with serve() as address:
        first = await join(address)
        await first.frame("snapshot")
        ids = writer.write(*before)
        await first.events(len(before))
        first.socket.transport.abort()
        writer.write(*after[:-1])
        second = await join(address, resume=ids[-1])
        writer.write(after[-1])
        assert await second.events(len(after)) == [plain(event) for event in after]


async def test_a_client_that_missed_nothing_gets_no_events(serve: Serve, join: Join, writer: Any) -> None:
    (newest,) = writer.write(begins("a"))
    async with serve() as address:
        frame = await (await join(address, resume=newest)).frame("snapshot", "events")
    assert frame == {"kind": "events", "id": newest, "events": []}


async def test_an_id_that_the_stream_does_not_hold_gets_a_snapshot(serve: Serve, join: Join, writer: Any) -> None:
    writer.write(begins("a"))
    async with serve() as address:
        frame = await (await join(address, resume="12345-6")).frame("snapshot", "events")
    assert [call["call_id"] for call in frame["calls"]] == ["a"]


@pytest.mark.parametrize("first", ["{", '{"from": 1}', '{"resume": "yesterday"}', '{"resume": 5}', b"\x00"])
async def test_a_bad_first_message_closes_with_a_reason(serve: Serve, first: str | bytes) -> None:
    async with serve() as address:
        socket = await connect(f"ws://{address}/ws", additional_headers=await signed_in(address))
        await socket.send(first)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == BAD_HELLO
    assert closed.value.rcvd.reason


async def signed_in(address: str) -> dict[str, str]:
    host, _, port = address.rpartition(":")
    return {"cookie": await sign_in(host, int(port))}


async def test_nobody_reads_the_board_without_signing_in(serve: Serve) -> None:
    async with serve() as address:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/ws", additional_headers={"cookie": "tonewatch-80=x.y"})
    assert refused.value.response.status_code == 403


async def test_a_socket_ends_with_the_session_that_opened_it(serve: Serve, join: Join) -> None:
    now_s = [1_000.0]
    gate = SignIn(Sessions(b"s" * 32, lambda: now_s[0]), Attempts(time.monotonic), demo=Person("Ada", "supervisor"))
    async with serve(sign_in=gate) as address:
        client = await join(address)
        await client.frame("snapshot")
        now_s[0] += 3_601
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await client.socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SIGNED_OUT


async def test_more_clients_than_it_takes_are_refused(serve: Serve, join: Join) -> None:
    async with serve(clients=1) as address:
        first = await join(address)
        await first.frame("snapshot")
        with pytest.raises(InvalidStatus) as refused:
            await join(address)
        assert refused.value.response.status_code == 503
        await first.socket.close()
        while True:
            try:
                second = await join(address)
                break
            except InvalidStatus:
                await asyncio.sleep(0.05)
        await second.frame("snapshot")


async def test_one_person_has_only_so_many_boards_and_is_told_so(serve: Serve, join: Join) -> None:
    async with serve(clients_of_one=1) as address:
        first = await join(address)
        await first.frame("snapshot")
        with pytest.raises(ConnectionClosed) as closed:
            await (await join(address)).frame("snapshot")
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (TOO_MANY, "1 boards are open already.")
        await first.socket.close()
        while True:  # until the server has seen that it left
            with suppress(ConnectionClosed):
                await (await join(address)).frame("snapshot")
                break


async def test_a_socket_is_closed_once_it_cannot_be_told_whether_its_session_goes_on(
    serve: Serve, join: Join, stoppable_redis: Any
) -> None:
    now_s = [0.0]
    async with serve(clock=lambda: now_s[0]) as address:
        client = await join(address)
        await client.frame("snapshot")
        stoppable_redis.stop()
        assert (await client.frame("status"))["redis"] == "down"
        session = await signed_in(address)
        assert (await asked(address, session)).status_code == 200
        now_s[0] += BORNE_S + 1
        assert (await asked(address, session)).status_code == 503
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await client.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == UNSURE


async def asked(address: str, session: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(headers=session) as http:
        return await http.get(f"http://{address}/api/session")


async def test_another_site_may_not_read_the_board(serve: Serve) -> None:
    async with serve() as address:
        session = await signed_in(address)
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/ws", origin="http://elsewhere.example", additional_headers=session)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


def long_reason(call_id: str) -> Rationale:
    """A reason that takes 60 kB as JSON, which spends six bytes on a control character."""
    claim = Claim(text="\x01" * 1_000, kind="direction", verdict="true")
    return Rationale(
        call_id=call_id,
        moment_id=call_id,
        alert_id=call_id,
        kind="onset",
        at_ms=0,
        text="\x01" * 8_000,
        source="model",
        decision="confirm",
        label="angry",
        confidence=0.5,
        claims=(claim, claim),
    )


async def test_a_slow_client_is_dropped_and_has_everything_after_it_resumed(
    serve: Serve, join: Join, writer: Any
) -> None:
    async with serve(queue_limit=20) as address:
        client = await join(address, compression=None, max_queue=1)
        await client.frame("snapshot")
        ids = await asyncio.to_thread(writer.write, *(long_reason(str(n)) for n in range(400)))
        got: list[dict[str, Any]] = []
        position = ids[0]
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                frame = await client.frame("event", "events")
                got += [frame["event"]] if frame["kind"] == "event" else frame["events"]
                position = frame["id"]
        again = await join(address, resume=position)
        got += await again.events(400 - len(got))
    assert closed.value.rcvd is None or closed.value.rcvd.code == TOO_SLOW
    assert [event["call_id"] for event in got] == [str(n) for n in range(400)]


async def test_the_socket_outlives_redis_and_begins_anew_when_it_comes_back_empty(
    serve: Serve, join: Join, writer: Any, stoppable_redis: Any
) -> None:
    writer.write(begins("before"))
    async with serve() as address:
        client = await join(address)
        await client.frame("snapshot")
        stoppable_redis.stop()
        assert (await client.frame("status"))["redis"] == "down"
        stoppable_redis.start()
        assert (await client.frame("snapshot"))["calls"] == []
        writer.write(begins("after"))
        assert (await client.events(1))[0]["call_id"] == "after"


async def test_a_client_that_comes_while_redis_is_away_waits_for_it(
    serve: Serve, join: Join, writer: Any, stoppable_redis: Any
) -> None:
    async with serve() as address:
        stoppable_redis.stop()
        client = await join(address)
        assert (await client.frame("status", "snapshot"))["redis"] == "down"
        stoppable_redis.start()
        assert (await client.frame("snapshot"))["calls"] == []


async def test_a_line_does_not_fall_silent_while_redis_is_away(serve: Serve, join: Join, stoppable_redis: Any) -> None:
    async with serve(heartbeat_s=0.1) as address:
        early = await join(address)
        await early.frame("snapshot")
        stoppable_redis.stop()
        late = await join(address)
        for client in (early, late):
            for _ in range(3):
                assert (await client.frame("status"))["redis"] == "down"


async def test_a_stream_that_was_emptied_and_filled_again_is_noticed(serve: Serve, join: Join, writer: Any) -> None:
    writer.write(begins("old"))
    async with serve() as address:
        client = await join(address)
        await client.frame("snapshot")
        writer.redis.flushall()
        writer.write(begins("new"))
        frame = await client.frame("snapshot", "event", "events")
    assert [call["call_id"] for call in frame["calls"]] == ["new"]


async def test_counters_come_when_they_change_and_as_a_sign_of_life(serve: Serve, join: Join, writer: Any) -> None:
    async with serve(heartbeat_s=0.1) as address:
        client = await join(address)
        await client.frame("heartbeat")
        writer.count(shed_llm=7)
        while (await client.frame("heartbeat"))["counters"] != {"shed_llm": 7}:
            pass
        assert (await client.frame("heartbeat"))["counters"] == {"shed_llm": 7}


async def test_an_event_that_cannot_be_read_is_left_out(serve: Serve, join: Join, writer: Any) -> None:
    async with serve() as address:
        client = await join(address)
        await client.frame("snapshot")
        writer.redis.xadd("tonewatch:board:events", {"kind": "tone", "json": b"{not json"})
        writer.redis.xadd("tonewatch:board:events", {"kind": "tone"})
        writer.write(begins("good"))
        assert [event["call_id"] for event in await client.events(1)] == ["good"]
