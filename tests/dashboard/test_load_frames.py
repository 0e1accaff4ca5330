"""The load of alerts as clients are told it, over a real Redis and a real server."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest

from tonewatch.dashboard.budgets import Budgets, BudgetsFile, Said
from tonewatch.stream.board.view import BoardEvent
from tonewatch.stream.messages import Alert, CallState

from .conftest import signed_in

pytestmark = pytest.mark.integration

ONE_AN_HOUR = Budgets(BudgetsFile(version=1, all=Said(alerts_an_hour=1)))


def events(golden: Callable[[str], list[BoardEvent]], call_id: str) -> list[BoardEvent]:
    """A call that began a minute ago, with an alert that asks to be watched."""
    found: list[BoardEvent] = []
    for event in golden("an alert fires and is confirmed"):
        one: Any = msgspec.structs.replace(event, call_id=call_id)
        if isinstance(one, CallState):
            call = msgspec.structs.replace(one.call, started_at_ms=time.time_ns() // 1_000_000 - 60_000)
            one = msgspec.structs.replace(one, call=call)
        if isinstance(one, Alert):
            one = msgspec.structs.replace(one, alert_id=f"{call_id}/tone", severity="watch")
        found.append(one)
    return found


async def test_every_client_is_told_the_same_before_the_calls_themselves_and_as_it_changes(
    serve: Any, join: Callable[..., Awaitable[Any]], writer: Any, golden: Callable[[str], list[BoardEvent]]
) -> None:
    writer.write(*events(golden, "first"), *events(golden, "second"))
    async with serve(budgets=lambda: ONE_AN_HOUR) as address:
        clients = [await join(address), await join(address)]
        for client in clients:
            told = await client.frame("load", "snapshot", "event", "events")
            assert (told["kind"], told["held"]) == ("load", ["second/tone"])
            await client.frame("snapshot")
        writer.write(*events(golden, "third"))
        for client in clients:
            while len((told := await client.frame("load", "snapshot", "event", "events")).get("held", "")) < 2:
                assert told.get("event", {}).get("type") != "alert", "it was shown before it was known to be held back"
            assert told["held"] == ["second/tone", "third/tone"]
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=await signed_in(address)) as http:
            answer = (await http.get("/api/load")).json()
    assert answer["held"] == ["second/tone", "third/tone"]
    assert [(row["alerts"], row["shown"], row["held"], row["budget"]) for row in answer["queues"]] == [(3, 1, 2, 1)]


async def test_without_a_budget_nothing_is_held_back(
    serve: Any, join: Callable[..., Awaitable[Any]], writer: Any, golden: Callable[[str], list[BoardEvent]]
) -> None:
    writer.write(*events(golden, "first"), *events(golden, "second"))
    async with serve() as address:
        told = await (await join(address)).frame("load")
    assert (told["held"], told["queues"][0]["shown"], told["queues"][0]["per_supervisor"]) == ([], 2, 2.0)
