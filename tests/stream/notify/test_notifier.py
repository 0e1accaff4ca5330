"""The loop on a real broker: who has the alerts, what a restart knows, when sending begins."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from tonewatch.stream import topics
from tonewatch.stream.codec import encode
from tonewatch.stream.kafka.clients import make_consumer, make_producer, start, stop
from tonewatch.stream.kafka.dead_letters import DeadLetters, find_topic, letters, replay_letter
from tonewatch.stream.messages import Alert
from tonewatch.stream.notify.delivery_log import DeliveryLog, DeliveryReader
from tonewatch.stream.notify.desk import Desk
from tonewatch.stream.notify.notifier import GROUP, Notifier
from tonewatch.stream.notify.one_reader import OneReader
from tonewatch.stream.notify.outcome import Refused
from tonewatch.stream.notify.routes import Routes
from tonewatch.stream.notify.routes_file import parse
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import ALERTS

from ...brokers import KAFKA_ALONE
from .conftest import NOON_MS, FakeReceiver

pytestmark = pytest.mark.integration

Make = Callable[..., Alert]
Run = Callable[..., contextlib.AbstractAsyncContextManager["Running"]]

ROUTES = """
version: 1
targets:
  hook: {kind: webhook, url: "https://a.example/", secrets: [{env: A}]}
  next: {kind: webhook, url: "https://b.example/", secrets: [{env: A}]}
routes:
  all: {to: [hook], escalate: [{after_s: 60, to: [next]}]}
"""


@dataclass
class Running:
    """A notifier and its receivers; `has_alerts` once it has partitions."""

    notifier: Notifier
    consumer: Any
    receivers: dict[str, FakeReceiver] = field(default_factory=dict)

    def told(self, target: str = "hook") -> list[str]:
        return [notice for said in self.receivers[target].said for notice in said]


@pytest.fixture
def run(own_broker: str) -> Run:
    @contextlib.asynccontextmanager
    async def running(receivers: dict[str, FakeReceiver]) -> AsyncIterator[Running]:
        settings = load(KafkaSettings, kafka=own_broker, kafka_session_timeout_ms=3000)
        metrics, routes, producer = Metrics(), parse(ROUTES), make_producer(settings)
        consumer = make_consumer(settings, [], GROUP, partition_assignment_strategy=(OneReader,))
        desk = Desk(
            DeliveryLog(producer, metrics),
            metrics,
            make=lambda target: receivers[_name_of(routes, target)],
            now_ms=lambda: NOON_MS + 3_600_000,
            draw=lambda: 0.5,
            routes=lambda: routes,
        )
        letters = DeadLetters(producer, metrics)
        notifier = Notifier(consumer, DeliveryReader(settings, letters), desk, letters, metrics)
        for client in (producer, consumer):
            await start(client, settings)
        consumer.subscribe([ALERTS.name], listener=notifier)
        end = asyncio.Event()
        loop = asyncio.create_task(notifier.run(end))
        try:
            yield Running(notifier, consumer, receivers)
        finally:
            end.set()
            await loop
            await stop(consumer, producer)

    return running


def _name_of(routes: Routes, target: object) -> str:
    return next(name for name, one in routes.file.targets.items() if one is target)


@pytest.fixture
async def producer(own_broker: str) -> AsyncIterator[AIOKafkaProducer]:
    await topics.apply(own_broker, partitions=2, replication=1)
    found = AIOKafkaProducer(bootstrap_servers=own_broker)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def until(timeout_factor: float) -> Callable[[Callable[[], bool]], Awaitable[None]]:
    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30 * timeout_factor):
            while not condition():
                await asyncio.sleep(0.02)

    return wait


def receivers() -> dict[str, FakeReceiver]:
    return {"hook": FakeReceiver(), "next": FakeReceiver()}


async def write(producer: AIOKafkaProducer, *alerts: Alert) -> None:
    for alert in alerts:
        await producer.send_and_wait(ALERTS.name, encode(alert), key=alert.call_id.encode())


Until = Callable[[Callable[[], bool]], Awaitable[None]]


async def test_a_restart_tells_nothing_twice_and_an_alert_that_was_taken_meanwhile_escalates_no_more(
    run: Run, producer: AIOKafkaProducer, alert: Make, until: Until, unique: Callable[[str], str]
) -> None:
    one, two = unique("c"), unique("c")
    ids = {call: {"call_id": call, "alert_id": f"{call}/x/0"} for call in (one, two)}
    # Raised an hour ago by the clock of the desk: its escalation is due as soon as anything is sent.
    await write(producer, alert(**ids[one]), alert(1, "acknowledged", **ids[one]), alert(**ids[two]))
    async with run(receivers()) as first:
        await until(lambda: len(first.told()) >= 3 and len(first.told("next")) >= 1)
    assert sorted(first.told()) == sorted([f"raised {one}", f"acknowledged {one}", f"raised {two}"])
    assert first.told("next") == [f"raised {two}"]
    async with run(receivers()) as second:
        await write(producer, alert(**ids[two]), alert(2, "resolved", **ids[two]))
        await until(lambda: len(second.told()) >= 1 and len(second.told("next")) >= 1)
    assert second.told() == [f"resolved {two}"] == second.told("next")
    opened = second.receivers["hook"].told[0].opened
    assert opened is not None and opened.receipt.startswith("receipt ")


@KAFKA_ALONE
async def test_one_of_two_has_the_alerts_and_the_other_takes_over(
    run: Run, producer: AIOKafkaProducer, alert: Make, until: Until, unique: Callable[[str], str]
) -> None:
    calls = [unique("c") for _ in range(4)]
    async with contextlib.AsyncExitStack() as stay:
        leaving = await stay.enter_async_context(run(receivers()))
        await until(lambda: bool(leaving.consumer.assignment()))
        async with contextlib.AsyncExitStack() as go:
            other = await go.enter_async_context(run(receivers()))
            await write(producer, *(alert(call_id=call, alert_id=f"{call}/x/0") for call in calls[:2]))
            await until(lambda: len(leaving.told() + other.told()) >= 2)
            owners = [len(each.consumer.assignment()) for each in (leaving, other)]
            assert sorted(owners) == [0, 2], "all partitions are one member's"
        await write(producer, *(alert(call_id=call, alert_id=f"{call}/x/0") for call in calls[2:]))
        await until(lambda: len(leaving.told() + other.told()) >= 4)
    assert sorted(leaving.told() + other.told()) == sorted(f"raised {call}" for call in calls)


async def test_what_cannot_be_read_is_a_dead_letter_and_what_was_refused_can_be_sent_back(
    run: Run, own_broker: str, producer: AIOKafkaProducer, alert: Make, until: Until, unique: Callable[[str], str]
) -> None:
    call, other = unique("c"), unique("c")
    refusing = receivers()
    refusing["hook"].answers = [Refused("http_400")]
    await producer.send_and_wait(ALERTS.name, b"no alert", key=b"x")
    async with run(refusing) as running:
        await write(producer, alert(1, "resolved", **{"call_id": call, "alert_id": f"{call}/x/0"}))
        await write(producer, alert(2, "reopened", **{"call_id": call, "alert_id": f"{call}/x/0"}))
        await until(lambda: len(running.told()) >= 1)
        found = [one async for one in letters(own_broker, [find_topic("alerts"), find_topic("deliveries")])]
        while len(found) < 2:
            found = [one async for one in letters(own_broker, [find_topic("alerts"), find_topic("deliveries")])]
        assert sorted((one.topic, one.reason) for one in found) == [
            ("tonewatch.alerts.v1", "undecodable"),
            ("tonewatch.deliveries.v1", "http_400"),
        ]
        (refused,) = [one for one in found if one.topic == "tonewatch.deliveries.v1"]
        await replay_letter(producer, refused)
        await until(lambda: len(running.told()) >= 2)
    await replay_letter(producer, refused)
    async with run(receivers()) as restarted:
        await until(lambda: restarted.notifier._sends)
        await write(producer, alert(call_id=other, alert_id=f"{other}/x/0"))
        await until(lambda: f"raised {other}" in restarted.told())
        assert restarted.told() == [f"raised {other}"], "what was delivered since is not told again"
        await replay_letter(producer, refused, again=True)
        await until(lambda: len(restarted.told()) >= 2)
    assert restarted.told()[1] == f"raised {call}"
    assert running.told() == [f"raised {call}"] * 2
    assert len({sending.delivery.delivery_id for sending in running.receivers["hook"].told}) == 1
