"""JSON for integrators, and whether the server tells the truth about itself."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from tonewatch.dashboard.app import create_app
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import SignIn
from tonewatch.stream.board.view import BoardEvent
from tonewatch.stream.messages import CallAttributes, CallState

pytestmark = pytest.mark.integration


@pytest.fixture
async def http(stoppable_redis: Any) -> AsyncIterator[httpx.AsyncClient]:
    gate = SignIn(Sessions(b"s" * 32, time.time), Attempts(time.monotonic), demo=Person("Ada", "supervisor"))
    app = create_app(stoppable_redis.url, sign_in=gate)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client,
    ):
        await client.post("/sign-in/demo", headers={"origin": "http://127.0.0.1"})
        yield client


async def test_every_call_is_listed_without_its_line(
    http: httpx.AsyncClient, writer: Any, golden: Callable[[str], list[BoardEvent]]
) -> None:
    writer.write(*golden("an alert fires and is confirmed"), CallState(call_id="second", state="live"))
    calls = (await http.get("/api/calls")).json()["calls"]
    assert {call["call_id"] for call in calls} == {"billing", "second"}
    assert all("points" not in call for call in calls)


async def test_one_call_comes_whole_whatever_its_id(http: httpx.AsyncClient, writer: Any) -> None:
    writer.write(CallState(call_id="site/7 a", state="live", call=CallAttributes(title="Seven")))
    call = (await http.get("/api/calls/site/7%20a")).json()
    assert (call["call"]["title"], call["points"]) == ("Seven", [])


async def test_an_unknown_call_is_not_found(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/calls/nobody")
    assert answer.status_code == 404
    assert answer.json() == {"error": "The board knows no such call."}


async def test_ready_means_that_redis_answers_now(http: httpx.AsyncClient, stoppable_redis: Any) -> None:
    assert (await http.get("/readyz")).json() == {"ready": True, "redis": "up"}
    stoppable_redis.stop()
    answer = await http.get("/readyz")
    # Anybody may ask, so nothing says where Redis is.
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "redis": "down"})
    assert (await http.get("/healthz")).status_code == 200
    stoppable_redis.start()
    assert (await http.get("/readyz")).status_code == 200


async def test_a_full_redis_is_not_ready_until_there_is_room(http: httpx.AsyncClient, writer: Any) -> None:
    writer.redis.config_set("maxmemory", 1)
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "redis": "full"})
    writer.redis.config_set("maxmemory-policy", "allkeys-lru")
    assert (await http.get("/readyz")).status_code == 200
    writer.redis.config_set("maxmemory-policy", "noeviction")
    writer.redis.config_set("maxmemory", 0)
    assert (await http.get("/readyz")).status_code == 200


@pytest.mark.parametrize("path", ["/api/calls", "/api/calls/a"])
async def test_without_redis_the_api_says_so(http: httpx.AsyncClient, stoppable_redis: Any, path: str) -> None:
    stoppable_redis.stop()
    answer = await http.get(path)
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["error"]
    assert str(stoppable_redis.port) not in answer.text
