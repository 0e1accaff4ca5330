"""PagerDuty's Events API v2, against a real server that holds each event to the API's own schema of what it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.outcome import Delivered, Refused, Sending, TryAgain
from tonewatch.stream.notify.receivers.pagerduty import PagerDutyReceiver, dedup_key
from tonewatch.stream.notify.routes import PagerDutyTarget, Secret

from ..conftest import Server

Make = Callable[..., Sending]


@pytest.fixture
def receiver(server: Server, http: Http, monkeypatch: pytest.MonkeyPatch) -> PagerDutyReceiver:
    monkeypatch.setenv("KEY", "R" * 32)
    target = PagerDutyTarget(routing_key=Secret(env="KEY"), url=f"{server.url}/v2/enqueue", private_addresses=True)
    return PagerDutyReceiver(target, http)


def events(server: Server) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests]


async def test_an_alert_triggers_acknowledges_and_resolves_one_incident(
    server: Server, receiver: PagerDutyReceiver, sending: Make
) -> None:
    server.answers = [web.Response(status=202) for _ in range(3)]
    for kind in ("raised", "acknowledged", "resolved"):
        assert isinstance(await receiver.tell(sending({"kind": kind})), Delivered)
    said = events(server)
    assert [one["event_action"] for one in said] == ["trigger", "acknowledge", "resolve"]
    assert {one["dedup_key"] for one in said} == {"c-1/anger/24000"}
    assert {one["routing_key"] for one in said} == {"R" * 32}
    assert "payload" not in said[1] and "payload" not in said[2]


@pytest.mark.parametrize(("severity", "theirs"), [("act", "critical"), ("watch", "warning")])
async def test_a_trigger_has_all_that_the_api_needs(
    server: Server, receiver: PagerDutyReceiver, sending: Make, severity: str, theirs: str
) -> None:
    server.answers = [web.Response(status=202)]
    await receiver.tell(sending({"severity": severity}))
    (event,) = events(server)
    payload = event["payload"]
    assert payload["summary"].endswith("Louder by 7 dB.") and payload["source"] == "billing"
    assert payload["severity"] == theirs and payload["timestamp"] == "2026-09-21T14:13:20.000+00:00"
    assert event["links"] == [
        {"href": "https://board.example/?call=c-1&alert=c-1%2Fanger%2F24000", "text": "The call on the board"}
    ]


def test_a_key_is_never_longer_than_pagerduty_takes_and_never_the_same_of_two_alerts() -> None:
    one, other = "a" * 300 + "1", "a" * 300 + "2"
    assert len(dedup_key(one)) <= 255 and dedup_key(one) != dedup_key(other)


async def test_refusals_and_rates_are_understood(server: Server, receiver: PagerDutyReceiver, sending: Make) -> None:
    server.answers = [web.Response(status=400), web.Response(status=429), web.Response(status=500)]
    outcomes = [await receiver.tell(sending()) for _ in range(3)]
    assert outcomes == [Refused("http_400"), TryAgain("http_429"), TryAgain("http_500")]
