"""The application as a whole: which paths there are, and what lives and ends with the server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tonewatch.dashboard.app import create_app
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import SignIn
from tonewatch.stream.messages import AlertAction


class ClosableActions:
    """Counts how often it was closed."""

    def __init__(self) -> None:
        self.times_closed = 0

    async def write(self, action: AlertAction) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        self.times_closed += 1


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>Tonewatch</title>")
    return tmp_path


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


@pytest.mark.integration
async def test_the_page_and_the_api_are_served_side_by_side(stoppable_redis: Any, page: Path) -> None:
    gate = SignIn(Sessions(b"s" * 32, time.time), Attempts(time.monotonic), demo=Person("Ada", "supervisor"))
    app = create_app(stoppable_redis.url, sign_in=gate, static=page)
    async with app.router.lifespan_context(app), client(app) as http:
        await http.post("/sign-in/demo", headers={"origin": "http://127.0.0.1"})
        answers = [await http.get(path) for path in ("/", "/api/calls", "/healthz", "/readyz")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
    assert "<title>Tonewatch</title>" in answers[0].text
    assert all("content-security-policy" in answer.headers for answer in answers)


@pytest.mark.integration
async def test_where_actions_go_is_closed_with_the_server(stoppable_redis: Any, page: Path) -> None:
    actions = ClosableActions()
    app = create_app(stoppable_redis.url, actions=actions, static=page)
    async with app.router.lifespan_context(app):
        assert actions.times_closed == 0
    assert actions.times_closed == 1


async def test_a_server_whose_redis_is_away_starts_and_is_alive(page: Path) -> None:
    app = create_app("redis://127.0.0.1:1/0", static=page)
    async with app.router.lifespan_context(app), client(app) as http:
        alive, ready = await http.get("/healthz"), await http.get("/readyz")
    assert (alive.status_code, ready.status_code) == (200, 503)
