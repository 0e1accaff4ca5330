"""The explainer: moments from Kafka in, one rationale out for each.

One task reads and lets moments wait in a bounded backlog; others ask the model, `parallel` of them at once, so that an
engine can answer several calls in one batch. What does not fit gets the facts' own sentence at once, so that the queue
never grows and nothing is left without a reason. A moment's offset is committed only after its rationale is written, so
a crash explains it again: its id stays the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import decode_moment, encode
from tonewatch.stream.errors import BadRecord, TooLarge, Unprocessable
from tonewatch.stream.kafka.clients import Sender, deliver
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.kafka.offsets import PartitionProgress, SafeOffsets
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.kafka.withdrawals import WithdrawalReader
from tonewatch.stream.messages import Moment, Rationale
from tonewatch.stream.messages.bounds import LONGEST_CLAIM, LONGEST_REASON, MOST_CLAIMS
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.service.traces import NO_SPAN, Span, carried
from tonewatch.stream.topics import MOMENTS, RATIONALES
from tonewatch.stream.withdrawn import Withdrawn
from tonewatch.workers.explain.backlog import Backlog
from tonewatch.workers.reasons.engines.engine import Engine
from tonewatch.workers.reasons.explain import closing, explain, from_the_facts, in_the_arguments_words

log = logging.getLogger(__name__)

GROUP = "tonewatch-explain"
POLL_MS = 100
NEWS_EVERY_S = 1.0
NO_ANSWER = ("missing", "late", "malformed")
"""Why a reason is not the model's, where that is the fault of whoever serves the model."""


@dataclass(frozen=True)
class _Waiting:
    """A moment that has no reason yet, and where it lies."""

    partition: TopicPartition
    progress: PartitionProgress
    offset: int
    moment: Moment
    span: Span = NO_SPAN


class Explainer:
    """Explains the moments of its partitions. `clock` is monotonic seconds, `wall_ms` the wall clock.

    `argued`: the model decides, and the argument from the facts says why, where both agree. `withdrawals`: of the calls
    that it names no model is asked, and no reason is written.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        producer: Sender,
        dead_letters: DeadLetters,
        engine: Engine | None,
        metrics: Metrics,
        *,
        deadline_s: float,
        queue_size: int,
        parallel: int = 1,
        argued: bool = False,
        withdrawals: WithdrawalReader | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._dead_letters = dead_letters
        self._engine = engine
        self._metrics = metrics
        self._deadline_s = deadline_s
        self._parallel = max(1, parallel)
        self._argued = argued
        self._withdrawals = withdrawals
        self._withdrawn = Withdrawn()
        self._next_news_s = 0.0
        self._clock = clock
        self._wall_ms = wall_ms
        self._backlog: Backlog[_Waiting] = Backlog(queue_size)
        self._arrived = asyncio.Event()
        self._partitions = SafeOffsets(PartitionProgress)
        self._progress = ReadProgress(metrics, GROUP)

    def use(self, engine: Engine) -> None:
        """Ask this model from now on: its weights came late."""
        self._engine = engine

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what waits gets the facts' own sentence, and all of it is committed."""
        if self._withdrawals is not None:
            self._honour(await self._withdrawals.until_now())
        explaining = [asyncio.create_task(self._explain_waiting()) for _ in range(self._parallel)]
        try:
            while not stop.is_set():
                self._metrics.health.beat()
                await self._hear_of_withdrawals()
                for task in explaining:
                    if task.done():
                        task.result()
                batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=100)
                # A rebalance may come while a batch is taken; what is left of it then is another member's.
                progress = {partition: self._partitions.of(partition) for partition in batches}
                for partition, records in batches.items():
                    await self._take_all(partition, progress[partition], records)
                await self.commit()
                self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
                self._metrics.moments_waiting.set(len(self._backlog))
        finally:
            for task in explaining:
                task.cancel()
            await asyncio.gather(*explaining, return_exceptions=True)
        for waiting in self._backlog.clear():
            await self._shed(waiting)
        await self.commit()

    async def _hear_of_withdrawals(self) -> None:
        if self._withdrawals is not None and self._clock() >= self._next_news_s:
            self._next_news_s = self._clock() + NEWS_EVERY_S
            self._honour(await self._withdrawals.news())

    def _honour(self, calls: Iterable[str]) -> None:
        for call_id in calls:
            self._withdrawn.add(call_id)

    def _is_over(self, waiting: _Waiting) -> bool:
        """Nothing of a call that was withdrawn or erased is asked about or told; its moment counts as dealt with."""
        if waiting.moment.call_id not in self._withdrawn:
            return False
        waiting.span.end()
        waiting.progress.written(waiting.offset)
        return True

    def forget(self, partitions: set[TopicPartition]) -> None:
        """These partitions went to another explainer, which reads again what had not been committed."""
        self._partitions.forget(partitions)
        for waiting in self._backlog.clear():
            if waiting.partition not in partitions:
                self._backlog.offer(_key(waiting.moment), waiting)

    async def commit(self) -> None:
        """Commit each partition up to the oldest moment whose rationale is not written."""
        await self._partitions.commit(self._consumer)

    async def _take_all(
        self, partition: TopicPartition, progress: PartitionProgress, records: list[ConsumerRecord]
    ) -> None:
        for record in records:
            if not self._partitions.is_current(partition, progress):
                return
            await self._take(partition, progress, record)
            progress.take(record.offset)

    async def _take(self, partition: TopicPartition, progress: PartitionProgress, record: ConsumerRecord) -> None:
        self._metrics.records.labels(topic=MOMENTS.name).inc()
        self._progress.took(partition, record.offset, record.timestamp)
        try:
            moment = decode_moment(record.value)
            check_key(record.key, moment.call_id)
        except BadRecord as error:
            # Waited for: only then may the offset behind it be committed.
            await self._dead_letters.send(MOMENTS, record, error)
            return
        span = self._metrics.traces.follow("reason", record.headers, kind=moment.kind)
        waiting = _Waiting(partition, progress, record.offset, moment, span)
        progress.hold(record.offset)
        if not moment.alert_id and len(self._backlog):
            # Nobody waits for what merely goes on; it takes no alert's turn.
            await self._shed(waiting)
            return
        for left_out in self._backlog.offer(_key(moment), waiting):
            await self._shed(left_out)
        self._arrived.set()

    async def _shed(self, waiting: _Waiting) -> None:
        if self._is_over(waiting):
            return
        self._metrics.shed.labels(what="llm").inc()
        try:
            moment = waiting.moment
            rationale = closing(moment) if moment.closing else from_the_facts(moment, "shed")
        except FAULTS as error:
            await self._refuse(waiting, _failed(error))
        else:
            await self._write(waiting, rationale)

    async def _explain_waiting(self) -> None:
        while True:
            await self._arrived.wait()
            # Two tasks may wake for one moment: the second finds nothing and waits again.
            waiting = self._backlog.take()
            if waiting is None:
                self._arrived.clear()
                continue
            if self._is_over(waiting):
                continue
            try:
                rationale = await explain(waiting.moment, self._engine, deadline_s=self._deadline_s, clock=self._clock)
                if self._argued and not rationale.closing:
                    rationale = in_the_arguments_words(rationale, waiting.moment)
            except asyncio.CancelledError:
                # A stop in the middle: this one too leaves with the sentence, in `run`.
                self._backlog.offer(_key(waiting.moment), waiting)
                raise
            except FAULTS as error:
                await self._refuse(waiting, _failed(error))
                continue
            self._metrics.stage_seconds.labels(stage="explain").observe(rationale.seconds)
            if rationale.fallback in NO_ANSWER and self._engine is not None:
                self._metrics.retries.labels(of="llm").inc()
            if rationale.fallback == "shed":  # The model's server says that it has too much to do.
                self._metrics.shed.labels(what="llm").inc()
            await self._write(waiting, rationale)

    async def _write(self, waiting: _Waiting, rationale: Rationale) -> None:
        if self._is_over(waiting):  # It was withdrawn while the model was asked.
            return
        stamped = msgspec.structs.replace(fitted(rationale), emitted_at_ms=self._wall_ms())
        try:
            with waiting.span.child("rationale written") as writing:
                key = rationale.call_id.encode()
                headers = carried(writing, event_headers(RATIONALES.name, stamped))
                await deliver(self._producer, RATIONALES.name, encode(stamped), key=key, **headers)
        except TooLarge as error:
            await self._refuse(waiting, error)
            return
        said = {"source": rationale.source, "fallback": rationale.fallback, "decision": rationale.decision}
        self._metrics.rationales.labels(**said).inc()
        waiting.span.note(**said)
        waiting.span.end()
        # Of a partition that went away meanwhile this is a forgotten object: the record is read again by its new owner.
        waiting.progress.written(waiting.offset)

    async def _refuse(self, waiting: _Waiting, error: BadRecord) -> None:
        """A moment that cannot be answered at all goes to the dead letters, and the partition goes on."""
        waiting.span.end()
        await self._dead_letters.refer(MOMENTS, waiting.partition.partition, waiting.offset, error)
        waiting.progress.written(waiting.offset)


def _failed(error: Exception) -> Unprocessable:
    log.exception("A moment could not be explained", exc_info=error)
    text = f"the record made the explainer fail ({type(error).__name__}); its log says where"
    return Unprocessable(text, reason="failed")


def fitted(rationale: Rationale) -> Rationale:
    """Within the bounds of the contract, whatever a model wrote; `claims_total` counts those that are left out too."""
    claims = [msgspec.structs.replace(c, text=c.text[:LONGEST_CLAIM]) for c in rationale.claims[:MOST_CLAIMS]]
    return msgspec.structs.replace(rationale, text=rationale.text[:LONGEST_REASON], claims=tuple(claims))


def _key(moment: Moment) -> str:
    return moment.alert_id or moment.moment_id
