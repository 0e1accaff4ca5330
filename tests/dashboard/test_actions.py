"""People act on alerts through the board's websocket."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tonewatch.dashboard.actions import named
from tonewatch.dashboard.frames import read_act
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import AlertAction

Serve = Callable[..., Any]
Join = Callable[..., Awaitable[Any]]

ACT = {"action_id": "1", "call_id": "c", "alert_id": "c/anger/1", "action": "acknowledge", "by": "Ada"}


class Kept:
    """Where actions go in these tests."""

    def __init__(self, failure: str = "") -> None:
        self.actions: list[AlertAction] = []
        self._failure = failure

    async def write(self, action: AlertAction) -> None:
        if self._failure:
            raise BrokerError(self._failure)
        self.actions.append(action)

    async def aclose(self) -> None:
        return


def test_an_act_is_an_action_with_its_fields_checked() -> None:
    assert read_act(json.dumps({"act": ACT})) == AlertAction(**ACT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"action": "delete"}, {"by": ""}, {"snooze_ms": 10**9}, {"note": "x" * 501}, {"alert_id": 5}]
)
def test_an_act_that_does_not_fit_says_which_field(change: dict[str, object]) -> None:
    (field,) = change
    with pytest.raises(ValueError, match=field):
        read_act(json.dumps({"act": {**ACT, **change}}))


def test_the_name_of_a_signed_in_person_and_the_servers_clock_win() -> None:
    action = AlertAction(**ACT, acted_at_ms=1)  # type: ignore[arg-type]
    assert named(action, signed_in="grace", now_at_ms=9).by == "grace"
    assert named(action, signed_in="", now_at_ms=9) == AlertAction(**ACT, acted_at_ms=9)  # type: ignore[arg-type]


@pytest.mark.integration
async def test_an_act_is_written_and_answered(serve: Serve, join: Join) -> None:
    kept = Kept()
    async with serve(actions=kept, now_ms=lambda: 1234) as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send(json.dumps({"act": ACT}))
        frame = await client.frame("acted")
    assert frame == {"kind": "acted", "action_id": "1", "error": ""}
    assert [(a.alert_id, a.by, a.acted_at_ms) for a in kept.actions] == [("c/anger/1", "Ada", 1234)]


@pytest.mark.integration
async def test_what_does_not_get_through_is_told_and_the_line_stays(serve: Serve, join: Join) -> None:
    async with serve(actions=Kept("Kafka did not take the action; try again.")) as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send("nonsense")
        assert "act" in (await client.frame("acted"))["error"]
        await client.socket.send(json.dumps({"act": ACT}))
        assert (await client.frame("acted"))["error"] == "Kafka did not take the action; try again."


@pytest.mark.integration
async def test_behind_a_proxy_only_people_who_are_signed_in_act(serve: Serve, join: Join) -> None:
    kept = Kept()
    async with serve(actions=kept, user_header="x-user") as address:
        stranger = await join(address)
        await stranger.frame("snapshot")
        await stranger.socket.send(json.dumps({"act": ACT}))
        assert "x-user" in (await stranger.frame("acted"))["error"]
        grace = await join(address, additional_headers={"x-user": "grace"})
        await grace.frame("snapshot")
        await grace.socket.send(json.dumps({"act": ACT}))
        assert (await grace.frame("acted"))["error"] == ""
    assert [a.by for a in kept.actions] == ["grace"]


@pytest.mark.integration
async def test_a_board_without_kafka_only_shows(serve: Serve, join: Join) -> None:
    async with serve() as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send(json.dumps({"act": ACT}))
        assert "TONEWATCH_KAFKA" in (await client.frame("acted"))["error"]
