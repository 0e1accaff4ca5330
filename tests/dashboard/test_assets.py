"""The page's headers, and what is said when the page was not built."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tonewatch.dashboard.app import create_app
from tonewatch.dashboard.assets import FOREVER, HOW_TO_BUILD
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import SignIn


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Tonewatch</title>")
    (tmp_path / "assets" / "index-abc123.js").write_text("export {}")
    return tmp_path


@asynccontextmanager
async def page(static: Path) -> AsyncIterator[httpx.AsyncClient]:
    gate = SignIn(Sessions(b"s" * 32, time.time), Attempts(time.monotonic), demo=Person("Ada", "supervisor"))
    app = create_app("redis://127.0.0.1:1/0", sign_in=gate, static=static)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        await http.post("/sign-in/demo", headers={"origin": "http://127.0.0.1"})
        yield http


async def test_the_page_may_load_only_its_own_things_and_is_asked_for_anew(built: Path) -> None:
    async with page(built) as http:
        answer = await http.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_hashed_assets_are_kept_forever_but_missing_ones_are_not(built: Path) -> None:
    async with page(built) as http:
        found, missing = await http.get("/assets/index-abc123.js"), await http.get("/assets/gone.js")
    assert found.headers["cache-control"] == FOREVER
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-cache")


async def test_no_file_outside_the_page_is_served(built: Path) -> None:
    (built.parent / "secret.txt").write_text("secret")
    async with page(built) as http:
        answer = await http.get("/..%2fsecret.txt")
    assert answer.status_code == 404


async def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    async with page(tmp_path / "absent") as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.text) == (503, HOW_TO_BUILD + "\n")
