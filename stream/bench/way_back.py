"""What must be forgotten before a former release can read on: it does not know what the newer one wrote.

Audio is written alike by both. What else was not read yet, the state of running calls and the board are given up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from redis.asyncio import Redis

from tonewatch.stream.topics import CALLS

TRIES = 60
POLL_S = 1.0


async def forget(bootstrap: str, redis_url: str, groups: Mapping[str, Iterable[str]], changelog: str) -> None:
    """Set the groups to the ends of their topics, and delete the monitor's changelog and the board.

    `groups`: topics by consumer group; their members must have stopped. Group offsets on the calls topic stay.

    Raises:
        TimeoutError: a group still has members, or the changelog is still there.
        KafkaError, RedisError: Kafka or Redis does not answer.
    """
    async with _admin(bootstrap) as admin:
        # A static member that stopped is one until its session times out, and a group with members is not set back.
        await _until(lambda: _are_empty(admin, groups))
        for group, topics in groups.items():
            await _skip(bootstrap, group, [topic for topic in topics if topic != CALLS.name])
        await admin.delete_topics([changelog])
        await _until(lambda: _is_gone(admin, changelog))
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(TRIES):
        if await holds():
            return
        await asyncio.sleep(POLL_S)
    raise TimeoutError(f"not within {TRIES * POLL_S:.0f} s")


async def _are_empty(admin: AIOKafkaAdminClient, groups: Iterable[str]) -> bool:
    # One by one: aiokafka 0.14 cannot read an answer about several. The third field of a group is its state.
    answers = [await admin.describe_consumer_groups([group]) for group in groups]
    return all(answer.groups[0][2] in ("Empty", "Dead") for (answer,) in answers)


async def _is_gone(admin: AIOKafkaAdminClient, topic: str) -> bool:
    return topic not in await admin.list_topics()


async def _skip(bootstrap: str, group: str, topics: list[str]) -> None:
    if not topics:
        return
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    # Assigned before the start, which fetches metadata of what is assigned: else the partitions are not known.
    consumer.assign([TopicPartition(topic, 0) for topic in topics])
    await consumer.start()
    try:
        partitions = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t) or ()]
        consumer.assign(partitions)
        await consumer.commit(dict(await consumer.end_offsets(partitions)))
    finally:
        await consumer.stop()


@contextlib.asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
