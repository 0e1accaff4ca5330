"""Acknowledgements come from Slack alone, or from a person who pressed a button of our page; from a look never."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.notify.acknowledge import Pages, SlackRefused, check_slack
from tonewatch.stream.notify.links import Links, Token, TokenRefused, sign, verify
from tonewatch.stream.notify.routes import Acknowledge, RoutesFile, Secret

from .conftest import NOON_MS

NOW_S = NOON_MS // 1000
SECRET, SIGNING = "s" * 32, "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass
class Written:
    actions: list[AlertAction] = field(default_factory=list)
    away: bool = False

    async def write(self, action: AlertAction) -> None:
        if self.away:
            raise BrokerError("away")
        self.actions.append(action)


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
async def pages(written: Written, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[aiohttp.ClientSession]:
    monkeypatch.setenv("LINK_SECRET", SECRET)
    monkeypatch.setenv("SLACK_SIGNING", SIGNING)
    said = Acknowledge(
        url="https://notify.example", secret=Secret(env="LINK_SECRET"), slack_signing_secret=Secret(env="SLACK_SIGNING")
    )
    file = RoutesFile(version=1, acknowledge=said)
    runner = web.AppRunner(Pages(written, lambda: file, lambda: NOW_S).app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        yield session
    await runner.cleanup()


def token(expires_at_s: int = NOW_S + 60, secret: str = SECRET) -> str:
    return sign(Token("c-1/anger/0", "c-1", expires_at_s, "d0"), secret)


async def test_a_look_at_a_link_asks_and_does_nothing_and_the_form_acknowledges(
    pages: aiohttp.ClientSession, written: Written
) -> None:
    for _ in range(3):
        async with pages.get("/acknowledge", params={"token": token()}) as answer:
            page = await answer.text()
            assert answer.status == 200 and "<form" in page
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
    async with pages.head("/acknowledge", params={"token": token()}) as answer:
        assert answer.status == 200
    assert written.actions == []
    (text,) = re.findall(r"name='token' value='([^']+)'", page)
    async with pages.post("/acknowledge", data={"token": text, "by": "  Ada   Lovelace "}) as answer:
        assert answer.status == 200
    (action,) = written.actions
    assert (action.action, action.alert_id, action.call_id) == ("acknowledge", "c-1/anger/0", "c-1")
    assert (action.by, action.acted_at_ms) == ("Ada Lovelace", NOON_MS)


async def test_a_link_pressed_twice_is_one_action(pages: aiohttp.ClientSession, written: Written) -> None:
    for by in ("Ada", "Grace"):
        async with pages.post("/acknowledge", data={"token": token(), "by": by}) as answer:
            assert answer.status == 200
    assert len({action.action_id for action in written.actions}) == 1


@pytest.mark.parametrize("bad", [token(NOW_S), token(secret="x" * 32), token() + "x", "", "a.b", "ä.ö", "x" * 9_000])
async def test_a_link_that_is_too_old_or_not_ours_is_refused(
    pages: aiohttp.ClientSession, written: Written, bad: str
) -> None:
    async with pages.post("/acknowledge", data={"token": bad, "by": "Ada"}) as answer:
        assert answer.status == 403
    assert written.actions == []


async def test_a_form_without_a_name_and_a_kafka_that_is_away_are_told(
    pages: aiohttp.ClientSession, written: Written
) -> None:
    async with pages.post("/acknowledge", data={"token": token(), "by": " "}) as answer:
        assert answer.status == 400
    written.away = True
    async with pages.post("/acknowledge", data={"token": token(), "by": "Ada"}) as answer:
        assert answer.status == 503


def test_a_changed_token_is_never_taken() -> None:
    good = token()
    assert verify(good, SECRET, NOW_S).delivery_id == "d0"
    for at in range(0, len(good), 7):
        changed = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        with pytest.raises(TokenRefused):
            verify(changed, SECRET, NOW_S)


def test_there_is_no_link_where_nothing_is_configured() -> None:
    from .receivers.conftest import NOTICE

    assert Links().to_acknowledge(NOTICE, "d0", NOON_MS) == "" == Links().to_board(NOTICE)


def slack_body(**changed: object) -> bytes:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "ada"},
        "actions": [
            {
                "action_id": "tonewatch_acknowledge",
                "value": json.dumps(["c-1/anger/0", "c-1"]),
                "action_ts": f"{NOW_S}.5",
            }
        ],
    }
    return urlencode({"payload": json.dumps(payload | changed)}).encode()


def slack_headers(body: bytes, at_s: int = NOW_S, secret: str = SIGNING) -> dict[str, str]:
    mac = hmac.new(secret.encode(), f"v0:{at_s}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": str(at_s),
        "X-Slack-Signature": f"v0={mac}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def test_a_signature_is_the_one_of_slack_s_own_example() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
        b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
        b"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    check_slack("8f742231b10e8888abcd99yyyzzz85a5", headers, body, 1531420618)
    with pytest.raises(SlackRefused):
        check_slack("8f742231b10e8888abcd99yyyzzz85a5", headers, body + b"x", 1531420618)


async def test_a_button_acknowledges_by_who_pressed_it(pages: aiohttp.ClientSession, written: Written) -> None:
    body = slack_body()
    async with pages.post("/slack/actions", data=body, headers=slack_headers(body)) as answer:
        assert (answer.status, await answer.text()) == (200, "")
    (action,) = written.actions
    assert (action.action, action.alert_id, action.call_id, action.by) == ("acknowledge", "c-1/anger/0", "c-1", "ada")


async def test_a_request_that_slack_sends_twice_is_one_action(pages: aiohttp.ClientSession, written: Written) -> None:
    body = slack_body()
    for _ in range(2):
        async with pages.post("/slack/actions", data=body, headers=slack_headers(body)) as answer:
            assert answer.status == 200
    assert len({action.action_id for action in written.actions}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        slack_headers(slack_body(), at_s=NOW_S - 301),
        slack_headers(slack_body(), at_s=NOW_S + 301),
        slack_headers(slack_body(), secret="another"),
        slack_headers(slack_body() + b"x"),
        {**slack_headers(slack_body()), "X-Slack-Request-Timestamp": "x"},
        {**slack_headers(slack_body()), "X-Slack-Signature": "v0="},
    ],
)
async def test_what_slack_did_not_sign_or_not_now_is_refused(
    pages: aiohttp.ClientSession, written: Written, headers: dict[str, str]
) -> None:
    async with pages.post("/slack/actions", data=slack_body(), headers=headers) as answer:
        assert answer.status == 401
    assert written.actions == []


@pytest.mark.parametrize("changed", [{"actions": [{"action_id": "open"}]}, {"type": "view_submission"}])
async def test_other_buttons_do_nothing(
    pages: aiohttp.ClientSession, written: Written, changed: dict[str, object]
) -> None:
    body = slack_body(**changed)
    async with pages.post("/slack/actions", data=body, headers=slack_headers(body)) as answer:
        assert answer.status == 200
    assert written.actions == []


@pytest.mark.parametrize("body", [b"", b"payload=%7B", slack_body(actions=[{"action_id": "tonewatch_acknowledge"}])])
async def test_a_signed_request_of_another_form_is_refused(
    pages: aiohttp.ClientSession, written: Written, body: bytes
) -> None:
    async with pages.post("/slack/actions", data=body, headers=slack_headers(body)) as answer:
        assert answer.status == 401
    assert written.actions == []


async def test_without_secrets_there_are_no_pages(written: Written) -> None:
    runner = web.AppRunner(Pages(written, lambda: RoutesFile(version=1)).app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        for path in ("/slack/actions", "/acknowledge"):
            async with session.post(path, data={"token": token(), "by": "Ada"}) as answer:
                assert answer.status == 404
    await runner.cleanup()
