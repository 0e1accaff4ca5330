"""Kafka clients made from settings, and the dead-letter writer: the shells that every role shares."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.errors import KafkaError

from tonewatch.stream.errors import BadRecord, BrokerError
from tonewatch.stream.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import Topic

log = logging.getLogger(__name__)


class Sender(Protocol):
    """What a core needs of a producer; a list in tests."""

    async def send(self, topic: str, value: bytes, *, key: bytes) -> object: ...


def make_producer(settings: KafkaSettings, *, linger_ms: int = 5) -> AIOKafkaProducer:
    """A producer that waits for all replicas; idempotent where the broker can."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        acks="all",
        enable_idempotence=settings.kafka_idempotent,
        compression_type=settings.kafka_compression,
        linger_ms=linger_ms,
        request_timeout_ms=15_000,
    )


def make_consumer(
    settings: KafkaSettings,
    topics: Sequence[str],
    group: str | None,
    **options: Any,  # noqa: ANN401
) -> AIOKafkaConsumer:
    """A consumer that starts at the beginning and commits only when told to; without a group it is given partitions."""
    return AIOKafkaConsumer(
        *topics,
        bootstrap_servers=settings.kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=settings.kafka_fetch_wait_ms,
        session_timeout_ms=settings.kafka_session_timeout_ms,
        heartbeat_interval_ms=settings.kafka_session_timeout_ms // 3,
        **options,
    )


async def start(
    client: AIOKafkaConsumer | AIOKafkaProducer, settings: KafkaSettings, *, patience_s: float = 30.0
) -> None:
    """Start a client, trying again until the broker answers.

    Raises:
        BrokerError: it did not within `patience_s`.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            await client.start()
        except KafkaError as error:
            if time.monotonic() > deadline:
                await client.stop()
                raise BrokerError(
                    f"No Kafka at {settings.kafka} ({type(error).__name__}). Start it, or set TONEWATCH_KAFKA."
                ) from error
            await asyncio.sleep(0.5)
        else:
            return


class Held(Protocol):
    """A worker that keeps state for its partitions."""

    async def commit(self) -> None: ...

    def forget(self, partitions: set[TopicPartition]) -> None: ...


class Handover(ConsumerRebalanceListener):  # type: ignore[misc]
    """Commits before partitions go to another worker, and forgets what was kept for them."""

    def __init__(self, worker: Held) -> None:
        self._worker = worker

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._worker.commit()
        self._worker.forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        log.info("Partitions assigned", extra={"count": len(assigned)})


def dead_letter_headers(topic: str, partition: int, offset: int, error: BadRecord) -> list[tuple[str, bytes]]:
    """What a dead letter says of the record it was: why, and where it lay."""
    return [
        ("reason", error.reason.encode()),
        ("error", str(error).encode()),
        ("topic", topic.encode()),
        ("partition", str(partition).encode()),
        ("offset", str(offset).encode()),
    ]


def note_dead_letter(metrics: Metrics, topic: str, partition: int, offset: int, error: BadRecord) -> None:
    """Count and log a record that went to its dead-letter topic."""
    metrics.dead_letters.labels(topic=topic, reason=error.reason).inc()
    log.warning(
        "A record went to its dead-letter topic",
        extra={"topic": topic, "partition": partition, "offset": offset, "reason": error.reason},
    )


class DeadLetters:
    """Writes what cannot be used to `<topic>.dlq`: the original bytes, with the reason in headers."""

    def __init__(self, producer: AIOKafkaProducer, metrics: Metrics) -> None:
        self._producer = producer
        self._metrics = metrics

    async def send(self, topic: Topic, record: ConsumerRecord, error: BadRecord) -> None:
        """Write one record and wait until Kafka has it."""
        where = (record.topic, record.partition, record.offset, error)
        headers = [
            *dead_letter_headers(*where),
            *((f"original.{name}", value) for name, value in record.headers),
        ]
        await self._producer.send_and_wait(topic.dlq, record.value or b"", key=record.key, headers=headers)
        note_dead_letter(self._metrics, *where)
