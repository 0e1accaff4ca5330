"""`tonewatch.keys.v1` as one process follows it: read whole, then on and on; and what is written to it."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from tonewatch.stream.call_keys.counts import count
from tonewatch.stream.call_keys.key_index import KeyIndex
from tonewatch.stream.errors import BadRecord, SettingsError
from tonewatch.stream.kafka.clients import RETRY_S, deliver, make_producer, make_reader, stop
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import KEYS

log = logging.getLogger(__name__)

_POLL_MS: Final = 200
_PRUNE_EVERY_S: Final = 3_600.0


class KeyTopic:
    """Keeps `index` up to date. Several partitions may come while it runs: then all is read again."""

    def __init__(self, settings: KafkaSettings, index: KeyIndex) -> None:
        # Its own clients seal nothing.
        self._settings = settings.model_copy(update={"call_keys": "off"})
        self._index = index
        self._consumer: AIOKafkaConsumer | None = None
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._polled = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read all of it, and follow it from then on.

        Raises:
            SettingsError: it is not there.
            KafkaError: Kafka does not answer, or refuses.
        """
        self._consumer = consumer = make_reader(self._settings, [KEYS.name])
        try:
            await consumer.start()
            if not consumer.partitions_for_topic(KEYS.name):
                raise SettingsError(f"There is no topic {KEYS.name}: `tonewatch topics apply` makes it.")
            self._assign(consumer)
            self._following = asyncio.create_task(self._follow(consumer))
            await self.caught_up()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await stop(*[one for one in (self._consumer, self._producer) if one is not None])
        self._consumer = self._producer = self._following = None

    def _assign(self, consumer: AIOKafkaConsumer) -> None:
        """Each partition there is, from its beginning."""
        numbers = consumer.partitions_for_topic(KEYS.name) or set()
        wanted = {TopicPartition(KEYS.name, number) for number in numbers}
        if wanted - consumer.assignment() or not self._following:
            consumer.assign(sorted(wanted))

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        prune_at_s = 0.0
        while True:
            try:
                self._assign(consumer)
                found = await consumer.getmany(timeout_ms=_POLL_MS)
            except KafkaError as error:
                log.warning("The keys of calls cannot be read; trying again", extra={"error": type(error).__name__})
                await asyncio.sleep(RETRY_S)
                continue
            # Without a wait in between: who looks at the position finds all applied that lies before it.
            for records in found.values():
                for record in records:
                    self._apply(record.key, record.value, record.timestamp)
            self._polled.set()
            self._polled = asyncio.Event()
            if time.monotonic() > prune_at_s:
                prune_at_s = time.monotonic() + _PRUNE_EVERY_S
                self._index.prune(time.time_ns() // 1_000_000 - KEYS.retention_ms)

    def _apply(self, key: bytes | None, value: bytes | None, written_at_ms: int) -> None:
        try:
            self._index.apply(key or b"", value, written_at_ms)
        except BadRecord as error:
            count(KEYS.name, "broken")
            log.warning("A record of the keys of calls cannot be read", extra={"error": str(error)})

    async def caught_up(self) -> None:
        """Until all is known that is in the topic now, for as long as Kafka is away."""
        consumer = self._started_consumer()
        while True:
            try:
                partitions = sorted(consumer.assignment())
                ends = await consumer.end_offsets(partitions)
                while not await _is_read(consumer, ends):
                    await self._polled.wait()
            except KafkaError as error:
                log.warning("The keys of calls are not known; trying again", extra={"error": type(error).__name__})
                await asyncio.sleep(RETRY_S)
            else:
                # A partition that came meanwhile is read before anything is said to be unknown.
                if set(partitions) == consumer.assignment():
                    return
            if self._following is not None and self._following.done():
                self._following.result()

    def _started_consumer(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise RuntimeError("the topic of keys is used before start, or after stop")
        return self._consumer

    async def write(self, call: bytes, key: bytes, value: bytes | None) -> None:
        """A record of a call, in the partition where all records of the call lie."""
        producer = await self._started()
        numbers = sorted(one.partition for one in self._started_consumer().assignment())
        await deliver(producer, KEYS.name, value, key=key, partition=partition_of(call, numbers))

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = make_producer(self._settings, linger_ms=0, gives_up=False)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer


async def _is_read(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    return all([await consumer.position(one) >= end for one, end in ends.items()])


def partition_of(call: bytes, partitions: list[int]) -> int:
    """As Kafka's own clients place a record whose key is the call id."""
    place: int = (murmur2(call) & 0x7FFFFFFF) % len(partitions)
    return partitions[place]
