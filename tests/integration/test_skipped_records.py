"""A fetch that leaves out records, as one that was under way in a rebalance does: faust is given every one of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tonewatch.stream.monitor.faust_transport import use

pytestmark = pytest.mark.integration

Unique = Callable[[str], str]


def reading(broker: str, name: str, read: list[int]) -> faust.App:
    """An app that notes the offsets that its agent is given."""
    app = faust.App(
        name,
        broker=f"aiokafka://{broker}",
        store="memory://",
        topic_partitions=1,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=2.0,
        broker_heartbeat_interval=0.5,
        broker_commit_interval=0.1,
        web_enabled=False,
        stream_wait_empty=False,
    )
    use(app, 50, idempotent=False)

    @app.agent(app.topic(name, value_type=bytes, value_serializer="raw"), name=name)
    async def note(stream: Any) -> None:
        async for event in stream.events():
            read.append(event.message.offset)

    return app


@contextlib.asynccontextmanager
async def forgetful(app: faust.App, skips: Callable[[int], bool]) -> AsyncIterator[None]:
    """`app` running on fetches of which each record whose offset `skips` names is left out the first time."""
    left: set[int] = set()

    async def lossy(partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109
        found = await whole(partitions, timeout)
        kept = {}
        for partition, records in found.items():
            lost = {record.offset for record in records if skips(record.offset)} - left
            left.update(lost)
            kept[partition] = [record for record in records if record.offset not in lost]
        return kept

    thread: Any = vars(app.consumer)["_thread"]
    whole = thread.getmany
    thread.getmany = lossy
    await app.start()
    try:
        yield
    finally:
        await app.stop()


async def prepare(broker: str, topic: str, *, committed: int | None) -> None:
    """A topic of one partition and nine records; the group of the same name has `committed`, or nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    for number in range(9):
        await producer.send_and_wait(topic, bytes([number]))
    await producer.stop()
    if committed is not None:
        await commit(broker, topic, committed)


async def commit(broker: str, topic: str, offset: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, group_id=topic, enable_auto_commit=False)
    await consumer.start()
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    await consumer.commit({partition: offset})
    await consumer.stop()


async def until(count: int, read: list[int], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while len(read) < count:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("committed", "skipped"),
    [
        pytest.param(3, {3}, id="exactly the record at the committed offset"),
        pytest.param(3, {3, 4, 5}, id="several from the committed offset on"),
        pytest.param(None, {0}, id="the first of a partition that was never committed"),
        pytest.param(None, {0, 1, 2, 3}, id="several of a partition that was never committed"),
        pytest.param(None, {4, 5}, id="some in the middle"),
    ],
)
async def test_what_a_fetch_left_out_is_read_in_its_order(
    broker: str, unique: Unique, timeout_factor: float, committed: int | None, skipped: set[int]
) -> None:
    topic, read = unique("skipped"), list[int]()
    await prepare(broker, topic, committed=committed)
    expected = list(range(committed or 0, 9))
    async with forgetful(reading(broker, topic, read), skipped.__contains__):
        await until(len(expected), read, 60 * timeout_factor)
    assert read == expected
