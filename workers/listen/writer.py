"""What a listener writes: the jobs of its calls in turns, each call's in order, and the dead letters beside them.

Writes of different calls are under way at once, those of one call one after the other. Segments are analysed one at a
time, in turns of their own: three of four belong to calls that come first.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from aiokafka import ConsumerRecord, TopicPartition

from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import BadRecord, TooLarge
from tonewatch.stream.kafka.clients import Sender, deliver
from tonewatch.stream.kafka.dead_letters import DeadLetters, Why
from tonewatch.stream.kafka.fair_queue import FairWorkers, side_by_side
from tonewatch.stream.kafka.withdrawals import mark_of
from tonewatch.stream.messages import CallClock, CallClosed, CallOpened, Segment, SegmentMessage, Silence
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.traces import NO_SPAN, Span, carried
from tonewatch.stream.topics import CALLS, CLOCKS, MARKS, SEGMENTS
from tonewatch.stream.wall_clock import delay_ms
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.notice import may_be_kept
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.transcripts import Transcripts

WRITES_AT_ONCE = 64
LETTERS_AT_ONCE = 50
"""Without turns of their own: they bear no order, and Kafka's client packs those that wait together. Of a flood's
letters no more than this, or reading on, where good calls' records lie, waits for them."""

_OVERHEAD_BYTES = 500
"""Of a job, beside its audio."""

Work = ClosedSegment | CallOpened | CallClosed | CallClock | Silence

CallKey = tuple[TopicPartition, str]


@dataclass(frozen=True)
class Job:
    """Something to be written for a call, in its order: a segment to analyse first, or a message as it is.

    `offset`: where a restart must begin to find it again. `waiting` is the step of `span` that ends with its turn.
    `first`: its turns come before those of calls that do not.
    """

    partition: TopicPartition
    state: PartitionState
    offset: int
    work: Work
    span: Span = NO_SPAN
    waiting: Span = NO_SPAN
    first: bool = True

    @property
    def size(self) -> int:
        """Bytes in memory, nearly all of them audio."""
        return _OVERHEAD_BYTES + (self.work.segment.samples.nbytes if isinstance(self.work, ClosedSegment) else 0)


@dataclass(frozen=True)
class _Refused:
    """A record on its way to the dead letters."""

    state: PartitionState
    record: ConsumerRecord
    error: BadRecord
    withheld: Why | None = None

    @property
    def size(self) -> int:
        return len(self.record.value or b"")


@dataclass(frozen=True)
class _Due:
    """A segment that waits to be analysed, and what is found then: the event, and the samples of its words."""

    job: Job
    closed: ClosedSegment
    found: asyncio.Future[tuple[Segment, Samples | None]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Writer:
    """`is_current`: is the partition still this listener's, and for the same state? `written` is told of each job."""

    def __init__(
        self,
        producer: Sender,
        dead_letters: DeadLetters,
        analysis: Analysis,
        transcripts: Transcripts | None,
        metrics: Metrics,
        *,
        is_current: Callable[[TopicPartition, PartitionState], bool],
        written: Callable[[CallKey], None],
    ) -> None:
        self._producer = producer
        self._dead_letters = dead_letters
        self._analysis = analysis
        self._transcripts = transcripts
        self._metrics = metrics
        self._is_current = is_current
        self._written = written
        self._bytes: Counter[CallKey] = Counter()
        # One at a time, so that a segment takes its own time only.
        self._analyses: FairWorkers[CallKey, _Due] = FairWorkers(self._analyse, 1)
        self._calls: FairWorkers[CallKey, Job] = FairWorkers(self._do, WRITES_AT_ONCE)
        self._letters: FairWorkers[tuple[TopicPartition, int], _Refused] = FairWorkers(self._refer, LETTERS_AT_ONCE)

    def put(self, call_id: str, job: Job) -> None:
        """Behind what waits of the call; until it is written the partition's commit does not pass it."""
        key = (job.partition, call_id)
        job.state.hold(job.offset)
        job.state.waiting_bytes += job.size
        self._bytes[key] += job.size
        self._calls.put(key, job, first=job.first)

    def refuse(
        self, partition: TopicPartition, state: PartitionState, record: ConsumerRecord, error: BadRecord
    ) -> None:
        """To the dead letters; until it is there the partition's commit does not pass it.

        Nothing of a record goes with it where nobody said that its caller was told.
        """
        # Now, and not when it is written: the call may be over by then.
        withheld: Why | None = None if may_be_kept(record.value, record.key, state.notice_of) else "no_notice"
        refused = _Refused(state, record, error, withheld)
        state.hold(record.offset)
        state.letter_bytes += refused.size
        self._letters.put((partition, record.offset), refused)

    def bytes_of(self, key: CallKey) -> int:
        """Of audio that waits for its analysis."""
        return self._bytes[key]

    @property
    def waited_s(self) -> float:
        """How long a segment waits at present until it is analysed."""
        return self._analyses.waited_s

    async def run(self) -> None:
        """Until cancelled, or until Kafka refuses what nobody can do without."""
        await side_by_side(self._calls.run(), self._analyses.run(), self._letters.run())

    async def join(self) -> None:
        """Until everything is written."""
        await self._calls.join()
        await self._letters.join()

    async def _do(self, key: CallKey, job: Job) -> None:
        job.waiting.end()
        try:
            # What belongs to a partition that went away is written by whoever has it now.
            if self._is_current(job.partition, job.state):
                if isinstance(job.work, ClosedSegment) and job.state.is_withdrawn(job.work.call_id):
                    job.state.written(job.offset)
                    return
                try:
                    if (message := await self._message(key, job)) is not None:
                        await self._write(message, job.span)
                except TooLarge as error:
                    await self._dead_letters.refer(CALLS, job.partition.partition, job.offset, error)
                job.state.written(job.offset)
            elif isinstance(job.work, CallClosed) and self._transcripts is not None:
                self._transcripts.forget(job.work.call_id)  # Nobody else tells of its end here.
        finally:
            job.span.end()
            job.state.waiting_bytes -= job.size
            self._bytes[key] -= job.size
            if self._bytes[key] <= 0:
                del self._bytes[key]
            self._written(key)

    async def _refer(self, where: tuple[TopicPartition, int], refused: _Refused) -> None:
        if self._is_current(where[0], refused.state):
            await self._dead_letters.send(CALLS, refused.record, refused.error, withheld=refused.withheld)
            refused.state.written(refused.record.offset)
        refused.state.letter_bytes -= refused.size

    async def _message(self, key: CallKey, job: Job) -> SegmentMessage | CallClock | None:
        """Null of a segment whose call was withdrawn while it was analysed."""
        if not isinstance(job.work, ClosedSegment):
            if isinstance(job.work, CallClosed) and self._transcripts is not None:
                return msgspec.structs.replace(job.work, words_shed=self._transcripts.forget(job.work.call_id))
            return job.work
        waiting = _Due(job, job.work)
        self._analyses.put(key, waiting, first=job.first)
        segment, samples_16k = await waiting.found
        if job.state.is_withdrawn(job.work.call_id):
            return None
        self._metrics.segments.labels(role=segment.role, abstained=segment.abstained or "").inc()
        # Of a partition that went away whoever has it now hears the segment again.
        is_ours = self._is_current(job.partition, job.state)
        if self._transcripts is not None and samples_16k is not None and is_ours:
            self._transcripts.offer(segment, samples_16k)
        now_ms = time.time_ns() // 1_000_000
        if (delay := delay_ms(segment.spoken_at_ms, now_ms)) is not None:
            self._metrics.delay_seconds.labels(at="segment").observe(delay / 1000)
        return msgspec.structs.replace(segment, emitted_at_ms=now_ms)

    async def _analyse(self, _key: CallKey, waiting: _Due) -> None:
        job = waiting.job
        with job.span.child("analysis") as span:
            # In a thread, so that polling and committing go on.
            found = await asyncio.to_thread(self._analysis.segment, waiting.closed, job.partition, span)
        if not waiting.found.done():  # Else nobody waits for it any more: the listener ends.
            waiting.found.set_result(found)

    async def _write(self, message: SegmentMessage | CallClock, span: Span) -> None:
        topic = CLOCKS if isinstance(message, CallClock) else SEGMENTS
        if isinstance(message, CallClock) and message.withdrawn:
            # First: the clock, which lies for a shorter time, is what an erasure waits for.
            mark = mark_of(message.call_id)
            key = mark.call_id.encode()
            await deliver(self._producer, MARKS.name, encode(mark), key=key, headers=event_headers(MARKS.name, mark))
        with span.child("segment written") as writing:
            key = message.call_id.encode()
            headers = carried(writing, event_headers(topic.name, message))
            await deliver(self._producer, topic.name, encode(message), key=key, **headers)
