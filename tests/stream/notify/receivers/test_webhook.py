"""Standard Webhooks, against a real server that checks what it gets as the specification says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from aiohttp import web

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.outcome import Delivered, Refused, Sending, TryAgain
from tonewatch.stream.notify.receivers.webhook import WebhookReceiver, key, sign
from tonewatch.stream.notify.routes import Secret, WebhookTarget

from ..conftest import NOON_MS, Request, Server

Make = Callable[..., Sending]

OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()


def verified(request: Request, secret: str) -> bool:
    """As a receiver verifies: https://github.com/standard-webhooks/standard-webhooks, "Verifying signatures"."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    wanted = base64.b64encode(mac).decode()
    given = [one.partition(",") for one in request.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(text, wanted) for version, _, text in given)


@pytest.fixture
def receiver(server: Server, http: Http, monkeypatch: pytest.MonkeyPatch) -> WebhookReceiver:
    monkeypatch.setenv("OLD", OLD)
    monkeypatch.setenv("NEW", NEW)
    secrets = (Secret(env="NEW"), Secret(env="OLD"))
    return WebhookReceiver(WebhookTarget(url=f"{server.url}/hook", secrets=secrets, private_addresses=True), http)


def test_a_signature_is_the_one_of_the_specification_s_own_example() -> None:
    headers = sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_receiver_verifies_the_message_by_the_old_secret_and_by_the_new_one(
    server: Server, receiver: WebhookReceiver, sending: Make
) -> None:
    assert await receiver.tell(sending()) == Delivered()
    (request,) = server.requests
    assert verified(request, OLD) and verified(request, NEW)
    assert not verified(request, "whsec_" + base64.b64encode(b"x" * 24).decode())
    assert request.headers["webhook-id"] == "d0"
    assert request.headers["webhook-timestamp"] == str(NOON_MS // 1000)


async def test_the_body_says_what_happened_and_is_the_same_at_every_try(
    server: Server, receiver: WebhookReceiver, sending: Make
) -> None:
    await receiver.tell(sending())
    await receiver.tell(sending(attempts=3))
    assert server.requests[0].body == server.requests[1].body
    said = json.loads(server.requests[0].body)
    assert (said["type"], said["timestamp"]) == ("tonewatch.alert.raised", "2026-09-21T14:13:20Z")
    (alert,) = said["data"]["alerts"]
    assert alert["alert_id"] == "c-1/anger/24000" and alert["sentence"] == "Louder by 7 dB."
    assert alert["url"] == "https://board.example/?call=c-1&alert=c-1%2Fanger%2F24000"
    assert "resolved_ms" not in alert


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (web.Response(status=204), Delivered()),
        (web.Response(status=410), Refused("http_410", is_gone=True)),
        (web.Response(status=400), Refused("http_400")),
        (web.Response(status=503), TryAgain("http_503")),
        (web.Response(status=429, headers={"Retry-After": "120"}), TryAgain("http_429", 120_000)),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), Refused("http_302")),
    ],
    ids=lambda one: str(getattr(one, "status", "")),
)
async def test_each_status_is_understood_and_no_redirect_is_followed(
    server: Server, receiver: WebhookReceiver, sending: Make, answer: web.Response, outcome: object
) -> None:
    server.answers = [answer]
    assert await receiver.tell(sending()) == outcome
    assert [request.path for request in server.requests] == ["/hook"]


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_*", "whsec_" + base64.b64encode(b"x" * 8).decode()])
def test_a_secret_that_is_none_is_an_error_that_does_not_show_it(secret: str) -> None:
    with pytest.raises(SettingsError) as raised:
        key(secret)
    assert not secret.removeprefix("whsec_") or secret not in str(raised.value)
