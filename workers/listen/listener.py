"""The listener: calls from Kafka in, one event per speech segment out.

One loop reads and keeps each call's state; closed segments go through a queue to one analysis task, so that their order
in a call is kept. The queue is bounded by the bytes of its audio: above the bound the partitions are paused, below half
of it they are resumed, and the loop goes on polling and committing meanwhile. Offsets are committed up to the oldest
chunk that a restart would still need. Speech-to-text has a short queue of its own and is what is left out under load.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tonewatch.stream.caller_keys import CallerKeys
from tonewatch.stream.codec import decode_call, encode
from tonewatch.stream.errors import BadRecord, TooLarge, Unprocessable
from tonewatch.stream.kafka.clients import Sender, deliver
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.kafka.offsets import SafeOffsets
from tonewatch.stream.messages import (
    AudioChunk,
    CallClock,
    CallClosed,
    CallEnded,
    CallMessage,
    CallOpened,
    CallStarted,
    CloseReason,
    SegmentMessage,
    Silence,
)
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.service.traces import NO_SPAN, Span, carried
from tonewatch.stream.topics import CALLS, CLOCKS, SEGMENTS
from tonewatch.stream.wall_clock import delay_ms
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import Call, ClosedSegment
from tonewatch.workers.listen.clocks import ClockReader
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.transcripts import Transcripts

log = logging.getLogger(__name__)

GROUP = "tonewatch-listen"
POLL_MS = 100
COMMIT_EVERY_S = 1.0
STOP_S = 10.0
"""After a stop, what is queued is written for this long; the rest is read again by whoever comes next."""

FRESH_S = 2.0
"""A partition whose last fetch is older than this is not being read: no call of it grows silent."""

Work = ClosedSegment | CallOpened | CallClosed | CallClock | Silence


@dataclass(frozen=True)
class _Job:
    """Something to be written for a call, in its order: a segment to analyse first, or a message as it is."""

    partition: TopicPartition
    state: PartitionState
    offset: int
    work: Work
    span: Span = NO_SPAN
    waiting: Span = NO_SPAN

    @property
    def size(self) -> int:
        """Bytes of audio that it holds."""
        return self.work.segment.samples.nbytes if isinstance(self.work, ClosedSegment) else 0


class Listener:
    """Follows every call of its partitions. `clock` is monotonic seconds, for calls that never end.

    Without `clocks` nothing is known over a restart of the discontinuities before it.
    """

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
        queue_bytes: int = 16 * 1024 * 1024,
        caller_keys: CallerKeys | None = None,
        clocks: ClockReader | None = None,
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
        self._queue_bytes = queue_bytes
        self._caller_keys = caller_keys or CallerKeys()
        self._clocks = clocks
        self._clock = clock
        self._ticked_s = clock()
        self._partitions = SafeOffsets(PartitionState)
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._queued_bytes = 0
        self._progress = ReadProgress(metrics, GROUP)
        self._taking: tuple[ConsumerRecord | None, int] = (None, 0)
        self._paused: set[TopicPartition] = set()
        for reason in get_args(CloseReason):
            metrics.calls_closed.labels(reason=reason)  # From 0 on: the first calls that time out must show.

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what is queued is written and committed, for `STOP_S` at most."""
        writing = asyncio.create_task(self._write_jobs())
        try:
            next_commit_s = self._clock() + COMMIT_EVERY_S
            while not stop.is_set():
                # It ends only by an error, which must end the listener: what it had in hand would never be written.
                if writing.done():
                    writing.result()
                self._metrics.health.beat()
                self._apply_backpressure()
                # Paused or not: a member that does not poll for max_poll_interval_ms is put out of its group.
                batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=500)
                # A rebalance may come while a batch is taken; what is left of it then is another member's.
                states = {partition: self._partitions.of(partition) for partition in batches}
                for partition, records in batches.items():
                    await self._take_all(partition, states[partition], records)
                await self._close_idle()
                if self._clock() >= next_commit_s:
                    await self.commit()
                    self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
                    next_commit_s = self._clock() + COMMIT_EVERY_S
            # Either everything is written, or the writer has failed and never will.
            emptied = asyncio.create_task(self._jobs.join())
            await asyncio.wait({emptied, writing}, timeout=STOP_S, return_when=asyncio.FIRST_COMPLETED)
            emptied.cancel()
            await self.commit()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    def forget(self, partitions: set[TopicPartition]) -> None:
        """These partitions went to another listener, which reads again what had not been committed."""
        self._partitions.forget(partitions)
        self._paused -= partitions
        self._metrics.calls_open.set(self._open_count())

    async def commit(self) -> None:
        """Commit the safe offset of each partition, where it moved."""
        await self._partitions.commit(self._consumer)

    def _apply_backpressure(self) -> None:
        """Pause the partitions while too much audio waits for its analysis, and resume them when half of it is done."""
        assigned = set(self._consumer.assignment())
        if self._queued_bytes > self._queue_bytes and assigned - self._paused:
            self._metrics.pauses.inc()
            self._paused = assigned
            self._consumer.pause(*assigned)
        # Half, not the bound itself: at one bound the partitions would be paused and resumed with every segment.
        elif self._paused and self._queued_bytes <= self._queue_bytes // 2:
            # A partition that went away cannot be resumed: aiokafka raises.
            self._consumer.resume(*(self._paused & assigned))
            self._paused = set()
        self._metrics.queued_bytes.set(self._queued_bytes)

    async def _take_all(self, partition: TopicPartition, state: PartitionState, records: list[ConsumerRecord]) -> None:
        if state.clocks is None and self._clocks is not None:
            state.clocks = await self._clocks.read(partition.partition)
        for record in records:
            if not self._partitions.is_current(partition, state):
                return
            await self._take(partition, state, record)
            state.take(record.offset)
            await asyncio.sleep(0)  # Reading up on a backlog must not keep the heartbeats from being sent.

    async def _take(self, partition: TopicPartition, state: PartitionState, record: ConsumerRecord) -> None:
        self._metrics.records.labels(topic=CALLS.name).inc()
        self._progress.took(partition, record.offset, record.timestamp)
        self._taking = record, time.time_ns()
        try:
            self._follow(partition, state, record.offset, decode_call(record.value))
        except BadRecord as error:
            await self._dead_letters.send(CALLS, record, error)
        except FAULTS as error:
            log.exception("A record made the listener fail", extra={"partition": partition.partition})
            text = f"the record made the listener fail ({type(error).__name__}); its log says where"
            await self._dead_letters.send(CALLS, record, Unprocessable(text, reason="failed"))

    def _follow(self, partition: TopicPartition, state: PartitionState, offset: int, message: CallMessage) -> None:
        if state.has_ended(message.call_id, offset) and not isinstance(message, CallStarted):
            raise Unprocessable(f"call {message.call_id}: this came after the call's end", reason="after_end")
        call = state.calls.get(message.call_id)
        if call is None and not isinstance(message, CallEnded):
            clock = state.clock(message.call_id)
            call = state.calls[message.call_id] = Call(message.call_id, self._segmenter, state.quiet_s, clock)
            self._metrics.calls_open.set(self._open_count())
        if call is not None:
            call.last_seen_s = state.quiet_s
        match message:
            case CallStarted() if call is not None:
                state.begins_again(message.call_id)
                opened = call.started(message, self._caller_keys(message.caller_id), offset)
                self._queue(partition, state, offset, opened)
                self._queue_clock(partition, state, offset, call.next_clock())
            case AudioChunk() if call is not None:
                self._heard(partition, state, offset, call, message)
            case CallEnded():
                # An end without a beginning, after a restart behind the last chunk: the monitor must close it too.
                call = call or Call(message.call_id, self._segmenter, state.quiet_s)
                self._finish(partition, state, offset, call, "ended", message.duration_ms)

    def _heard(
        self, partition: TopicPartition, state: PartitionState, offset: int, call: Call, chunk: AudioChunk
    ) -> None:
        self._metrics.chunks.labels(role=chunk.role).inc()
        if call.notice_given is None:
            self._queue(partition, state, offset, call.joined(chunk))
        proof = found_from(call, offset)
        try:
            closed = call.add_chunk(chunk, offset)
            # Before the segments: whoever finds a segment of a new epoch again must know the epoch's clock.
            self._queue_clock(partition, state, proof, call.next_clock())
            for spoken in closed:
                self._queue(partition, state, proof, spoken)
            if (silence := call.next_silence()) is not None:
                self._queue(partition, state, offset, silence)
        except Unprocessable:
            call.rejected += 1
            raise

    def _finish(
        self,
        partition: TopicPartition,
        state: PartitionState,
        offset: int,
        call: Call,
        reason: CloseReason,
        duration_ms: int | None,
    ) -> None:
        proof = found_from(call, offset)
        for spoken in call.finish():
            self._queue(partition, state, proof, spoken)
        self._queue(partition, state, offset, call.closed(reason, duration_ms))
        self._metrics.calls_closed.labels(reason=reason).inc()
        state.calls.pop(call.call_id, None)
        if call.notice_given:
            after = offset + 1 if reason == "ended" else offset
            self._queue_clock(partition, state, proof, call.park(after, ended=reason == "ended"))
        if reason == "ended":
            state.ended(call.call_id)
        self._metrics.calls_open.set(self._open_count())

    async def _close_idle(self) -> None:
        """Close each call that sends nothing any more; if audio comes back, the call is opened again.

        Only time in which the partition was read up to its end counts: a stopped process or a broker that is away
        makes no call silent.
        """
        now_s = self._clock()
        # At most a second a round: a process that was frozen, or a laptop that slept, makes no call silent.
        passed_s, self._ticked_s = min(now_s - self._ticked_s, 1.0), now_s
        for partition, state in self._partitions.items():
            if not self._is_read_to_its_end(partition, state):
                continue
            state.quiet_s += passed_s
            for call in state.silent_calls(self._call_idle_s):
                log.warning("A call was silent for too long and is closed", extra={"call_id": call.call_id})
                self._finish(partition, state, state.position or 0, call, "timeout", None)

    def _is_read_to_its_end(self, partition: TopicPartition, state: PartitionState) -> bool:
        if partition in self._paused or partition not in self._consumer.assignment():
            return False
        end, polled_ms = self._consumer.highwater(partition), self._consumer.last_poll_timestamp(partition)
        # The end that is known is that of the last fetch: if that is old, more may lie behind it.
        if end is None or not polled_ms or time.time() * 1000 - polled_ms > FRESH_S * 1000:
            return False
        return state.position is not None and state.position >= end

    def _queue(self, partition: TopicPartition, state: PartitionState, offset: int, work: Work) -> None:
        span = self._begun(work) if isinstance(work, ClosedSegment) else NO_SPAN
        job = _Job(partition, state, offset, work, span, span.child("segment closed"))
        state.hold(offset)
        self._queued_bytes += job.size
        self._jobs.put_nowait(job)

    def _begun(self, work: ClosedSegment) -> Span:
        """A segment's trace begins with the chunk that closed it, or goes on from the door that sent the chunk."""
        record, taken_ns = self._taking
        return self._metrics.traces.begin(
            "chunk received",
            record.headers if record is not None else None,
            taken_ns or None,
            segment_id=work.segment_id,
            closed_by=work.segment.closed_by,
        )

    def _queue_clock(
        self, partition: TopicPartition, state: PartitionState, offset: int, clock: CallClock | None
    ) -> None:
        if clock is not None and self._clocks is not None:
            state.keep(clock)
            self._queue(partition, state, offset, clock)

    async def _write_jobs(self) -> None:
        while True:
            job = await self._jobs.get()
            job.waiting.end()
            try:
                # What belongs to a partition that went away is written by whoever has it now.
                if self._partitions.is_current(job.partition, job.state):
                    try:
                        await self._write(await self._message(job), job.span)
                    except TooLarge as error:
                        await self._dead_letters.refer(CALLS, job.partition.partition, job.offset, error)
                    job.state.written(job.offset)
            finally:
                job.span.end()
                self._queued_bytes -= job.size
                self._jobs.task_done()

    async def _message(self, job: _Job) -> SegmentMessage | CallClock:
        if not isinstance(job.work, ClosedSegment):
            if isinstance(job.work, CallClosed) and self._transcripts is not None:
                return msgspec.structs.replace(job.work, words_shed=self._transcripts.forget(job.work.call_id))
            return job.work
        # In a thread, so that polling and committing go on; one at a time, so that a call's order is kept.
        with job.span.child("analysis") as span:
            segment, samples_16k = await asyncio.to_thread(self._analysis.segment, job.work, job.partition, span)
        self._metrics.segments.labels(role=segment.role, abstained=segment.abstained or "").inc()
        if self._transcripts is not None and samples_16k is not None:
            self._transcripts.offer(segment, samples_16k)
        now_ms = time.time_ns() // 1_000_000
        if (delay := delay_ms(segment.spoken_at_ms, now_ms)) is not None:
            self._metrics.delay_seconds.labels(at="segment").observe(delay / 1000)
        return msgspec.structs.replace(segment, emitted_at_ms=now_ms)

    async def _write(self, message: SegmentMessage | CallClock, span: Span) -> None:
        topic = CLOCKS if isinstance(message, CallClock) else SEGMENTS
        with span.child("segment written") as writing:
            key = message.call_id.encode()
            await deliver(self._producer, topic.name, encode(message), key=key, **carried(writing))

    def _open_count(self) -> int:
        return sum(len(state.calls) for state in self._partitions)


def found_from(call: Call, offset: int) -> int:
    """Where a restart must begin to find what this record closes: a segment's first chunk is no proof of its place."""
    held = call.oldest_open_offset()
    return offset if held is None else min(held, offset)
