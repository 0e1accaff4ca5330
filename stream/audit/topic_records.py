"""The audit as the topic has it, up to its end as it is now; nobody's offsets move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from tonewatch.stream.audit.record import Record
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import make_reader, start, stop
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import AUDIT

METADATA_S = 20.0
_POLL_MS = 200

LOG_APPEND_TIME: Final = 1
"""Kafka's `timestamp_type` of a record whose time the broker gave."""


@dataclass
class TopicAudit:
    """The records, and the offsets that each partition has now, also one without a record."""

    records: list[Record] = field(default_factory=list)
    spans: dict[int, range] = field(default_factory=dict)


async def topic_audit(settings: KafkaSettings) -> TopicAudit:
    """All of it, partition by partition in their order.

    Raises:
        BrokerError: Kafka does not answer, or has no such topic.
        AccessRefused: it refuses us.
    """
    consumer = make_reader(settings, [AUDIT.name])
    try:
        await start(consumer, settings)
        found = TopicAudit()
        async for record in _read(consumer, found.spans):
            found.records.append(record)
        return found
    except KafkaError as error:
        away = BrokerError(f"Kafka at {settings.kafka} does not answer ({type(error).__name__}).")
        raise not_allowed(error, settings) or away from error
    finally:
        await stop(consumer)


async def _read(consumer: AIOKafkaConsumer, spans: dict[int, range]) -> AsyncIterator[Record]:
    for partition in await _partitions(consumer):
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        begins = (await consumer.beginning_offsets([partition]))[partition]
        spans[partition.partition] = range(begins, end)
        while await consumer.position(partition) < end:
            for record in (await consumer.getmany(partition, timeout_ms=_POLL_MS)).get(partition, []):
                if record.offset < end:
                    yield Record(
                        partition.partition,
                        record.offset,
                        record.value or b"",
                        is_cut=begins > 0,
                        at_ms=record.timestamp,
                        by_broker=record.timestamp_type == LOG_APPEND_TIME,
                    )


async def _partitions(consumer: AIOKafkaConsumer) -> list[TopicPartition]:
    try:
        async with asyncio.timeout(METADATA_S):
            while not (numbers := consumer.partitions_for_topic(AUDIT.name)):
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise BrokerError(f"Kafka has no topic {AUDIT.name}: `tonewatch topics apply` makes it.") from error
    return all_of(numbers)


def all_of(numbers: Collection[int]) -> list[TopicPartition]:
    """
    Raises:
        BrokerError: a partition is not among them; what lies in it would be missed by nobody.
    """
    if missing := sorted(set(range(max(numbers) + 1)) - set(numbers)):
        names = ", ".join(map(str, missing))
        raise BrokerError(f"Kafka does not tell of partition {names} of {AUDIT.name}: verify again when it does.")
    return [TopicPartition(AUDIT.name, number) for number in sorted(numbers)]
