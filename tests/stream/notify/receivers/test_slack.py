"""Slack: what a bot and an incoming webhook send, to a real server that answers as Slack does."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.outcome import Delivered, Outcome, Refused, Sending, TryAgain
from tonewatch.stream.notify.receivers.slack import SlackReceiver, message
from tonewatch.stream.notify.routes import Secret, SlackTarget

from ..conftest import Server

Make = Callable[..., Sending]


@pytest.fixture
def bot(server: Server, http: Http, monkeypatch: pytest.MonkeyPatch) -> SlackReceiver:
    monkeypatch.setenv("TOKEN", "xoxb-1")
    target = SlackTarget(token=Secret(env="TOKEN"), channel="C1", url=f"{server.url}/api/", private_addresses=True)
    return SlackReceiver(target, http)


def said(server: Server) -> list[tuple[str, dict[str, Any]]]:
    return [(request.path, json.loads(request.body)) for request in server.requests]


def answer(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")


async def test_a_bot_posts_to_its_channel_and_keeps_what_the_message_is_called(
    server: Server, bot: SlackReceiver, sending: Make
) -> None:
    assert await bot.tell(sending()) == Delivered("C1 1.5")
    ((path, body),) = said(server)
    assert (path, body["channel"]) == ("/api/chat.postMessage", "C1")
    assert server.requests[0].headers["authorization"] == "Bearer xoxb-1"


def test_a_message_has_a_link_to_the_board_and_a_button_that_says_which_alert(sending: Make) -> None:
    (actions,) = [block for block in message(sending())["blocks"] if block["type"] == "actions"]
    board, acknowledge = actions["elements"]
    assert board["url"] == "https://board.example/?call=c-1&alert=c-1%2Fanger%2F24000"
    assert json.loads(acknowledge["value"]) == ["c-1/anger/24000", "c-1"]


async def test_an_acknowledgement_changes_the_first_message_and_an_end_answers_in_its_thread_too(
    server: Server, bot: SlackReceiver, sending: Make
) -> None:
    await bot.tell(sending({"kind": "acknowledged", "acknowledged_by": "Ada"}, opened="C9 7.7"))
    await bot.tell(sending({"kind": "resolved", "state": "resolved"}, opened="C9 7.7"))
    calls = said(server)
    assert [path for path, _ in calls] == ["/api/chat.update", "/api/chat.update", "/api/chat.postMessage"]
    assert all(body["channel"] == "C9" for _, body in calls)
    assert calls[0][1]["ts"] == "7.7" and calls[2][1]["thread_ts"] == "7.7"
    assert "tonewatch_acknowledge" not in json.dumps(calls[0][1]), "it is taken already"


async def test_what_follows_a_message_of_several_alerts_is_said_in_its_thread(
    server: Server, bot: SlackReceiver, sending: Make
) -> None:
    await bot.tell(sending({"kind": "resolved"}, {"kind": "resolved", "call_id": "c-2"}, opened="C9 7.7"))
    assert [(path, body["thread_ts"]) for path, body in said(server)] == [("/api/chat.postMessage", "7.7")]


async def test_a_message_that_is_gone_is_written_anew(server: Server, bot: SlackReceiver, sending: Make) -> None:
    server.answers = [answer('{"ok":false,"error":"message_not_found"}')]
    assert await bot.tell(sending({"kind": "acknowledged"}, opened="C9 7.7")) == Delivered("C1 1.5")
    assert [path for path, _ in said(server)] == ["/api/chat.update", "/api/chat.postMessage"]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('{"ok":false,"error":"ratelimited"}', TryAgain("ratelimited")),
        ('{"ok":false,"error":"invalid_blocks"}', Refused("invalid_blocks")),
        ('{"ok":false,"error":"channel_not_found"}', Refused("channel_not_found", is_gone=True)),
        ("<html>a proxy</html>", TryAgain("not_slack")),
    ],
)
async def test_what_slack_says_with_status_200_is_understood(
    server: Server, bot: SlackReceiver, sending: Make, text: str, outcome: Outcome
) -> None:
    server.answers = [answer(text)]
    assert await bot.tell(sending()) == outcome


async def test_an_incoming_webhook_gets_the_same_blocks(
    server: Server, http: Http, sending: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", f"{server.url}/services/T/B/x")
    receiver = SlackReceiver(SlackTarget(webhook=Secret(env="HOOK"), private_addresses=True), http)
    assert await receiver.tell(sending()) == Delivered()
    ((path, body),) = said(server)
    assert path == "/services/T/B/x" and body["blocks"] == message(sending())["blocks"]


def test_each_of_several_says_its_call_severity_and_times_without_a_board_too(sending: Make) -> None:
    several = sending({}, {"call_id": "c-2", "severity": "watch"})
    without = dataclasses.replace(several, links=dataclasses.replace(several.links, board=""))
    texts = [block["text"]["text"] for block in message(without)["blocks"] if block["type"] == "section"]
    assert "Call: c-2 · Severity: watch · Since: 1:24 into the call · Raised at: 1:31 into the call" in texts[2]
    assert "Call: c-1 · Severity: act" in texts[0]
    assert "<!date^1790000000^{date_short_pretty} {time}|2026-09-21 14:13 UTC>" in texts[0]


def test_a_name_calls_nobody_and_makes_no_link(sending: Make) -> None:
    text = json.dumps(message(sending({"queue": "<!channel> & <https://evil.example|x>", "sentence": "<!here>"})))
    assert "<!here>" not in text
    blocks = message(sending({"queue": "<!channel>"}, {}))["blocks"]
    assert "<!channel>" not in json.dumps([block for block in blocks if block["type"] == "section"])


def test_the_largest_delivery_is_within_what_slack_takes(sending: Make) -> None:
    long = {"sentence": "x" * 3_000, "call_id": "c" * 256, "alert_id": "a" * 360, "queue": "q" * 250}
    for body in (message(sending(long)), message(sending(*([long] * 20)))):
        assert len(body["blocks"]) <= 50
        for block in body["blocks"]:
            texts = [block.get("text", {}), *block.get("fields", []), *block.get("elements", [])]
            for text in texts:
                found = text.get("text", "")
                assert len(found if isinstance(found, str) else found["text"]) <= 3_000
        assert len(body["blocks"][0]["text"]["text"]) <= 150
