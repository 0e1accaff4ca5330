"""Who is confined to some queues or teams is sent no byte of other calls: on the websocket, in the API, by actions."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.person import Person, Scope
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import SignIn
from tonewatch.stream.board.view import BoardEvent
from tonewatch.stream.demo.board_sign_in import sign_in
from tonewatch.stream.messages import AlertAction, CallAttributes, CallState

pytestmark = pytest.mark.integration

Serve = Callable[..., Any]
Join = Callable[..., Awaitable[Any]]
Golden = Callable[[str], list[BoardEvent]]


def gate(queues: str = "billing", teams: str = "") -> SignIn:
    scope = Scope(frozenset(queues.split()), frozenset(teams.split()))
    ada = Person("Ada", "supervisor", scope)
    return SignIn(Sessions(b"s" * 32, time.time), Attempts(time.monotonic), demo=ada)


def call(call_id: str, queue: str, team: str = "", state: Any = "live") -> CallState:
    return CallState(call_id=call_id, state=state, call=CallAttributes(queue=queue, team=team, title=f"of {call_id}"))


class Wire:
    """All text that came over a client's socket."""

    def __init__(self, client: Any) -> None:
        self.client, self.text = client, ""

    async def until(self, words: str) -> str:
        """Until `words` came."""
        while words not in self.text:
            self.text += await self.client.socket.recv()
        return self.text


async def test_a_supervisor_of_billing_gets_no_byte_of_a_call_of_sales(
    serve: Serve, join: Join, writer: Any, golden: Golden
) -> None:
    writer.write(call("b-1", "billing"), call("s-1", "sales"), call("n-1", ""))
    writer.count(not_analysed=7)
    async with serve(sign_in=gate(), heartbeat_s=0.1) as address:
        wire = Wire(await join(address))
        await wire.until("b-1")
        writer.write(call("s-2", "sales"), call("n-2", ""), *golden("an alert resolves by recovery"))
        writer.count(not_analysed=8)
        writer.write(call("b-2", "billing"))
        text = await wire.until("b-2") + await Wire(wire.client).until("heartbeat")
    for secret in ("s-1", "s-2", "n-1", "n-2", "sales", "not_analysed", "delivery"):
        assert secret not in text
    assert '"left_out":-1' in text


async def test_what_was_missed_comes_back_without_the_calls_of_others(serve: Serve, join: Join, writer: Any) -> None:
    (before,) = writer.write(call("b-1", "billing"))
    writer.write(call("s-1", "sales"), call("b-2", "billing"))
    async with serve(sign_in=gate()) as address:
        text = await Wire(await join(address, resume=before)).until("b-2")
    assert "s-1" not in text and "sales" not in text


async def test_only_calls_of_its_own_are_resumed_event_by_event(serve: Serve, join: Join, writer: Any) -> None:
    (before,) = writer.write(call("b-1", "billing"))
    writer.write(call("b-2", "billing"))
    async with serve(sign_in=gate()) as address:
        frame = await (await join(address, resume=before)).frame("event", "events", "snapshot")
    assert (frame["kind"], frame["event"]["call_id"]) == ("event", "b-2")


async def test_a_call_that_is_given_to_another_queue_leaves_and_one_that_comes_is_whole(
    serve: Serve, join: Join, writer: Any, golden: Golden
) -> None:
    writer.write(call("moves", "billing"), call("comes", "sales"))
    async with serve(sign_in=gate()) as address:
        client = await join(address)
        assert [one["call_id"] for one in (await client.frame("snapshot"))["calls"]] == ["moves"]
        writer.write(call("moves", "sales"))
        assert (await client.frame("snapshot"))["calls"] == []
        writer.write(call("comes", "billing"))
        (came,) = (await client.frame("snapshot"))["calls"]
    assert (came["call_id"], came["call"]["title"]) == ("comes", "of comes")


async def test_teams_are_a_scope_as_queues_are(serve: Serve, join: Join, writer: Any) -> None:
    writer.write(call("1", "billing", "north"), call("2", "billing", "south"), call("3", "sales", "north"))
    async with serve(sign_in=gate("billing", "north")) as address:
        frame = await (await join(address)).frame("snapshot")
    assert [one["call_id"] for one in frame["calls"]] == ["1"]


async def test_people_of_one_scope_share_a_snapshot_and_others_do_not_get_it(
    serve: Serve, join: Join, writer: Any
) -> None:
    writer.write(call("b-1", "billing"), call("s-1", "sales"))
    everything = gate("")
    async with serve(sign_in=everything) as address:
        first = await (await join(address)).frame("snapshot")
        everything.demo = gate().demo
        second = await (await join(address)).frame("snapshot")
        everything.demo = gate("").demo
        third = await (await join(address)).frame("snapshot")
    assert [len(frame["calls"]) for frame in (first, second, third)] == [2, 1, 2]


class KeptActions:
    """Keeps the actions in memory."""

    def __init__(self) -> None:
        self.actions: list[AlertAction] = []

    async def write(self, action: AlertAction) -> None:
        self.actions.append(action)

    async def aclose(self) -> None:
        return


async def test_nothing_is_done_with_an_alert_that_is_not_seen_and_nobody_is_told_that_there_is_one(
    serve: Serve, join: Join, writer: Any
) -> None:
    writer.write(call("b-1", "billing"), call("s-1", "sales"))
    kept = KeptActions()
    said = {}
    async with serve(sign_in=gate(), actions=kept) as address:
        client = await join(address)
        await client.frame("snapshot")
        for call_id in ("s-1", "nowhere", "b-1"):
            act = {"action_id": call_id, "call_id": call_id, "alert_id": f"{call_id}/anger/1", "action": "acknowledge"}
            await client.socket.send(json.dumps({"act": {**act, "by": "x"}}))
            said[call_id] = (await client.frame("acted"))["error"]
    assert said["s-1"] == said["nowhere"] != ""
    assert [one.call_id for one in kept.actions] == ["b-1"]


async def test_the_api_lists_and_gives_only_what_is_seen(serve: Serve, writer: Any) -> None:
    writer.write(call("b-1", "billing"), call("s-1", "sales"))
    async with serve(sign_in=gate()) as address:
        host, _, port = address.rpartition(":")
        session = {"cookie": await sign_in(host, int(port))}
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=session) as http:
            calls = (await http.get("/api/calls")).json()["calls"]
            hidden, unknown = await http.get("/api/calls/s-1"), await http.get("/api/calls/nowhere")
            own = await http.get("/api/calls/b-1")
    assert [one["call_id"] for one in calls] == ["b-1"]
    assert (hidden.status_code, hidden.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    assert own.json()["call_id"] == "b-1"
