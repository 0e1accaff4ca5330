"""The topic of deliveries: what is kept there, read back whole, and what somebody sends back from its dead letters."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from tonewatch.stream.call_hash import hash_of_mark
from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.clients import deliver, make_reader, start, stop
from tonewatch.stream.kafka.dead_letters import AGAIN, ERASED, REPLAYED, DeadLetters
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.messages import Delivery
from tonewatch.stream.notify.disabled import DISABLED
from tonewatch.stream.notify.withdrawal import NOTICE_WITHDRAWN
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

    async def erase(self, delivery_id: str) -> None:
        await deliver(self._producer, DELIVERIES.name, None, key=delivery_id.encode())

    async def bury(self, delivery: Delivery) -> None:
        """The dead letter first: after a crash in between the delivery is tried once more, and not lost.

        What lies there is the delivery as it waits, so that `tonewatch dlq replay` begins its tries anew.
        """
        again = msgspec.structs.replace(
            delivery, state="waiting", attempts=0, tried_at_ms=0, ended_at_ms=0, reason="", address=""
        )
        text = f"{delivery.target} was not told after {delivery.attempts} tries ({delivery.reason})"
        if delivery.reason == DISABLED:
            text = f"{delivery.target} was not told: it said that it is gone, and is disabled until it is another"
        headers = [
            ("reason", delivery.reason.encode()),
            ("error", text.encode()),
            ("topic", DELIVERIES.name.encode()),
        ]
        key = delivery.delivery_id.encode()
        await deliver(self._producer, DELIVERIES.dlq, encode(again), key=key, headers=headers)
        self._metrics.dead_letters.labels(topic=DELIVERIES.name, reason=delivery.reason).inc()
        await self.write(delivery)


@dataclass(frozen=True)
class SentBack:
    """A dead letter that `tonewatch dlq replay` wrote to the topic. `again`: also if it was delivered since."""

    delivery: Delivery
    again: bool


@dataclass(frozen=True)
class Erased:
    """What a delivery told of was erased; `call_hash`: the call alone that this names, and null all of it."""

    delivery_id: str
    call_hash: str | None


class DeliveryReader:
    """Reads the topic whole, and then what is sent back to it or erased. In no group: every notifier reads all of it.

    `covered`, after `restore`: what was delivered and has a replay of its dead letter behind it. Compaction will leave
    that replay only, so these are to be written anew.
    """

    def __init__(self, settings: KafkaSettings, dead_letters: DeadLetters) -> None:
        self._settings = settings
        self._dead_letters = dead_letters
        # The topic is read whole again and again: each record that cannot be used is one dead letter of this process.
        self._refused: set[tuple[int, int]] = set()
        self._consumer: AIOKafkaConsumer | None = None
        self.covered: list[Delivery] = []

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
        covered: dict[str, bool] = {}
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                for record in (await consumer.getmany(partition, timeout_ms=POLL_MS)).get(partition, []):
                    if record.value is None:
                        _forget(record, found, covered)
                    elif (delivery := await self._read(record)) is not None:
                        covered[delivery.delivery_id] = not _take(record, delivery, found)
        self.covered = [found[name] for name, is_covered in covered.items() if is_covered]
        log.info("Deliveries are known", extra={"count": len(found)})
        return list(found.values())

    async def by_others(self) -> list[SentBack | Erased]:
        """What `tonewatch dlq replay` and `tonewatch erase` wrote since the last look; does not wait."""
        if self._consumer is None:
            return []
        found: dict[str, SentBack | Erased] = {}
        for records in (await self._consumer.getmany(timeout_ms=0)).values():
            for record in records:
                if (erased := _erased(record)) is not None:
                    found[erased.delivery_id] = erased
                # All the others are our own writing, or of a notifier before us that woke up too late.
                elif _is_sent_back(record) and (delivery := await self._read(record)) is not None:
                    found[delivery.delivery_id] = SentBack(delivery, _is_asked_again(record))
        return list(found.values())

    async def _read(self, record: ConsumerRecord) -> Delivery | None:
        """Null of what cannot be used, which is a dead letter then."""
        try:
            return checked(record)
        except BadRecord as error:
            if (place := (record.partition, record.offset)) not in self._refused:
                self._refused.add(place)
                await self._dead_letters.send(DELIVERIES, record, error)
            return None

    async def aclose(self) -> None:
        if self._consumer is not None:
            await stop(self._consumer)
            self._consumer = None


def _forget(record: ConsumerRecord, found: dict[str, Delivery], covered: dict[str, bool]) -> None:
    """A tombstone: what it told of was erased."""
    name = (record.key or b"").decode(errors="replace")
    found.pop(name, None)
    covered.pop(name, None)


def _erased(record: ConsumerRecord) -> Erased | None:
    name = (record.key or b"").decode(errors="replace")
    if record.value is None:
        return Erased(name, None)
    of_call = next((value for header, value in record.headers if header == ERASED), None)
    return None if of_call is None else Erased(name, of_call.decode(errors="replace"))


def checked(record: ConsumerRecord) -> Delivery:
    """What a record tells of a delivery, or that a call was erased; whoever may write to the topic wrote it.

    Raises:
        BadRecord: it is none, lies under another's key, or tells nothing.
    """
    delivery = decode_delivery(record.value)
    check_key(record.key, delivery.delivery_id)
    if hash_of_mark(delivery.delivery_id) is None:
        if not delivery.notices:
            raise Unprocessable("The delivery tells nothing: it has no notices.", reason="no_notices")
    elif delivery.notices or delivery.state != "cancelled":
        raise Unprocessable(
            "Under the mark of an erased call stands a delivery that tells something.", reason="no_mark"
        )
    return delivery


def _take(record: ConsumerRecord, delivery: Delivery, found: dict[str, Delivery]) -> bool:
    """The record of a delivery that is over stands, whatever a notifier that woke up too late wrote behind it.

    So does that of one that was delivered, whatever was sent back behind it unless again was asked for: false then.
    """
    known = found.get(delivery.delivery_id)
    is_late = known is not None and known.state != "waiting" and delivery.state == "waiting"
    if is_late and not _counts(record, known):
        return False
    found[delivery.delivery_id] = delivery
    return True


def _counts(record: ConsumerRecord, known: Delivery | None) -> bool:
    """Is it to be tried anew, though it is over?"""
    if known is not None and known.reason == NOTICE_WITHDRAWN:
        return False
    was_delivered = known is not None and known.state == "delivered"
    return _is_sent_back(record) and (not was_delivered or _is_asked_again(record))


def _is_sent_back(record: ConsumerRecord) -> bool:
    return any(name == REPLAYED for name, _ in record.headers)


def _is_asked_again(record: ConsumerRecord) -> bool:
    return any(name == AGAIN for name, _ in record.headers)
