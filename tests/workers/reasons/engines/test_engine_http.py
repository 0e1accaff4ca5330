from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tonewatch.stream.errors import SettingsError
from tonewatch.workers.reasons.engines.engine import Completion, EngineLate, EngineMalformed, EngineUnavailable, Request
from tonewatch.workers.reasons.engines.engine_http import MOST_BYTES, Guided, HttpEngine

ASKED = Request("Facts:", grammar="root ::= x", schema={"type": "object"}, max_tokens=7)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server on a free port of loopback; yields the address that an engine is given."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def ask(url: str, *, key: str = "", deadline_s: float = 10.0) -> Completion:
    engine = HttpEngine(url, "some-model", key=key)
    try:
        return await engine.complete(ASKED, deadline_s=deadline_s)
    finally:
        await engine.aclose()


async def test_a_completion_comes_back_with_its_tokens() -> None:
    seen: dict[str, object] = {}

    async def answer(request: web.Request) -> web.Response:
        seen.update(await request.json(), key=request.headers["Authorization"])
        choice = {"index": 0, "message": {"role": "assistant", "content": "<think>"}, "finish_reason": "stop"}
        return web.json_response({"id": "1", "choices": [choice], "usage": {"completion_tokens": 3}})

    async with serving(answer) as url:
        completion = await ask(url + "/", key="secret")
    assert (completion.text, completion.tokens) == ("<think>", 3)
    assert (seen["model"], seen["max_tokens"], seen["temperature"]) == ("some-model", 7, 0)
    assert seen["key"] == "Bearer secret"
    assert "Facts:" in str(seen["messages"])


async def test_a_server_that_hangs_is_late() -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with serving(hang) as url:
        with pytest.raises(EngineLate, match=r"0\.2 s"):
            await ask(url, deadline_s=0.2)


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_a_refusal_names_its_status_and_is_not_tried_again(status: int) -> None:
    asked = []

    async def refuse(request: web.Request) -> web.Response:
        asked.append(1)
        return web.Response(status=status, text="no")

    async with serving(refuse) as url:
        with pytest.raises(EngineUnavailable, match=str(status)):
            await ask(url)
    assert len(asked) == 1


async def test_a_redirect_is_not_followed() -> None:
    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("http://127.0.0.1:9/elsewhere")

    async with serving(redirect) as url:
        with pytest.raises(EngineUnavailable, match="307"):
            await ask(url, key="secret")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": null}}]}', b"\xff\xfe", b"[1]"],
)
async def test_an_answer_that_is_no_completion_is_malformed(body: bytes) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async with serving(answer) as url:
        with pytest.raises(EngineMalformed, match="no chat completion"):
            await ask(url)


async def test_an_endless_answer_is_cut() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b" " * (2 * MOST_BYTES))

    async with serving(answer) as url:
        with pytest.raises(EngineMalformed, match="more than"):
            await ask(url)


async def test_a_dropped_connection_is_tried_once_more() -> None:
    asked = []

    async def drop_first(request: web.Request) -> web.Response:
        asked.append(1)
        if len(asked) == 1 and request.transport is not None:
            request.transport.abort()
        return web.json_response({"choices": [{"message": {"content": "again"}}]})

    async with serving(drop_first) as url:
        assert (await ask(url)).text == "again"
    assert len(asked) == 2


async def test_no_server_is_unavailable_and_says_what_to_check(free_port: int) -> None:
    with pytest.raises(EngineUnavailable, match="TONEWATCH_LLM_URL"):
        await ask(f"http://127.0.0.1:{free_port}/v1")


@pytest.mark.parametrize(("url", "model"), [("", "m"), ("ftp://x/v1", "m"), ("localhost:8000", "m"), ("http://x", "")])
def test_an_address_or_a_model_that_cannot_work_is_a_setting_to_mend(url: str, model: str) -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_LLM_"):
        HttpEngine(url, model)


@pytest.mark.parametrize(
    ("guided", "field"), [("schema", "response_format"), ("grammar", "structured_outputs"), ("none", "")]
)
async def test_a_server_is_told_how_to_hold_the_model_to_the_answer(guided: Guided, field: str) -> None:
    seen: dict[str, object] = {}

    async def answer(request: web.Request) -> web.Response:
        seen.update(await request.json())
        return web.json_response({"choices": [{"message": {"content": "x"}}]})

    async with serving(answer) as url:
        engine = HttpEngine(url, "some-model", guided=guided)
        await engine.complete(ASKED, deadline_s=10)
        await engine.aclose()
    assert {"response_format", "structured_outputs"} & set(seen) == ({field} if field else set())


async def test_json_of_the_schema_comes_back_as_think_and_answer() -> None:
    fields = {"voice": "Louder.", "words": "none", "fit": "none", "change": "The tone fell.", "label": "sad"}

    async def answer(request: web.Request) -> web.Response:
        content = json.dumps({**fields, "degraded": "yes", "confidence": 0.8})
        return web.json_response({"choices": [{"message": {"content": content}}]})

    async with serving(answer) as url:
        assert "<answer>sad; degraded yes; confidence 0.8</answer>" in (await ask(url)).text


async def test_requests_of_several_calls_are_on_their_way_at_once() -> None:
    arrived, both = [], asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        arrived.append(1)
        if len(arrived) == 2:
            both.set()
        await both.wait()
        return web.json_response({"choices": [{"message": {"content": "x"}}]})

    async with serving(answer) as url:
        engine = HttpEngine(url, "some-model")
        done = await asyncio.gather(*(engine.complete(ASKED, deadline_s=10) for _ in range(2)))
        await engine.aclose()
    assert [one.text for one in done] == ["x", "x"]
