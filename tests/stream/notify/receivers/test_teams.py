"""Microsoft Teams: a workflow's webhook takes a message with an Adaptive Card."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.links import verify
from tonewatch.stream.notify.outcome import Delivered, Sending
from tonewatch.stream.notify.receivers.teams import TeamsReceiver, message
from tonewatch.stream.notify.routes import Secret, TeamsTarget

from ..conftest import NOON_MS, Server

Make = Callable[..., Sending]


async def test_a_card_is_posted_and_202_is_taken(
    server: Server, http: Http, sending: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW", f"{server.url}/workflows/1?sig=x")
    server.answers = [web.Response(status=202)]
    receiver = TeamsReceiver(TeamsTarget(webhook=Secret(env="FLOW"), private_addresses=True), http)
    assert await receiver.tell(sending()) == Delivered()
    said = json.loads(server.requests[0].body)
    (card,) = said["attachments"]
    assert said["type"] == "message"
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["type"] == "AdaptiveCard" and card["content"]["version"] == "1.4"


def test_its_links_lead_to_the_board_and_to_a_signed_acknowledgement(sending: Make) -> None:
    board, acknowledge = message(sending())["attachments"][0]["content"]["actions"]
    assert board["url"] == "https://board.example/?call=c-1&alert=c-1%2Fanger%2F24000"
    asked = urlsplit(acknowledge["url"])
    assert (asked.netloc, asked.path) == ("notify.example", "/acknowledge")
    token = verify(parse_qs(asked.query)["token"][0], "s" * 32, NOON_MS / 1000)
    assert (token.alert_id, token.call_id) == ("c-1/anger/24000", "c-1")


def test_what_is_over_has_no_acknowledgement_and_several_alerts_have_links_of_their_own(sending: Make) -> None:
    over = message(sending({"kind": "resolved"}))["attachments"][0]["content"]
    assert [action["title"] for action in over["actions"]] == ["Open on the board"]
    several = message(sending({}, {"call_id": "c-2"}))["attachments"][0]["content"]
    assert several["actions"] == [] and json.dumps(several).count("board.example") == 2


def test_a_name_makes_no_link(sending: Make) -> None:
    card = message(sending({"sentence": "[click](https://evil.example)"}))["attachments"][0]["content"]
    assert card["body"][1]["text"] == "\\[click\\](https://evil.example)"
