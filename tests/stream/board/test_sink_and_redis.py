"""The sink on a real Kafka, beside a Redis that is set back to a snapshot, or full."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from tonewatch.stream import topics
from tonewatch.stream.board.sink import BoardSink
from tonewatch.stream.board.view import CALLS_KEY, COUNTERS_KEY, EVENTS_KEY, CallView, call_key
from tonewatch.stream.codec import encode
from tonewatch.stream.kafka.clients import make_consumer, make_producer
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import CallAttributes, CallState
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import TONE

pytestmark = pytest.mark.integration


@pytest.fixture
async def kafka(own_broker: str) -> KafkaSettings:
    await topics.apply(own_broker, partitions=2, replication=1)
    return load(KafkaSettings, kafka=own_broker)


@pytest.fixture
async def redis(own_redis_url: str) -> AsyncIterator[Any]:
    client: Any = Redis.from_url(own_redis_url)
    await client.flushall()
    yield client
    await client.config_set("maxmemory", 0)
    await client.aclose()


@contextlib.asynccontextmanager
async def sinking(kafka: KafkaSettings, redis: Any, group: str) -> AsyncIterator[Metrics]:
    metrics = Metrics(CollectorRegistry())
    consumer, producer = make_consumer(kafka, [TONE.name], group), make_producer(kafka)
    await producer.start()
    await consumer.start()
    sink = BoardSink(
        consumer, redis, DeadLetters(producer, metrics), metrics, keep_events=1000, ttl_s=10_000, retry_s=0.05
    )
    running = asyncio.create_task(sink.run())
    try:
        yield metrics
    finally:
        await cancel([running])
        await consumer.stop()
        await producer.stop()


async def write(kafka: KafkaSettings, calls: Iterable[str], *, garbage: bool = False) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.kafka)
    await producer.start()
    for call_id in calls:
        value = b"{not json" if garbage else encode(CallState(call_id=call_id, state="live"))
        await producer.send_and_wait(TONE.name, value, key=call_id.encode())
    await producer.stop()


async def snapshot(redis: Any) -> dict[bytes, bytes]:
    return {key: await redis.dump(key) for key in await redis.keys()}


async def set_back(redis: Any, kept: dict[bytes, bytes]) -> None:
    """As a Redis does that is started again on an older file."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.flushall()
        for key, dumped in kept.items():
            pipe.restore(key, 0, dumped)
        await pipe.execute()


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)


def shows(redis: Any, *calls: str) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return {name.decode() for name in await redis.zrange(CALLS_KEY, 0, -1)} >= set(calls)

    return holds


def says(metrics: Metrics, why: str) -> Callable[[], Awaitable[bool]]:
    """`why`: part of what the probe tells of Redis; '' for nothing at all."""

    async def holds() -> bool:
        told = metrics.health.not_ready().get("redis", "")
        return why in told if why else not told

    return holds


@pytest.mark.parametrize("meanwhile", ["runs", "is down"])
async def test_what_a_snapshot_does_not_know_is_read_again(
    kafka: KafkaSettings, redis: Any, unique: Callable[[str], str], timeout_factor: float, meanwhile: str
) -> None:
    group, first, later = unique("sink"), [unique("early") for _ in range(6)], [unique("late") for _ in range(6)]
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(sinking(kafka, redis, group))
        await write(kafka, first)
        await eventually(shows(redis, *first), 60 * timeout_factor)
        kept = await snapshot(redis)
        await write(kafka, later)
        await write(kafka, ["garbage"], garbage=True)
        await eventually(shows(redis, *first, *later), 60 * timeout_factor)
        if meanwhile == "is down":
            await stack.aclose()
        await set_back(redis, kept)
        assert not await shows(redis, later[0])()
        if meanwhile == "is down":
            await stack.enter_async_context(sinking(kafka, redis, group))
        await eventually(shows(redis, *first, *later), 60 * timeout_factor)
        assert await redis.hgetall(COUNTERS_KEY) == {}


async def test_a_full_redis_is_said_and_the_board_goes_on_when_there_is_room(
    kafka: KafkaSettings, redis: Any, unique: Callable[[str], str], timeout_factor: float
) -> None:
    before, after = unique("before"), unique("after")
    async with sinking(kafka, redis, unique("sink")) as metrics:
        await write(kafka, [before])
        await eventually(shows(redis, before), 60 * timeout_factor)
        assert "redis" not in metrics.health.not_ready()
        await redis.config_set("maxmemory", 1)
        await write(kafka, [after])

        await eventually(says(metrics, "full"), 60 * timeout_factor)
        await redis.config_set("maxmemory", 0)
        await eventually(shows(redis, after), 60 * timeout_factor)
        await eventually(says(metrics, ""), 60 * timeout_factor)


async def test_a_notice_that_is_withdrawn_takes_what_was_shown_out_of_redis_and_lets_nothing_in(
    kafka: KafkaSettings, redis: Any, unique: Callable[[str], str], timeout_factor: float
) -> None:
    shown = CallState(call_id="revoked", state="live", call=CallAttributes(title="zebra finch"))
    taken = CallState(call_id="revoked", state="not_analysed", withdrawn=True)
    async with AIOKafkaProducer(bootstrap_servers=kafka.kafka) as producer:
        for state in (shown, taken, shown, CallState(call_id="after", state="live")):
            await producer.send_and_wait(TONE.name, encode(state), key=state.call_id.encode(), partition=0)
    async with sinking(kafka, redis, unique("sink")):
        await eventually(shows(redis, "after"), 20 * timeout_factor)
    assert b"zebra" not in await redis.get(call_key("revoked"))
    events = await redis.xrange(EVENTS_KEY)
    assert b"zebra" not in repr(events).encode()
    assert [fields[b"json"] for _, fields in events if b"revoked" in fields[b"json"]] == [encode(taken)]


async def test_a_withdrawal_of_a_call_that_redis_does_not_know_leaves_a_mark_that_nobody_lists_and_lets_nothing_in(
    kafka: KafkaSettings, redis: Any, unique: Callable[[str], str], timeout_factor: float
) -> None:
    taken = CallState(call_id="stranger", state="not_analysed", withdrawn=True)
    late = CallState(call_id="stranger", state="live", call=CallAttributes(title="zebra finch"))
    async with AIOKafkaProducer(bootstrap_servers=kafka.kafka) as producer:
        for state in (taken, late, CallState(call_id="last of all", state="live")):
            await producer.send_and_wait(TONE.name, encode(state), key=state.call_id.encode(), partition=0)
    async with sinking(kafka, redis, unique("sink")):
        await eventually(shows(redis, "last of all"), 20 * timeout_factor)
    mark = await redis.get(call_key("stranger"))
    assert msgspec.json.decode(mark, type=CallView).withdrawn and len(mark) < 100
    assert await redis.ttl(call_key("stranger")) > 0
    assert await redis.zscore(CALLS_KEY, "stranger") is None
    assert [fields for _, fields in await redis.xrange(EVENTS_KEY) if b"stranger" in fields[b"json"]] == []
