"""Reads topics from a time on up to their end as it is now, without a group: nobody's offsets move."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.stream.codec import decode_alert, decode_tone
from tonewatch.stream.errors import BadRecord, BrokerError
from tonewatch.stream.kafka.clients import make_consumer, start, stop
from tonewatch.stream.messages import Alert, ToneMessage
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.shadow.comparison import Said
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.topics import ALERTS, TONE, Topic

log = logging.getLogger(__name__)

_POLL_MS = 200
METADATA_S = 20.0

Decode = Callable[[bytes | None], ToneMessage | Alert]
READS: tuple[tuple[Topic, Decode], ...] = ((TONE, decode_tone), (ALERTS, decode_alert))


async def read_sides(settings: KafkaSettings, shadow: Shadow, since_ms: int) -> tuple[Said, Said]:
    """What the live monitor and its shadow wrote of tone and alerts since a wall clock time, in that order.

    Raises:
        BrokerError: Kafka cannot be reached, or has no such shadow.
    """
    consumer = make_consumer(settings, [], None)
    sides = Said(), Said()
    wanted = [
        (names.named(topic.name), decode, said)
        for names, said in zip((Shadow(), shadow), sides, strict=True)
        for topic, decode in READS
    ]
    try:
        await start(consumer, settings)
        partitions = await _partitions(consumer, [topic for topic, _, _ in wanted])
        for topic, decode, said in wanted:
            await _read(consumer, partitions[topic], since_ms, decode, said)
    finally:
        await stop(consumer)
    return sides


async def _partitions(consumer: AIOKafkaConsumer, topics: list[str]) -> dict[str, list[TopicPartition]]:
    """Of each topic. A consumer learns them of the topics that it is assigned, and forgets those of all others."""
    there = await consumer.topics()
    for topic in topics:
        if topic not in there:
            raise BrokerError(f"Kafka has no topic {topic}: is there a shadow of that name (TONEWATCH_SHADOW)?")
    consumer.assign([TopicPartition(topic, 0) for topic in topics])
    try:
        async with asyncio.timeout(METADATA_S):
            while not all(consumer.partitions_for_topic(topic) for topic in topics):
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise BrokerError("Kafka does not say which partitions its topics have; try again.") from error
    return {topic: [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic))] for topic in topics}


async def _read(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], since_ms: int, decode: Decode, said: Said
) -> None:
    ends = await _seek(consumer, partitions, since_ms)
    while [p for p, end in ends.items() if await consumer.position(p) < end]:
        for partition, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
            for record in records:
                # A broker may answer with an earlier offset than the time's; what is older is not asked for.
                if record.offset < ends[partition] and record.timestamp >= since_ms:
                    _take(said, decode, record.value, partition.topic)


async def _seek(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], since_ms: int
) -> dict[TopicPartition, int]:
    """Where each partition ends; the consumer stands at the first record of each since then."""
    consumer.assign(partitions)
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, since_ms)) if since_ms > 0 else {}
    for partition in partitions:
        if since_ms <= 0:
            await consumer.seek_to_beginning(partition)
        else:
            at = found.get(partition)
            consumer.seek(partition, at.offset if at is not None else ends[partition])
    return ends


def _take(said: Said, decode: Decode, value: bytes | None, topic: str) -> None:
    try:
        said.take(decode(value))
    except BadRecord as error:
        log.warning("A record cannot be read and is left out", extra={"topic": topic, "error": type(error).__name__})
