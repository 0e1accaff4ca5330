"""A listener and a monitor with their shadows beside them, on a real broker: a shadow hears all and changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tonewatch.stream import topics
from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.kafka.clients import make_consumer
from tonewatch.stream.local.servers import free_port
from tonewatch.stream.messages import AudioChunk, CallMessage, CallStarted
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.shadow.comparison import Said
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.shadow.topic_reader import read_sides
from tonewatch.stream.topics import SEGMENTS

from ..brokers import KAFKA_ALONE

pytestmark = pytest.mark.integration

Role = Callable[..., AbstractAsyncContextManager[None]]
Asked = Callable[[int, str], tuple[int, str]]
Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]

CALL = Path(str(resources.files("tonewatch.stream") / "demo" / "calls" / "delivery_recovers.flac"))
SECONDS = 70
"""Of the call, past its alert; four roles hear it on two cores."""

NEW = Shadow("new")
LIVE_NAMES = {topic.name for topic in (*topics.TOPICS, *topics.dead_letter_topics())}


@pytest.fixture
async def kafka(own_broker: str) -> str:
    await topics.apply(own_broker, partitions=2, replication=1)
    return own_broker


async def play(kafka: str) -> None:
    settings = KafkaSettings(kafka=kafka, kafka_partitions=2)
    async with CallWriter(settings) as writer:

        async def send(message: CallMessage) -> None:
            if not isinstance(message, AudioChunk) or message.start_ms < 1000 * SECONDS:
                await writer.write(message)

        call = plan(CALL, roles=("customer", "agent"), about=None, notice_given=True, suffix="1")
        # As fast as no listener refuses (`too_fast`) while other calls are in time: those that say hello are.
        await replay(call, send, speed=3)


async def until_it_hears(kafka: str) -> None:
    """A shadow begins with the newest records: what was said before it had its partitions is not for it."""
    settings = KafkaSettings(kafka=kafka, kafka_partitions=2)
    consumer = make_consumer(settings, [], None)
    await consumer.start()
    topic = NEW.named(SEGMENTS.name)
    try:
        partitions = [TopicPartition(topic, number) for number in range(2)]
        async with CallWriter(settings) as writer:
            for number in itertools.count():
                # One call a partition, at least.
                for word in ("hello", "again"):
                    await writer.write(_hello(f"{word}-{number}"))
                ends = await consumer.end_offsets(partitions)
                if all(ends.values()):
                    return
                await asyncio.sleep(0.5)
    finally:
        await consumer.stop()


def _hello(call_id: str) -> CallStarted:
    return CallStarted(call_id=call_id, roles=("customer",), notice_given=False, started_at_ms=1)


async def heard(kafka: str) -> tuple[Said, Said]:
    return await read_sides(KafkaSettings(kafka=kafka), NEW, 0)


async def compared(kafka: str) -> dict[str, Any]:
    """What the command prints, as a process."""
    code = "import sys, typer; from tonewatch.stream.shadow.compare_command import compare_command as c; typer.run(c)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", code, "new", "--kafka", kafka, "--json", stdout=asyncio.subprocess.PIPE
    )
    answer = (await process.communicate())[0]
    assert process.returncode == 0
    return dict(json.loads(answer))


@KAFKA_ALONE
async def test_a_shadow_of_the_same_model_says_the_same_and_writes_nothing_live(
    kafka: str, role: Role, asked: Asked, eventually: Eventually, timeout_factor: float
) -> None:
    common = {"TONEWATCH_KAFKA": kafka, "TONEWATCH_KAFKA_PARTITIONS": "2"}
    # Nobody listens there: a shadow that wanted a Redis could not go on.
    common |= {"TONEWATCH_REDIS": f"redis://127.0.0.1:{free_port()}/0", "TONEWATCH_ASR": "false"}
    ports = [free_port() for _ in range(4)]
    async with contextlib.AsyncExitStack() as running:
        for port, (name, more) in zip(
            ports,
            [
                ("listen", {}),
                ("monitor", {"TONEWATCH_SINK": "false"}),
                ("listen", {"TONEWATCH_SHADOW": "new"}),
                ("monitor", {"TONEWATCH_SHADOW": "new"}),
            ],
            strict=True,
        ):
            await running.enter_async_context(role(name, **common, **more, TONEWATCH_METRICS_PORT=str(port)))
        await eventually(lambda: all(asked(port, "/ready")[0] == 200 for port in ports), 120 * timeout_factor)
        async with asyncio.timeout(120 * timeout_factor):
            await until_it_hears(kafka)
        await play(kafka)
        async with asyncio.timeout(180 * timeout_factor):
            while not _are_level(*(sides := await heard(kafka))):
                await asyncio.sleep(0.5)
    # By call and rule: where a silence is told of depends on how fast each listener read what was sent at once.
    live, beside = ({alert_id.rpartition("/")[0] for alert_id in side.alerts} for side in sides)
    assert live == beside
    found = await compared(kafka)
    assert (found["calls_compared"], len(found["alerts_in_both"])) == (1, 1)
    assert (found["alerts_only_live"], found["alerts_only_shadow"], found["agreement"]) == ([], [], 1.0)
    assert found["tone_difference"]["count"] >= 5 and found["tone_difference"]["mean_absolute"] == 0
    assert found["posterior_shift"]["total_variation"] == 0
    await _check_names(kafka)


def _are_level(live: Said, shadow: Said) -> bool:
    """Both have raised the alert, and judged the same segments, nearly to the end of what was sent."""
    judged = [{segment for tones in side.tones.values() for segment in tones} for side in (live, shadow)]
    ends_ms = max((live.ends_ms(call_id) for call_id in live.tones), default=0)
    return bool(live.alerts and shadow.alerts) and judged[0] == judged[1] and ends_ms > 1000 * (SECONDS - 10)


async def _check_names(kafka: str) -> None:
    """What there is besides the live topics bears the shadow's name."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        names = set(await admin.list_topics())
        groups = {name for name, _ in await admin.list_consumer_groups()}
    finally:
        await admin.close()
    added = {name for name in names if name.startswith("tonewatch")} - LIVE_NAMES
    assert {topic.name for topic in NEW.topics()} <= added
    assert added <= {t.name for t in NEW.topics()} | {f"tonewatch-monitor{n}-calls-changelog" for n in ("", "-new")}
    assert {"tonewatch-listen-new", "tonewatch-monitor-new"} <= groups
