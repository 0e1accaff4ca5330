"""What goes away and comes back: the alerts do not wait, it is seen, and it heals without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tonewatch.stream import topics
from tonewatch.stream.board.view import call_key
from tonewatch.stream.codec import decode_alert, encode
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.child import bound_to_parent
from tonewatch.stream.local.redis_server import redis_program
from tonewatch.stream.local.servers import free_port
from tonewatch.stream.messages import CallClosed, SegmentMessage
from tonewatch.stream.topics import ALERTS, SEGMENTS

from ..brokers import EMBEDDED_ALONE

pytestmark = pytest.mark.integration

Angry = Callable[[str], list[SegmentMessage]]
Role = Callable[..., AbstractAsyncContextManager[None]]
Asked = Callable[[int, str], tuple[int, str]]
Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]


def settings(servers: dict[str, str], redis_port: int, metrics_port: int) -> dict[str, str]:
    """The monitor's environment."""
    return {
        **servers,
        "TONEWATCH_REDIS": f"redis://127.0.0.1:{redis_port}/0",
        "TONEWATCH_METRICS_PORT": str(metrics_port),
        "TONEWATCH_KAFKA_PARTITIONS": "2",
        "TONEWATCH_KAFKA_SESSION_TIMEOUT_MS": "6000",
    }


def redis_server(port: int, folder: Path) -> subprocess.Popen[bytes]:
    argv = [redis_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    return subprocess.Popen(bound_to_parent(argv), stdout=subprocess.DEVNULL)


async def write(kafka: str, messages: Sequence[SegmentMessage]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for message in messages:
        await producer.send_and_wait(SEGMENTS.name, encode(message), key=message.call_id.encode())
    await producer.stop()


async def states(kafka: str, call_id: str, last: str, seconds: float) -> list[str]:
    """The states of a call's alerts as they were written, each once, until `last`."""
    consumer = AIOKafkaConsumer(ALERTS.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            async for record in consumer:
                alert = decode_alert(record.value)
                found += [alert.state] if alert.call_id == call_id and alert.state not in found else []
                if last in found:
                    break
    finally:
        await consumer.stop()
    return found


async def shown(port: int, call_id: str, seconds: float) -> None:
    redis = Redis.from_url(f"redis://127.0.0.1:{port}/0")
    try:
        async with asyncio.timeout(seconds):
            while True:
                with contextlib.suppress(RedisError):
                    if await redis.get(call_key(call_id)):
                        return
                await asyncio.sleep(0.2)
    finally:
        await redis.aclose()


@EMBEDDED_ALONE
async def test_alerts_do_not_wait_for_redis_and_the_board_is_filled_when_it_comes(
    own_broker: str,
    angry_call: Angry,
    role: Role,
    asked: Asked,
    eventually: Eventually,
    tmp_path: Path,
    timeout_factor: float,
) -> None:
    await topics.apply(own_broker, partitions=2, replication=1)
    redis_port, metrics_port = free_port(), free_port()
    async with role("monitor", **settings({"TONEWATCH_KAFKA": own_broker}, redis_port, metrics_port)):
        await write(own_broker, [*angry_call("one"), CallClosed(call_id="one", reason="ended", duration_ms=40_000)])
        assert await states(own_broker, "one", "resolved", 60 * timeout_factor) == ["firing", "resolved"]
        counted = 'tonewatch_retries_total{of="redis"}'
        await eventually(lambda: counted in asked(metrics_port, "/metrics")[1], 30 * timeout_factor)
        assert asked(metrics_port, "/live")[0] == 200
        server = redis_server(redis_port, tmp_path)
        try:
            await shown(redis_port, "one", 60 * timeout_factor)
        finally:
            server.kill()
            server.wait()


@EMBEDDED_ALONE
async def test_a_redis_that_hangs_holds_up_no_alert_and_one_that_comes_back_empty_is_filled(
    own_broker: str,
    angry_call: Angry,
    role: Role,
    asked: Asked,
    eventually: Eventually,
    tmp_path: Path,
    timeout_factor: float,
) -> None:
    await topics.apply(own_broker, partitions=2, replication=1)
    redis_port, metrics_port = free_port(), free_port()
    server = redis_server(redis_port, tmp_path)
    try:
        async with role("monitor", **settings({"TONEWATCH_KAFKA": own_broker}, redis_port, metrics_port)):
            await write(own_broker, angry_call("before"))
            await shown(redis_port, "before", 60 * timeout_factor)
            server.send_signal(signal.SIGSTOP)
            await write(
                own_broker, [*angry_call("hung"), CallClosed(call_id="hung", reason="ended", duration_ms=40_000)]
            )
            assert await states(own_broker, "hung", "resolved", 60 * timeout_factor) == ["firing", "resolved"]
            counted = 'tonewatch_retries_total{of="redis"}'
            await eventually(lambda: counted in asked(metrics_port, "/metrics")[1], 60 * timeout_factor)
            assert asked(metrics_port, "/live")[0] == 200
            server.send_signal(signal.SIGCONT)
            await shown(redis_port, "hung", 60 * timeout_factor)
            server.kill()
            server.wait()
            server = redis_server(redis_port, tmp_path)
            for call_id in ("before", "hung"):
                await shown(redis_port, call_id, 60 * timeout_factor)
    finally:
        server.kill()
        server.wait()


async def test_a_broker_that_dies_and_comes_back_loses_no_alert_and_the_probe_tells(
    kafka_cluster: ApacheKafka,
    redis_url: str,
    angry_call: Angry,
    role: Role,
    asked: Asked,
    eventually: Eventually,
    timeout_factor: float,
) -> None:
    kafka = kafka_cluster.bootstrap
    await topics.apply(kafka, partitions=2, replication=1)
    metrics_port = free_port()
    messages = angry_call("two")
    async with role(
        "monitor",
        **settings(kafka_cluster.environment(), int(redis_url.rpartition(":")[2].partition("/")[0]), metrics_port),
    ):
        await eventually(lambda: asked(metrics_port, "/ready")[0] == 200, 60 * timeout_factor)
        await write(kafka, messages[:8])
        await asyncio.to_thread(kafka_cluster.kill)
        await eventually(lambda: asked(metrics_port, "/ready")[0] == 503, 60 * timeout_factor)
        assert asked(metrics_port, "/live")[0] == 200
        await asyncio.to_thread(kafka_cluster.revive)
        await write(kafka, [*messages[8:], CallClosed(call_id="two", reason="ended", duration_ms=40_000)])
        assert await states(kafka, "two", "resolved", 90 * timeout_factor) == ["firing", "resolved"]
        await eventually(lambda: asked(metrics_port, "/ready")[0] == 200, 60 * timeout_factor)
