"""Kafka clients made from settings, and the dead-letter writer: the shells that every role shares."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
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


class DeadLetters:
    """Writes what cannot be used to `<topic>.dlq`: the original bytes, with the reason in headers."""

    def __init__(self, producer: AIOKafkaProducer, metrics: Metrics) -> None:
        self._producer = producer
        self._metrics = metrics

    async def send(self, topic: Topic, record: ConsumerRecord, error: BadRecord) -> None:
        """Write one record and wait until Kafka has it."""
        headers = [
            ("reason", error.reason.encode()),
            ("error", str(error).encode()),
            ("topic", record.topic.encode()),
            ("partition", str(record.partition).encode()),
            ("offset", str(record.offset).encode()),
            *((f"original.{name}", value) for name, value in record.headers),
        ]
        await self._producer.send_and_wait(topic.dlq, record.value or b"", key=record.key, headers=headers)
        self._metrics.dead_letters.labels(topic=topic.name, reason=error.reason).inc()
        log.warning(
            "A record went to its dead-letter topic",
            extra={
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "reason": error.reason,
            },
        )
