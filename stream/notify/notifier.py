"""The notifier's loop: alerts from Kafka to the desk, and the desk's couriers while the alerts are ours."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from tonewatch.stream.codec import decode_alert
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.clients import commit
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.kafka.withdrawals import WithdrawalReader
from tonewatch.stream.notify.delivery_log import DeliveryReader, Erased
from tonewatch.stream.notify.desk import GRACE_S, Desk
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import done_before
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.topics import ALERTS

log = logging.getLogger(__name__)

GROUP = "tonewatch-notify"

ROUND_S = 3.0
"""At a stop, so long may what is being planned take to be kept."""


class Notifier(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads until it is stopped; every collaborator is given to it. Without `marks` nothing is known of calls that were
    erased, or whose notice was withdrawn, longer ago than deliveries lie.

    Nothing is sent before all alerts were read that lay there when they became ours: what somebody took or what ended
    meanwhile escalates no more.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        deliveries: DeliveryReader,
        desk: Desk,
        dead_letters: DeadLetters,
        metrics: Metrics,
        marks: WithdrawalReader | None = None,
    ) -> None:
        self._consumer = consumer
        self._deliveries = deliveries
        self._desk = desk
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._marks = marks
        self._progress = ReadProgress(metrics, GROUP)
        self._fresh = False
        self._ends: dict[TopicPartition, int] = {}
        self._sends = False
        self._turn = 0
        self._taking = asyncio.Lock()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """What is known of deliveries is read in the loop, before the first record."""
        self._fresh = bool(assigned)
        self._sends = False
        log.info("Alerts are ours" if assigned else "Stands by", extra={"count": len(assigned)})

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """What is being planned and sent may end; then another notifier goes on from what was kept."""
        self._sends = False
        self._fresh = False
        self._turn += 1
        if revoked:
            await self._desk.stop()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S), self._taking:
                    pass

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; what was not planned then is read again after the next start."""
        try:
            while not stop.is_set():
                self._metrics.health.beat()
                # One that is given up, because Kafka is away, is as one that a crash ended: it is read again.
                await done_before(stop, self._round(), grace_s=ROUND_S)
        finally:
            await self._desk.stop()
            await self._deliveries.aclose()
            if self._marks is not None:
                await self._marks.close()

    async def _round(self) -> None:
        batches = await self._consumer.getmany(timeout_ms=500, max_records=100)
        turn = self._turn
        if self._fresh:
            await self._begin()
        if self._marks is not None:
            self._desk.mark(await self._marks.news())
        for record in [record for records in batches.values() for record in records]:
            async with self._taking:
                if turn != self._turn:
                    return  # They are another notifier's now, which reads again what was not committed.
                await self._take(record)
        self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
        if batches:
            await commit(self._consumer)
        for found in await self._deliveries.by_others():
            if isinstance(found, Erased):
                await self._desk.erase(found.delivery_id, found.call_hash)
            else:
                await self._desk.take_back(found.delivery, again=found.again)
        await self._desk.forget_old()
        if not self._sends and self._consumer.assignment():
            self._sends = await self._has_caught_up()
        if self._sends:
            self._desk.start()

    async def _begin(self) -> None:
        self._fresh = False
        partitions = list(self._consumer.assignment())
        if self._marks is not None:
            self._desk.mark(await self._marks.until_now())
        self._desk.restore(await self._deliveries.restore())
        await self._desk.write_anew(self._deliveries.covered)
        await self._desk.erase_again()
        self._ends = await self._consumer.end_offsets(partitions)

    async def _has_caught_up(self) -> bool:
        try:
            async with asyncio.timeout(GRACE_S):
                for partition, end in self._ends.items():
                    if await self._consumer.position(partition) < end:
                        return False
        except (KafkaError, TimeoutError):
            return False  # Partitions went away meanwhile, or Kafka did.
        return not self._fresh

    async def _take(self, record: ConsumerRecord) -> None:
        self._metrics.records.labels(topic=record.topic).inc()
        try:
            alert = decode_alert(record.value)
            check_key(record.key, alert.call_id)
            await self._desk.take(alert)
        except BadRecord as error:
            await self._dead_letters.send(ALERTS, record, error)
        except FAULTS as error:
            log.exception("An alert could not be planned", extra={"offset": record.offset})
            text = f"the record made the notifier fail ({type(error).__name__}); its log says where"
            await self._dead_letters.send(ALERTS, record, Unprocessable(text, reason="failed"))
        at = TopicPartition(record.topic, record.partition)
        self._progress.took(at, record.offset, record.timestamp)
