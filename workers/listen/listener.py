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
from collections import Counter
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
    LineCondition,
    SegmentMessage,
    Silence,
)
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import CALLS, CLOCKS, SEGMENTS
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import Call, ClosedSegment
from tonewatch.workers.listen.clocks import ClockReader
from tonewatch.workers.listen.lines import HOLD_AFTER_S, envelope
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
        call_hold_s: float = 1_800.0,
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
        self._call_hold_s = call_hold_s
        self._queue_bytes = queue_bytes
        self._caller_keys = caller_keys or CallerKeys()
        self._clocks = clocks
        self._clock = clock
        self._ticked_s = clock()
        self._partitions = SafeOffsets(PartitionState)
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._queued_bytes = 0
        self._paused: set[TopicPartition] = set()

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
                    self._count_lines()
                    await self.commit()
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
            state.know(await self._clocks.read(partition.partition))
        for record in records:
            if not self._partitions.is_current(partition, state):
                return
            await self._take(partition, state, record)
            state.take(record.offset)
            await asyncio.sleep(0)  # Reading up on a backlog must not keep the heartbeats from being sent.

    async def _take(self, partition: TopicPartition, state: PartitionState, record: ConsumerRecord) -> None:
        self._metrics.records.labels(topic=CALLS.name).inc()
        try:
            self._follow(partition, state, record.offset, decode_call(record.value))
        except BadRecord as error:
            if not isinstance(error, Unprocessable):
                self._undecodable(partition, state, record)
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
            before = state.take_back(message.call_id)
            call = state.calls[message.call_id] = Call(message.call_id, self._segmenter, state.quiet_s, clock, before)
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
                call = call or self._on_hold(state, message.call_id)
                self._finish(partition, state, offset, call, message.duration_ms)

    def _heard(
        self, partition: TopicPartition, state: PartitionState, offset: int, call: Call, chunk: AudioChunk
    ) -> None:
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
        finally:
            self._queue_lines(partition, state, offset, call)

    def _undecodable(self, partition: TopicPartition, state: PartitionState, record: ConsumerRecord) -> None:
        """A record that is no message may still tell whose line sends such."""
        found = envelope(record.value)
        call = None if found is None else state.calls.get(found.call_id)
        if found is not None and call is not None:
            call.last_seen_s = state.quiet_s
            call.undecodable(found.channel, found.role)
            self._queue_lines(partition, state, record.offset, call)

    def _queue_lines(self, partition: TopicPartition, state: PartitionState, offset: int, call: Call) -> None:
        if (lines := call.next_lines()) is not None:
            for line in lines.lines:
                self._metrics.line_changes.labels(state=line.state, reason=line.reason).inc()
            self._queue(partition, state, offset, lines)

    def _count_lines(self) -> None:
        counts = Counter(
            line.state for state in self._partitions for call in state.calls.values() for line in call.lines.states()
        )
        for condition in get_args(LineCondition):
            self._metrics.lines.labels(state=condition).set(counts[condition])

    def _on_hold(self, state: PartitionState, call_id: str) -> Call:
        """A call of which nothing is open: its end was all that was missing."""
        clock = state.clock(call_id)
        call = Call(call_id, self._segmenter, state.quiet_s, clock, state.take_back(call_id))
        call.notice_given = True if clock is not None else None
        return call

    def _finish(
        self,
        partition: TopicPartition,
        state: PartitionState,
        offset: int,
        call: Call,
        duration_ms: int,
    ) -> None:
        proof = found_from(call, offset)
        for spoken in call.finish():
            self._queue(partition, state, proof, spoken)
        self._queue(partition, state, offset, call.closed("ended", duration_ms))
        state.calls.pop(call.call_id, None)
        if call.notice_given:
            self._queue_clock(partition, state, proof, call.park(offset + 1, ended=True))
        state.ended(call.call_id)
        self._metrics.calls_open.set(self._open_count())

    async def _close_idle(self) -> None:
        """Put each call on hold that sends nothing any more; if audio comes back it goes on, if not it is closed late.

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
            offset = state.position or 0
            for call in state.silent_calls(min(HOLD_AFTER_S, self._call_idle_s)):
                call.hold()
                self._queue_lines(partition, state, offset, call)
            for call in state.silent_calls(self._call_idle_s):
                self._put_on_hold(partition, state, offset, call)
            for call_id, counted in state.given_up(self._call_hold_s):
                self._give_up(partition, state, offset, call_id, counted)

    def _put_on_hold(self, partition: TopicPartition, state: PartitionState, offset: int, call: Call) -> None:
        """What was open is written, and no commit waits for the call any more."""
        proof = found_from(call, offset)
        for spoken in call.finish():
            self._queue(partition, state, proof, spoken)
        state.calls.pop(call.call_id, None)
        state.put_aside(call.call_id, call.closed("timeout", None))
        if call.notice_given:
            self._queue_clock(partition, state, proof, call.park(offset, ended=False))
        self._metrics.calls_open.set(self._open_count())

    def _give_up(
        self, partition: TopicPartition, state: PartitionState, offset: int, call_id: str, counted: CallClosed | None
    ) -> None:
        log.warning("A call was on hold for too long and is closed", extra={"call_id": call_id})
        clock = state.clock(call_id)
        ended = CallClosed(call_id=call_id, reason="timeout", duration_ms=0 if clock is None else max(0, clock.end_ms))
        self._queue(partition, state, offset, counted or ended)
        if clock is not None:
            self._queue_clock(partition, state, offset, msgspec.structs.replace(clock, on_hold=False))

    def _is_read_to_its_end(self, partition: TopicPartition, state: PartitionState) -> bool:
        if partition in self._paused or partition not in self._consumer.assignment():
            return False
        end, polled_ms = self._consumer.highwater(partition), self._consumer.last_poll_timestamp(partition)
        # The end that is known is that of the last fetch: if that is old, more may lie behind it.
        if end is None or not polled_ms or time.time() * 1000 - polled_ms > FRESH_S * 1000:
            return False
        return state.position is not None and state.position >= end

    def _queue(self, partition: TopicPartition, state: PartitionState, offset: int, work: Work) -> None:
        job = _Job(partition, state, offset, work)
        state.hold(offset)
        self._queued_bytes += job.size
        self._jobs.put_nowait(job)

    def _queue_clock(
        self, partition: TopicPartition, state: PartitionState, offset: int, clock: CallClock | None
    ) -> None:
        if clock is not None and self._clocks is not None:
            state.keep(clock)
            self._queue(partition, state, offset, clock)

    async def _write_jobs(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                # What belongs to a partition that went away is written by whoever has it now.
                if self._partitions.is_current(job.partition, job.state):
                    try:
                        await self._write(await self._message(job))
                    except TooLarge as error:
                        await self._dead_letters.refer(CALLS, job.partition.partition, job.offset, error)
                    job.state.written(job.offset)
            finally:
                self._queued_bytes -= job.size
                self._jobs.task_done()

    async def _message(self, job: _Job) -> SegmentMessage | CallClock:
        if not isinstance(job.work, ClosedSegment):
            if isinstance(job.work, CallClosed) and self._transcripts is not None:
                return msgspec.structs.replace(job.work, words_shed=self._transcripts.forget(job.work.call_id))
            return job.work
        # In a thread, so that polling and committing go on; one at a time, so that a call's order is kept.
        segment, samples_16k = await asyncio.to_thread(self._analysis.segment, job.work, job.partition)
        self._metrics.segments.labels(role=segment.role, abstained=segment.abstained or "").inc()
        if self._transcripts is not None and samples_16k is not None:
            self._transcripts.offer(segment, samples_16k)
        return msgspec.structs.replace(segment, emitted_at_ms=time.time_ns() // 1_000_000)

    async def _write(self, message: SegmentMessage | CallClock) -> None:
        topic = CLOCKS if isinstance(message, CallClock) else SEGMENTS
        await deliver(self._producer, topic.name, encode(message), key=message.call_id.encode())

    def _open_count(self) -> int:
        return sum(len(state.calls) for state in self._partitions)


def found_from(call: Call, offset: int) -> int:
    """Where a restart must begin to find what this record closes: a segment's first chunk is no proof of its place."""
    held = call.oldest_open_offset()
    return offset if held is None else min(held, offset)
