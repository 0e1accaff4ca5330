"""The topic of deliveries: what is kept there, read back whole, and what somebody sends back from its dead letters."""

from __future__ import annotations

import logging

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.clients import deliver, make_reader, start, stop
from tonewatch.stream.kafka.dead_letters import REPLAYED
from tonewatch.stream.messages import Delivery
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import DELIVERIES

log = logging.getLogger(__name__)

POLL_MS = 200


class DeliveryLog:
    """Writes deliveries; waits for Kafka as long as it is away."""

    def __init__(self, producer: AIOKafkaProducer, metrics: Metrics) -> None:
        self._producer = producer
        self._metrics = metrics

    async def write(self, delivery: Delivery) -> None:
        headers = event_headers(DELIVERIES.name, delivery)
        key = delivery.delivery_id.encode()
        await deliver(self._producer, DELIVERIES.name, encode(delivery), key=key, headers=headers)

    async def bury(self, delivery: Delivery) -> None:
        """The dead letter first: after a crash in between the delivery is tried once more, and not lost.

        What lies there is the delivery as it waits, so that `tonewatch dlq replay` begins its tries anew.
        """
        again = msgspec.structs.replace(
            delivery, state="waiting", attempts=0, tried_at_ms=0, ended_at_ms=0, reason="", address=""
        )
        text = f"{delivery.target} was not told after {delivery.attempts} tries ({delivery.reason})"
        headers = [
            ("reason", delivery.reason.encode()),
            ("error", text.encode()),
            ("topic", DELIVERIES.name.encode()),
        ]
        key = delivery.delivery_id.encode()
        await deliver(self._producer, DELIVERIES.dlq, encode(again), key=key, headers=headers)
        self._metrics.dead_letters.labels(topic=DELIVERIES.name, reason=delivery.reason).inc()
        await self.write(delivery)


class DeliveryReader:
    """Reads the topic whole, and then what is sent back to it. In no group: every notifier reads all of it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None

    async def restore(self) -> list[Delivery]:
        """The newest of each delivery, up to the topic's end as it is now.

        Raises:
            BrokerError: Kafka does not answer.
        """
        await self.aclose()
        self._consumer = consumer = make_reader(self._settings, [DELIVERIES.name])
        await start(consumer, self._settings)
        numbers = sorted(consumer.partitions_for_topic(DELIVERIES.name) or {0})
        partitions = [TopicPartition(DELIVERIES.name, number) for number in numbers]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: dict[str, Delivery] = {}
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                for record in (await consumer.getmany(partition, timeout_ms=POLL_MS)).get(partition, []):
                    _take(record, found)
        log.info("Deliveries are known", extra={"count": len(found)})
        return list(found.values())

    async def sent_back(self) -> list[Delivery]:
        """What `tonewatch dlq replay` sent since the last look; does not wait."""
        if self._consumer is None:
            return []
        found: dict[str, Delivery] = {}
        for records in (await self._consumer.getmany(timeout_ms=0)).values():
            for record in records:
                # All the others are our own writing, or of a notifier before us that woke up too late.
                if _is_sent_back(record):
                    _take(record, found)
        return list(found.values())

    async def aclose(self) -> None:
        if self._consumer is not None:
            await stop(self._consumer)
            self._consumer = None


def _take(record: ConsumerRecord, found: dict[str, Delivery]) -> None:
    """The record of a delivery that is over stands, whatever a notifier that woke up too late wrote behind it."""
    if record.value is None:
        return
    try:
        delivery = decode_delivery(record.value)
    except BadRecord as error:
        where = {"partition": record.partition, "offset": record.offset}
        log.warning("A delivery cannot be read", extra={**where, "error": type(error).__name__})
        return
    known = found.get(delivery.delivery_id)
    is_late = known is not None and known.state != "waiting" and delivery.state == "waiting"
    if not is_late or _is_sent_back(record):
        found[delivery.delivery_id] = delivery


def _is_sent_back(record: ConsumerRecord) -> bool:
    return any(name == REPLAYED for name, _ in record.headers)
