"""What lies in Kafka's logs of one call: sealed and readable, sealed and not, or in the clear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tonewatch.stream.call_keys.envelope import is_empty, is_sealed, key_id_of
from tonewatch.stream.call_keys.key_index import KeyIndex
from tonewatch.stream.call_keys.key_topic import KeyTopic
from tonewatch.stream.call_keys.master_keys import MasterKeys
from tonewatch.stream.call_keys.sealed_topics import SEALED_TOPICS
from tonewatch.stream.kafka.clients import make_admin, make_consumer, start, stop
from tonewatch.stream.settings import KafkaSettings

_POLL_MS = 500


@dataclass
class Found:
    """Records of the call in one topic. `clear` can be read by whoever may read the topic."""

    clear: int = 0
    readable: int = 0
    unreadable: int = 0


@dataclass
class Coverage:
    """By topic; `shredded_at_ms` null: the call was not shredded."""

    shredded_at_ms: int | None = None
    topics: dict[str, Found] = field(default_factory=dict)

    @property
    def clear(self) -> int:
        return sum(found.clear for found in self.topics.values())


async def coverage(settings: KafkaSettings, call_id: str, masters: MasterKeys | None = None) -> Coverage:
    """Reads all of the sealed topics and of their dead letters, which takes as long as they are large.

    Raises:
        SettingsError: there is no topic of keys.
        BrokerError: Kafka does not answer.
    """
    index, call = KeyIndex(masters), call_id.encode()
    keys = KeyTopic(settings, index)
    await start(keys, settings)
    plain = settings.model_copy(update={"call_keys": "off"})
    consumer = make_consumer(plain, [], None)
    try:
        await start(consumer, plain)
        told = Coverage(index.shredded_at_ms(call))
        for partition in await _partitions(plain):
            async for record in _records(consumer, partition):
                if record.key == call and record.value:
                    _count(told.topics.setdefault(record.topic, Found()), index, call, record.value)
        return told
    finally:
        await stop(consumer)
        await keys.stop()


def _count(found: Found, index: KeyIndex, call: bytes, value: bytes) -> None:
    if not is_sealed(value):
        found.clear += 1
    elif is_empty(value) or not index.holds(call, key_id_of(value)):
        found.unreadable += 1
    else:
        found.readable += 1


async def _partitions(settings: KafkaSettings) -> list[TopicPartition]:
    admin = make_admin(settings)
    await start(admin, settings)
    try:
        there = set(await admin.list_topics())
        wanted = [name for topic in SEALED_TOPICS for name in (topic.name, topic.dlq) if name in there]
        told = await admin.describe_topics(wanted)
    finally:
        await admin.close()
    return [TopicPartition(one["topic"], part["partition"]) for one in told for part in one["partitions"]]


async def _records(consumer: AIOKafkaConsumer, partition: TopicPartition) -> AsyncIterator[ConsumerRecord]:
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=_POLL_MS)).get(partition, []):
            yield record
