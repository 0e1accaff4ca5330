"""Kafka clients that seal and open; `stream/kafka/clients.py` makes them where TONEWATCH_CALL_KEYS says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from tonewatch.stream.call_keys.envelope import is_sealed
from tonewatch.stream.call_keys.key_ring import seals
from tonewatch.stream.call_keys.sealed_topics import is_sealed_topic
from tonewatch.stream.call_keys.shared_ring import RingUse
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import KafkaSettings


async def _take(use: RingUse, give_up: Callable[[], Awaitable[None]]) -> None:
    """The ring, or the client is stopped: no second try would find other keys. One at an answer of Kafka's may."""
    try:
        await use.start()
    except SettingsError:
        await give_up()
        raise


class SealedProducer(AIOKafkaProducer):  # type: ignore[misc]
    """Seals what tells of a call; its topic, key, headers and offset stay in the clear."""

    def __init__(self, settings: KafkaSettings, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._use = RingUse(settings)

    async def start(self) -> None:
        """
        Raises:
            SettingsError: there is no master key, or no topic of keys.
        """
        await _take(self._use, self.stop)
        await super().start()

    async def stop(self) -> None:
        try:
            await super().stop()
        finally:
            await self._use.stop()

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        *more: Any,  # noqa: ANN401
        **named: Any,  # noqa: ANN401
    ) -> asyncio.Future[Any]:
        """As aiokafka's own."""
        if key and value and seals(topic, key, value):
            value = await self._use.ring.seal(topic, key, value)
        sent: asyncio.Future[Any] = await super().send(topic, value, key, *more, **named)
        return sent


class SealedConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Opens what is sealed, and leaves out what was shredded, as if compaction had taken it."""

    def __init__(self, settings: KafkaSettings, *topics: str, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*topics, **options)
        self._use = RingUse(settings)

    async def start(self) -> None:
        """
        Raises:
            SettingsError: there is no master key, or no topic of keys.
        """
        await _take(self._use, self.stop)
        await super().start()

    async def stop(self) -> None:
        try:
            await super().stop()
        finally:
            await self._use.stop()

    async def getone(self, *partitions: TopicPartition) -> ConsumerRecord:
        while True:
            record = await super().getone(*partitions)
            if await self._opened([record], self._use.ring.looks):
                return record

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """As aiokafka's own; of what was shredded there may be nothing in an answer.

        Raises:
            SettingsError: the master keys are the wrong ones, or their file cannot be read (`KeyRing.known`).
        """
        found: dict[TopicPartition, list[ConsumerRecord]] = await super().getmany(
            *partitions, timeout_ms=timeout_ms, max_records=max_records
        )
        before, looks = self._assigned(), self._use.ring.looks
        for partition, records in list(found.items()):
            if is_sealed_topic(partition.topic):
                if opened := await self._opened(records, looks):
                    found[partition] = opened
                else:
                    del found[partition]
        # A key may have been waited for. What of a rebalance meanwhile was nobody's is read again by whoever has it.
        return found if self._assigned() is before else {}

    def _assigned(self) -> object:
        """Another object after each assignment."""
        subscription = self._subscription.subscription
        return None if subscription is None else subscription.assignment

    async def _opened(self, records: list[ConsumerRecord], looks: int) -> list[ConsumerRecord]:
        """`looks`: those there were when the records were fetched."""
        kept = []
        for record in records:
            value = record.value
            if value and is_sealed_topic(record.topic) and is_sealed(value):
                ring = self._use.ring
                opened = ring.known(record.topic, record.key, value)
                if opened is None:
                    opened = await ring.open(record.topic, record.key, value, looks)
                if opened is None:
                    continue
                # The record is ours alone, and making another one takes as long as opening it.
                object.__setattr__(record, "value", opened)
            kept.append(record)
        return kept
