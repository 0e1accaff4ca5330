"""User actions on alerts, through the board's websocket."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tonewatch.dashboard.actions import LONGEST_NAME, signed
from tonewatch.dashboard.frames import read_act
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import DEMO_NAME, SignIn
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import AlertAction

Serve = Callable[..., Any]
Join = Callable[..., Awaitable[Any]]

ACT = {"action_id": "1", "call_id": "c", "alert_id": "c/anger/1", "action": "acknowledge", "by": "Ada"}


class KeptActions:
    """Keeps the actions in memory, or fails each of them."""

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
    assert signed(action, user="grace", now_at_ms=9) == AlertAction(**{**ACT, "by": "grace"}, acted_at_ms=9)  # type: ignore[arg-type]


def test_a_longer_name_than_a_record_may_hold_is_cut() -> None:
    action = signed(AlertAction(**ACT), user="g" * 200, now_at_ms=9)  # type: ignore[arg-type]
    assert len(action.by) == LONGEST_NAME
    assert msgspec.convert(msgspec.to_builtins(action), AlertAction) == action


@pytest.mark.integration
async def test_an_act_is_written_and_answered(serve: Serve, join: Join) -> None:
    kept = KeptActions()
    async with serve(actions=kept, now_ms=lambda: 1234) as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send(json.dumps({"act": ACT}))
        frame = await client.frame("acted")
    assert frame == {"kind": "acted", "action_id": "1", "error": ""}
    assert [(a.alert_id, a.by, a.acted_at_ms) for a in kept.actions] == [("c/anger/1", DEMO_NAME, 1234)]


@pytest.mark.integration
async def test_an_action_that_fails_is_answered_with_the_error_and_the_socket_stays(serve: Serve, join: Join) -> None:
    async with serve(actions=KeptActions("Kafka did not take the action; try again.")) as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send("nonsense")
        assert "act" in (await client.frame("acted"))["error"]
        await client.socket.send(json.dumps({"act": ACT}))
        assert (await client.frame("acted"))["error"] == "Kafka did not take the action; try again."


@pytest.mark.integration
async def test_whoever_the_page_names_it_is_who_is_signed_in_that_acts(serve: Serve, join: Join) -> None:
    kept = KeptActions()
    async with serve(actions=kept) as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send(json.dumps({"act": {**ACT, "by": "somebody else"}}))
        assert (await client.frame("acted"))["error"] == ""
    assert [a.by for a in kept.actions] == [DEMO_NAME]


@pytest.mark.integration
async def test_who_only_looks_does_nothing_with_alerts(serve: Serve, join: Join) -> None:
    kept = KeptActions()
    gate = SignIn(Sessions(b"s" * 32, time.time), Attempts(time.monotonic), demo=Person("Quinn", "qa"))
    async with serve(actions=kept, sign_in=gate) as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send(json.dumps({"act": ACT}))
        assert "qa only looks" in (await client.frame("acted"))["error"]
    assert kept.actions == []


@pytest.mark.integration
async def test_a_board_without_kafka_only_shows(serve: Serve, join: Join) -> None:
    async with serve() as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send(json.dumps({"act": ACT}))
        assert "TONEWATCH_KAFKA" in (await client.frame("acted"))["error"]
