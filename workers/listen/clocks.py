"""What earlier listeners wrote of the calls of a partition: their epochs, the roles of their channels, their ends."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.stream.codec import decode_clock
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.clients import make_reader, start, stop
from tonewatch.stream.messages import CallClock
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS, CLOCKS

log = logging.getLogger(__name__)

_POLL_MS = 200

Clocks = OrderedDict[str, CallClock]


class ClockReader(Protocol):
    """Where the clocks of a partition of the calls topic are read from."""

    async def read(self, partition: int) -> Clocks: ...


class TopicClocks:
    """Reads `tonewatch.clocks.v1`, which is keyed as the calls topic is, up to its end as it is now."""

    def __init__(self, settings: KafkaSettings, topic: str = CLOCKS.name) -> None:
        self._settings = settings
        self._topic = topic

    async def read(self, partition: int) -> Clocks:
        """The newest clock of each call, the oldest record first.

        Raises:
            BrokerError: Kafka does not answer.
        """
        consumer = make_reader(self._settings, [self._topic, CALLS.name])
        try:
            await start(consumer, self._settings)
            found: Clocks = OrderedDict()
            for one in _holding(consumer, self._topic, partition):
                await _read(consumer, one, found)
        finally:
            await stop(consumer)
        log.info("Clocks of calls are known", extra={"partition": partition, "count": len(found)})
        return found


def _holding(consumer: AIOKafkaConsumer, topic: str, partition: int) -> list[TopicPartition]:
    """The one with the same keys, where both topics have as many partitions; else all.

    A count that has just grown is known to one broker sooner than to another: who was given a partition that this
    broker does not tell of yet reads all.
    """
    numbers = consumer.partitions_for_topic(topic) or set()
    same = partition in numbers and len(numbers) == len(consumer.partitions_for_topic(CALLS.name) or set())
    return [TopicPartition(topic, number) for number in ([partition] if same else sorted(numbers))]


async def _read(consumer: AIOKafkaConsumer, partition: TopicPartition, found: Clocks) -> None:
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=_POLL_MS)).get(partition, []):
            if record.value is None:  # A tombstone: the call was erased.
                found.pop((record.key or b"").decode(errors="replace"), None)
                continue
            try:
                clock = decode_clock(record.value)
            except BadRecord as error:
                log.warning("A call's clock cannot be read", extra={"error": type(error).__name__})
                continue
            found[clock.call_id] = clock
            found.move_to_end(clock.call_id)
