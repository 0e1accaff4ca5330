"""The listener: calls from Kafka in, one event per speech segment out.

One loop reads and keeps each call's state; closed segments go through a bounded queue to one analysis task, so
that their order in a call is kept and a full queue stops the reading. Offsets are committed up to the oldest chunk
that a restart would still need. Speech-to-text has a short queue of its own and is what is left out under load.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tonewatch.stream.codec import decode_call, encode
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka import DeadLetters, Sender
from tonewatch.stream.messages import (
    AudioChunk,
    CallClosed,
    CallEnded,
    CallMessage,
    CallOpened,
    CallStarted,
    CloseReason,
    SegmentMessage,
)
from tonewatch.stream.metrics import Metrics
from tonewatch.stream.topics import CALLS, SEGMENTS
from tonewatch.workers.analysis import Analysis
from tonewatch.workers.call import Call, Spoken
from tonewatch.workers.segmenter import SegmenterSettings
from tonewatch.workers.transcripts import Transcripts

log = logging.getLogger(__name__)

GROUP = "tonewatch-listen"
ENDED_REMEMBERED = 10_000
POLL_MS = 100
COMMIT_EVERY_S = 1.0


@dataclass(frozen=True)
class _Job:
    """Something to be written for a call, in its order: a segment to analyse first, or a message as it is."""

    partition: TopicPartition
    offset: int
    work: Spoken | CallOpened | CallClosed


class Listener:
    """Follows every call of its partitions. `clock` is monotonic seconds, for calls that never end."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        producer: Sender,
        dead_letters: DeadLetters,
        analysis: Analysis,
        transcripts: Transcripts | None,
        metrics: Metrics,
        *,
        segmenter: SegmenterSettings,
        call_idle_s: float,
        queue_size: int = 64,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._dead_letters = dead_letters
        self._analysis = analysis
        self._transcripts = transcripts
        self._metrics = metrics
        self._segmenter = segmenter
        self._call_idle_s = call_idle_s
        self._clock = clock
        self._calls: dict[TopicPartition, dict[str, Call]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(queue_size)
        self._unwritten: dict[TopicPartition, list[int]] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what is queued is written and committed."""
        writing = asyncio.create_task(self._write_jobs())
        try:
            next_commit_s = self._clock() + COMMIT_EVERY_S
            while not stop.is_set():
                if writing.done():
                    writing.result()
                for partition, records in (await self._consumer.getmany(timeout_ms=POLL_MS, max_records=500)).items():
                    for record in records:
                        await self._take(partition, record)
                        self._positions[partition] = record.offset + 1
                await self._close_idle()
                if self._clock() >= next_commit_s:
                    await self.commit()
                    next_commit_s = self._clock() + COMMIT_EVERY_S
            await self._jobs.join()
            await self.commit()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    def forget(self, partitions: set[TopicPartition]) -> None:
        """These partitions went to another listener, which reads again what had not been committed."""
        for partition in partitions:
            for held in (self._calls, self._unwritten, self._positions, self._committed):
                held.pop(partition, None)
        self._metrics.calls_open.set(self._open_count())

    def safe_offset(self, partition: TopicPartition) -> int | None:
        """Up to here a restart needs nothing again; null before the first record."""
        position = self._positions.get(partition)
        if position is None:
            return None
        held = [c.oldest_open_offset() for c in self._calls.get(partition, {}).values()]
        return min([position, *self._unwritten.get(partition, []), *(o for o in held if o is not None)])

    async def commit(self) -> None:
        """Commit the safe offset of each partition, where it moved."""
        moved = {}
        for partition in self._consumer.assignment():
            safe = self.safe_offset(partition)
            if safe is not None and safe != self._committed.get(partition):
                moved[partition] = safe
        if moved:
            await self._consumer.commit(moved)
            self._committed.update(moved)

    async def _take(self, partition: TopicPartition, record: ConsumerRecord) -> None:
        self._metrics.records.labels(topic=CALLS.name).inc()
        try:
            message = decode_call(record.value)
            await self._follow(partition, record.offset, message)
        except BadRecord as error:
            await self._dead_letters.send(CALLS, record, error)

    async def _follow(self, partition: TopicPartition, offset: int, message: CallMessage) -> None:
        if message.call_id in self._ended and not isinstance(message, CallStarted):
            raise Unprocessable(f"call {message.call_id}: this came after the call's end", reason="after_end")
        calls = self._calls.setdefault(partition, {})
        call = calls.get(message.call_id)
        if call is None and not isinstance(message, CallEnded):
            call = calls[message.call_id] = Call(message.call_id, self._segmenter, self._clock())
            self._metrics.calls_open.set(self._open_count())
        if call is not None:
            call.last_seen_s = self._clock()
        match message:
            case CallStarted() if call is not None:
                self._ended.pop(message.call_id, None)
                await self._queue(partition, offset, call.started(message))
            case AudioChunk() if call is not None:
                await self._heard(partition, offset, call, message)
            case CallEnded():
                call = call or Call(message.call_id, self._segmenter, self._clock())
                await self._finish(partition, offset, call, "ended", message.duration_ms)

    async def _heard(self, partition: TopicPartition, offset: int, call: Call, chunk: AudioChunk) -> None:
        if call.notice_given is None:
            await self._queue(partition, offset, call.joined(chunk))
        try:
            for spoken in call.heard(chunk, offset):
                await self._queue(partition, spoken.segment.first_offset, spoken)
        except Unprocessable:
            call.rejected += 1
            raise

    async def _finish(
        self, partition: TopicPartition, offset: int, call: Call, reason: CloseReason, duration_ms: int | None
    ) -> None:
        for spoken in call.finish():
            await self._queue(partition, spoken.segment.first_offset, spoken)
        await self._queue(partition, offset, call.closed(reason, duration_ms))
        self._calls.get(partition, {}).pop(call.call_id, None)
        if reason == "ended":
            self._ended[call.call_id] = None
            while len(self._ended) > ENDED_REMEMBERED:
                self._ended.popitem(last=False)
        self._metrics.calls_open.set(self._open_count())

    async def _close_idle(self) -> None:
        """A call that nothing more was heard of is closed; if audio comes back it is followed again."""
        horizon = self._clock() - self._call_idle_s
        for partition, calls in self._calls.items():
            for call in [c for c in calls.values() if c.last_seen_s < horizon]:
                log.warning("A call was silent for too long and is closed", extra={"call_id": call.call_id})
                await self._finish(partition, self._positions.get(partition, 0), call, "timeout", None)

    async def _queue(self, partition: TopicPartition, offset: int, work: Spoken | CallOpened | CallClosed) -> None:
        self._unwritten.setdefault(partition, []).append(offset)
        await self._jobs.put(_Job(partition, offset, work))

    async def _write_jobs(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                message = await self._message(job)
                await self._write(message)
                waiting = self._unwritten.get(job.partition, [])
                if job.offset in waiting:
                    waiting.remove(job.offset)
            finally:
                self._jobs.task_done()

    async def _message(self, job: _Job) -> SegmentMessage:
        if not isinstance(job.work, Spoken):
            if isinstance(job.work, CallClosed) and self._transcripts is not None:
                return msgspec.structs.replace(job.work, words_shed=self._transcripts.forget(job.work.call_id))
            return job.work
        segment, samples_16k = await asyncio.to_thread(self._analysis.segment, job.work, job.partition)
        self._metrics.segments.labels(role=segment.role, abstained=segment.abstained or "").inc()
        if self._transcripts is not None and samples_16k is not None:
            self._transcripts.offer(segment, samples_16k)
        return msgspec.structs.replace(segment, emitted_at_ms=time.time_ns() // 1_000_000)

    async def _write(self, message: SegmentMessage) -> None:
        delivery = await self._producer.send(SEGMENTS.name, encode(message), key=message.call_id.encode())
        if isinstance(delivery, asyncio.Future):
            await delivery

    def _open_count(self) -> int:
        return sum(len(calls) for calls in self._calls.values())
