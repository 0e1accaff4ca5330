"""The notifier as processes of its own, on a real broker, with a receiver on loopback that checks every signature."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tonewatch.stream import topics
from tonewatch.stream.codec import decode_alert, decode_control, encode
from tonewatch.stream.kafka.dead_letters import find_topic, letters, replay_letter
from tonewatch.stream.messages import Alert, AlertAction
from tonewatch.stream.topics import ALERT_ACTIONS, ALERTS, DELIVERIES

from ..brokers import EMBEDDED_ALONE, KAFKA_ALONE

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).resolve().parents[1] / "stream" / "golden"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
SIGNING = "signing"

Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]


@dataclass
class Receiver:
    """Answers `status`; a message whose signature is wrong fails the test.

    A sender that is killed between an answer and its record sends the message again under the same `webhook-id`, by
    which a receiver knows it: `tried` has each time, `taken` each message once.
    """

    status: int = 200
    tried: list[str] = field(default_factory=list)
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        message_id = request.headers["webhook-id"]
        signed = f"{message_id}.{request.headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{mac}"
        self.tried.append(message_id)
        if self.status == 200 and message_id not in {known for known, _, _ in self.taken}:
            said = json.loads(body)
            kind = said["type"].rpartition(".")[2]
            self.taken += [(message_id, alert["call_id"], kind) for alert in said["data"]["alerts"]]
        return web.Response(status=self.status)

    def told(self) -> list[tuple[str, str]]:
        return sorted((call, kind) for _, call, kind in self.taken)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_post("/hook", found.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


@pytest.fixture
async def producer(own_broker: str) -> AsyncIterator[AIOKafkaProducer]:
    await topics.apply(own_broker, partitions=2, replication=1)
    found = AIOKafkaProducer(bootstrap_servers=own_broker)
    await found.start()
    yield found
    await found.stop()


@contextlib.asynccontextmanager
async def notifier(kafka: str, routes: Path, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "TONEWATCH_KAFKA": kafka,
        "TONEWATCH_KAFKA_PARTITIONS": "2",
        "TONEWATCH_KAFKA_SESSION_TIMEOUT_MS": "3000",
        "TONEWATCH_NOTIFY_ROUTES": str(routes),
        "HOOK_SECRET": SECRET,
        "SLACK_SIGNING": SIGNING,
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "tonewatch.stream.cli", "notify", env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 60) == 0


def routes_file(folder: Path, receiver: Receiver) -> Path:
    path = folder / "routes.yaml"
    path.write_text(
        f"""
version: 1
acknowledge: {{slack_signing_secret: {{env: SLACK_SIGNING}}}}
targets:
  hook: {{kind: webhook, url: "{receiver.url}", secrets: [{{env: HOOK_SECRET}}], private_addresses: true}}
routes:
  all: {{to: [hook]}}
"""
    )
    return path


def alert_of(call_id: str, seq: int = 0, event: str = "fired", state: str = "firing") -> Alert:
    golden = decode_alert((GOLDEN / "alert.json").read_bytes())
    fields: dict[str, Any] = {"call_id": call_id, "alert_id": f"{call_id}/anger/0", "seq": seq, "event": event}
    nobody: dict[str, Any] = {"acknowledged_by": "", "assigned_to": "", "snoozed_until_ms": None}
    return msgspec.structs.replace(golden, state=state, **fields, **nobody)


async def write(producer: AIOKafkaProducer, *alerts: Alert) -> None:
    for alert in alerts:
        await producer.send_and_wait(ALERTS.name, encode(alert), key=alert.call_id.encode())


@KAFKA_ALONE
async def test_each_alert_is_told_once_through_outages_of_the_receiver_and_of_the_sender(
    own_broker: str,
    producer: AIOKafkaProducer,
    receiver: Receiver,
    tmp_path: Path,
    unique: Callable[[str], str],
    eventually: Eventually,
    timeout_factor: float,
) -> None:
    one, two, three = (unique(name) for name in ("one", "two", "three"))
    routes, wait_s = routes_file(tmp_path, receiver), 60 * timeout_factor
    receiver.status = 503
    async with notifier(own_broker, routes) as process:
        await write(producer, alert_of(one))
        await eventually(lambda: len(receiver.tried) > 0, wait_s)
        process.kill()
        await process.wait()
    # While nobody sends: the end of the first alert, and another one.
    await write(producer, alert_of(one, 1, "resolved", "resolved"), alert_of(two))
    receiver.status = 200
    async with notifier(own_broker, routes):
        await eventually(lambda: len(receiver.taken) >= 3, wait_s)
        await write(producer, alert_of(two), alert_of(three))
        await eventually(lambda: len(receiver.taken) >= 4, wait_s)
    async with notifier(own_broker, routes):
        await write(producer, alert_of(three, 1, "resolved", "resolved"))
        await eventually(lambda: len(receiver.taken) >= 5, wait_s)
    assert receiver.told() == sorted(
        [(one, "raised"), (one, "resolved"), (two, "raised"), (three, "raised"), (three, "resolved")]
    )
    assert receiver.tried[0] in {message_id for message_id, _, _ in receiver.taken}
    order = [(call, kind) for _, call, kind in receiver.taken if call == one]
    assert order == [(one, "raised"), (one, "resolved")]


@KAFKA_ALONE
async def test_a_second_notifier_stands_by_and_takes_over(
    own_broker: str,
    producer: AIOKafkaProducer,
    receiver: Receiver,
    tmp_path: Path,
    unique: Callable[[str], str],
    eventually: Eventually,
    timeout_factor: float,
) -> None:
    routes, wait_s = routes_file(tmp_path, receiver), 60 * timeout_factor
    calls = [unique(f"call{index}") for index in range(6)]
    async with notifier(own_broker, routes) as first, notifier(own_broker, routes) as second:
        await write(producer, *(alert_of(call) for call in calls[:3]))
        await eventually(lambda: len(receiver.taken) >= 3, wait_s)
        # Whichever has the alerts is among the two that are killed one after the other.
        first.kill()
        await first.wait()
        await write(producer, *(alert_of(call) for call in calls[3:]))
        await eventually(lambda: len(receiver.taken) >= 6, wait_s)
        assert second.returncode is None
    assert receiver.told() == sorted((call, "raised") for call in calls)


@EMBEDDED_ALONE
async def test_what_a_receiver_refuses_is_a_dead_letter_that_can_be_sent_back(
    own_broker: str,
    producer: AIOKafkaProducer,
    receiver: Receiver,
    tmp_path: Path,
    unique: Callable[[str], str],
    eventually: Eventually,
    timeout_factor: float,
) -> None:
    routes, wait_s, call = routes_file(tmp_path, receiver), 60 * timeout_factor, unique("refused")
    receiver.status = 400
    async with notifier(own_broker, routes):
        await write(producer, alert_of(call))
        await eventually(lambda: len(receiver.tried) == 1, wait_s)
        async with asyncio.timeout(wait_s):
            while not (found := [one async for one in letters(own_broker, [find_topic("deliveries")])]):
                await asyncio.sleep(0.1)
        assert [(one.topic, one.reason) for one in found] == [(DELIVERIES.name, "http_400")]
        receiver.status = 200
        await replay_letter(producer, found[0])
        await eventually(lambda: receiver.told() == [(call, "raised")], wait_s)
    assert len(set(receiver.tried)) == 1


@EMBEDDED_ALONE
async def test_a_button_of_slack_becomes_an_action_in_kafka(
    own_broker: str,
    producer: AIOKafkaProducer,
    receiver: Receiver,
    tmp_path: Path,
    free_port: int,
    timeout_factor: float,
) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "ada"},
        "actions": [
            {"action_id": "tonewatch_acknowledge", "value": json.dumps(["c-1/anger/0", "c-1"]), "action_ts": "1.5"}
        ],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    at = str(int(time.time()))
    mac = hmac.new(SIGNING.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={mac}"}
    consumer = AIOKafkaConsumer(ALERT_ACTIONS.name, bootstrap_servers=own_broker, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with (
            notifier(own_broker, routes_file(tmp_path, receiver), TONEWATCH_NOTIFY_PORT=str(free_port)),
            aiohttp.ClientSession() as session,
            asyncio.timeout(60 * timeout_factor),
        ):
            await _until_answered(session, f"http://127.0.0.1:{free_port}/slack/actions")
            async with session.post(
                f"http://127.0.0.1:{free_port}/slack/actions", data=body, headers=headers
            ) as answer:
                assert answer.status == 200
            record = await consumer.getone()
    finally:
        await consumer.stop()
    action = decode_control(record.value)
    assert isinstance(action, AlertAction)
    assert (action.action, action.alert_id, action.by) == ("acknowledge", "c-1/anger/0", "ada")
    assert dict(record.headers)["ce_type"] == b"tonewatch.alert_action.v1" and record.key == b"c-1"


async def _until_answered(session: aiohttp.ClientSession, url: str) -> None:
    while True:
        try:
            async with session.post(url) as answer:
                assert answer.status == 401
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
