"""Consumer groups: who reads what, where a broker did not know its topics when that was decided."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tonewatch.stream.kafka.clients import make_consumer, start
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.settings import KafkaSettings

pytestmark = pytest.mark.integration


class _Told(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, divided: asyncio.Event) -> None:
        self._divided = divided

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None: ...

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._divided.set()


async def test_a_topic_that_was_not_known_when_partitions_were_divided_is_read_soon(
    kafka_cluster: ApacheKafka, timeout_factor: float
) -> None:
    """As after the restart of a broker, whose first answer can lack what it has not loaded yet."""
    topic = f"late-{uuid.uuid4().hex[:8]}"
    settings = KafkaSettings(kafka=kafka_cluster.bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_cluster.bootstrap)
    consumer = make_consumer(settings, [], f"group-{topic}")
    await admin.start()
    try:
        await start(consumer, settings)
        divided = asyncio.Event()
        consumer.subscribe([topic], listener=_Told(divided))
        await asyncio.wait_for(divided.wait(), 30 * timeout_factor)
        assert not consumer.assignment()
        await admin.create_topics([NewTopic(topic, 2, 1)])
        async with asyncio.timeout(25 * timeout_factor):
            while len(consumer.assignment()) < 2:
                await asyncio.sleep(0.1)
    finally:
        await consumer.stop()
        await admin.close()
