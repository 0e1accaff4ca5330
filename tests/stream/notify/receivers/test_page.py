"""The page's receiver, run as it stands there, and told by the notifier's own sender."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tonewatch.stream.messages import Notice
from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.outcome import Delivered, Refused, Sending
from tonewatch.stream.notify.receivers.webhook import WebhookReceiver, body
from tonewatch.stream.notify.routes import Secret, WebhookTarget

PAGE = (Path(__file__).resolve().parents[4] / "stream/notify/README.md").read_text()
(RECEIVER,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(BODY,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
OLD, NEW, OTHER = ("whsec_" + of * 8 for of in ("b2xk", "bmV3", "b3Ro"))


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    program = tmp_path / "receiver.py"
    program.write_text(RECEIVER)
    env = {**os.environ, "WEBHOOK_SECRET": OLD, "PORT": "0"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, str(program), env=env, stdout=pipe, stderr=pipe)
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def test_it_takes_what_is_signed_once_and_refuses_what_is_not(
    receiver: asyncio.subprocess.Process,
    http: Http,
    sending: Callable[..., Sending],
    monkeypatch: pytest.MonkeyPatch,
    timeout_factor: float,
) -> None:
    for name, secret in (("OLD", OLD), ("NEW", NEW), ("OTHER", OTHER)):
        monkeypatch.setenv(name, secret)

    def sender(*names: str) -> WebhookReceiver:
        secrets = tuple(Secret(env=name) for name in names)
        return WebhookReceiver(WebhookTarget(url=url, secrets=secrets, private_addresses=True), http)

    async with asyncio.timeout(20 * timeout_factor):
        assert receiver.stdout is not None
        url = (await receiver.stdout.readline()).decode().split()[-1]
        now = dataclasses.replace(sending(), now_ms=time.time_ns() // 1_000_000)
        later = dataclasses.replace(sending({"kind": "resolved"}, delivery_id="d1"), now_ms=now.now_ms)
        assert await sender("NEW", "OLD").tell(now) == Delivered()
        assert await sender("OLD").tell(now) == Delivered()
        assert await sender("OTHER").tell(later) == Refused("http_401")
        assert await sender("OLD").tell(dataclasses.replace(later, now_ms=now.now_ms - 600_000)) == Refused("http_401")
        assert await sender("OLD").tell(later) == Delivered()
        said = [await receiver.stdout.readline() for _ in range(2)]
    assert said == [b"raised act c-1 anger\n", b"resolved act c-1 anger\n"]


def test_the_page_names_each_field_of_an_alert_and_no_other() -> None:
    table = PAGE.split("| of an alert | means |")[1].split("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {*Notice.__struct_fields__, "url"}


def test_the_body_on_the_page_is_one_that_is_sent(sending: Callable[..., Sending]) -> None:
    links = dataclasses.replace(sending().links, board="https://board.example.com/")
    assert json.loads(BODY) == json.loads(body(dataclasses.replace(sending(), links=links)))
