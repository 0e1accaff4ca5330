"""The listener: calls from Kafka in, one event per speech segment out.

One loop reads; what it read waits by call and is followed in turns, so that no call waits for another's backlog. What
comes out is written in turns too (`writer.py`), in order within a call. New calls are admitted at a bounded rate
(`admission.py`). What waits of a partition is bounded by bytes: above the bound it is paused, below half of it it is
resumed, and the loop goes on polling and committing meanwhile. Offsets are committed up to the oldest record that a
restart would still need. Speech-to-text has a short queue of its own and is what is left out under load.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import get_args

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tonewatch.stream.call_hash import RESERVED, is_erased_id
from tonewatch.stream.caller_keys import CallerKeys
from tonewatch.stream.codec import decode_call
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.clients import Sender
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.kafka.fair_queue import side_by_side
from tonewatch.stream.kafka.offsets import SafeOffsets
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.kafka.withdrawals import WithdrawalReader
from tonewatch.stream.messages import (
    AudioChunk,
    CallClock,
    CallClosed,
    CallEnded,
    CallMessage,
    CallStarted,
    CloseReason,
    LineCondition,
    NoticeWithdrawn,
    Role,
)
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.service.traces import NO_SPAN, Span
from tonewatch.stream.topics import CALLS
from tonewatch.stream.withdrawn import Withdrawn, hash_of
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.admission import Admission, AdmissionSettings
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.arrivals import Arrival, Arrivals
from tonewatch.workers.listen.call import Call, ClosedSegment
from tonewatch.workers.listen.clocks import ClockReader
from tonewatch.workers.listen.lines import HOLD_AFTER_S, envelope
from tonewatch.workers.listen.notice import NoticePolicy
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.transcripts import Transcripts
from tonewatch.workers.listen.writer import CallKey, Job, Work, Writer

log = logging.getLogger(__name__)

GROUP = "tonewatch-listen"
POLL_MS = 100
COMMIT_EVERY_S = 1.0
STOP_S = 10.0
"""After a stop, what is queued is written for this long; the rest is read again by whoever comes next."""

FRESH_S = 2.0
"""A partition whose last fetch is older than this is not being read: no call of it grows silent."""

READ_AT_ONCE = 50
"""Records that are read before a call has a turn: reading must be quick, or a call waits behind what nobody follows."""

BEHIND_S = 0.5
"""A round of turns that takes longer says that the listener does not keep up with the calls that it has."""

ANALYSIS_BEHIND_S = 1.0
"""So does a segment that waits longer for its analysis: several end at once now and then."""

HELD_AT_ONCE = 10
"""Calls that are put on hold in a round of the loop: what is open of each is closed, and the others wait for that."""

PROMOTE_EVERY_S = 0.5
"""Of calls that were admitted while it did not keep up, one at a time: all at once it would be behind again."""

TURNS_S = 0.005
"""Turns of calls follow one another for so long before anything else of the process has one."""

LETTERS_SHARE = 4
"""So many times the room of a partition may be taken by dead letters that are not written yet."""

SHARE = 4
"""One call may have this part of its partition's room waiting, as long as others need it."""


class Listener:
    """Follows every call of its partitions. `clock` is monotonic seconds, for calls that never end.

    Without `clocks` nothing is known over a restart of the discontinuities before it; without `withdrawals` nothing of
    what was withdrawn on partitions of other listeners.
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
        withdrawals: WithdrawalReader | None = None,
        admission: AdmissionSettings | None = None,
        policy: NoticePolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._metrics = metrics
        self._segmenter = segmenter
        self._transcripts = transcripts
        self._call_idle_s = call_idle_s
        self._call_hold_s = call_hold_s
        self._queue_bytes = queue_bytes
        self._caller_keys = caller_keys or CallerKeys()
        self._clocks = clocks
        self._withdrawals = withdrawals
        self._withdrawn = Withdrawn() if transcripts is None else transcripts.withdrawn
        self._policy = policy or NoticePolicy()
        self._clock = clock
        self._ticked_s = clock()
        self._partitions = SafeOffsets(partial(PartitionState, withdrawn=self._withdrawn))
        self._strangers: Admission[CallKey, Arrival] = Admission(admission or AdmissionSettings(), clock)
        self._arrivals = Arrivals(self._take, clock=clock)
        self._writer = Writer(
            producer,
            dead_letters,
            analysis,
            transcripts,
            metrics,
            is_current=self._partitions.is_current,
            written=self._unblock,
        )
        self._progress = ReadProgress(metrics, GROUP)
        self._taking: tuple[ConsumerRecord | None, int] = (None, 0)
        self._paused: set[TopicPartition] = set()
        # Looked up once: with every record it costs as much as reading it.
        self._records_read = metrics.records.labels(topic=CALLS.name)
        self._chunks_of = {role: metrics.chunks.labels(role=role) for role in get_args(Role)}
        self._yielded_s = time.monotonic()
        for reason in get_args(CloseReason):
            metrics.calls_closed.labels(reason=reason)  # From 0 on: the first calls that time out must show.
        self._next_promotion_s = clock()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what was read of the calls is written and committed, for `STOP_S` at most."""
        working = asyncio.create_task(side_by_side(self._arrivals.turns.run(), self._writer.run()))
        try:
            next_commit_s = self._clock() + COMMIT_EVERY_S
            while not stop.is_set():
                # It ends only by an error, which must end the listener: what it had in hand would never be written.
                if working.done():
                    working.result()
                self._metrics.health.beat()
                self._apply_backpressure()
                # Paused or not: a member that does not poll for max_poll_interval_ms is put out of its group.
                batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=500)
                # A rebalance may come while a batch is taken; what is left of it then is another member's.
                states = {partition: self._partitions.of(partition) for partition in batches}
                for partition, records in batches.items():
                    await self._read(partition, states[partition], records)
                self._admit()
                self._close_idle()
                if self._clock() >= next_commit_s:
                    self._count_lines()
                    if self._withdrawals is not None:
                        self._honour(await self._withdrawals.news())
                    await self.commit()
                    self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
                    next_commit_s = self._clock() + COMMIT_EVERY_S
            # Either everything is written, or the work has failed and never will be.
            emptied = asyncio.create_task(self._emptied())
            await asyncio.wait({emptied, working}, timeout=STOP_S, return_when=asyncio.FIRST_COMPLETED)
            emptied.cancel()
            await self.commit()
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            if self._withdrawals is not None:
                await self._withdrawals.close()

    async def _emptied(self) -> None:
        await self._arrivals.turns.join()
        await self._writer.join()

    def forget(self, partitions: set[TopicPartition]) -> None:
        """These partitions went to another listener, which reads again what had not been committed."""
        if self._transcripts is not None:
            for partition, state in self._partitions.items():
                # Those that ended are forgotten with their CallClosed, whether that is still written or not.
                for call_id in state.followed_ids() if partition in partitions else ():
                    self._transcripts.forget(call_id)
        self._partitions.forget(partitions)
        self._strangers.drop(lambda key: key[0] in partitions)
        self._arrivals.drop(partitions)
        self._paused -= partitions
        self._metrics.calls_open.set(self._open_count())

    async def commit(self) -> None:
        """Commit the safe offset of each partition, where it moved."""
        await self._partitions.commit(self._consumer)

    def _apply_backpressure(self) -> None:
        """Pause a partition while too much of it waits, and resume it when half of that is done."""
        assigned = set(self._consumer.assignment())
        # What was refused waits in a larger room: a good call must not wait until a flood's dead letters are written.
        waiting = {
            partition: max(state.waiting_bytes, state.letter_bytes // LETTERS_SHARE)
            for partition, state in self._partitions.items()
        }
        # Each by itself: who fills one of them does not stop the others.
        full = {one for one in assigned - self._paused if waiting.get(one, 0) > self._room()}
        if full:
            self._metrics.pauses.inc()
            self._consumer.pause(*full)
        # Half, not the bound itself: at one bound the partitions would be paused and resumed with every segment.
        # A partition that went away cannot be resumed: aiokafka raises.
        rested = {one for one in self._paused & assigned if waiting.get(one, 0) <= self._room() // 2}
        if rested:
            self._consumer.resume(*rested)
        self._paused = (self._paused | full) - rested
        held = sum(state.waiting_bytes + state.letter_bytes for state in self._partitions)
        self._metrics.queued_bytes.set(held)

    def _room(self) -> int:
        """Bytes that may wait of one partition."""
        return self._queue_bytes // max(1, len(self._consumer.assignment()))

    async def _read(self, partition: TopicPartition, state: PartitionState, records: list[ConsumerRecord]) -> None:
        if state.clocks is None and self._clocks is not None:
            state.know(await self._clocks.read(partition.partition))
            if self._withdrawals is not None:
                self._honour(await self._withdrawals.until_now())
        for number, record in enumerate(records):
            if not self._partitions.is_current(partition, state):
                return
            self._arrive(partition, state, record)
            state.take(record.offset)
            # Reading up on a backlog must keep neither the heartbeats from being sent nor the calls from their turns.
            if number % READ_AT_ONCE == READ_AT_ONCE - 1:
                self._admit()
                await asyncio.sleep(0)

    def _arrive(self, partition: TopicPartition, state: PartitionState, record: ConsumerRecord) -> None:
        """A record that was read joins those of its call, or of the strangers."""
        self._records_read.inc()
        try:
            message = decode_call(record.value)
            if is_erased_id(message.call_id):
                raise Unprocessable(RESERVED, reason="bad_call_id")
            # A withdrawal holds whatever it is keyed by, and tells of nothing else.
            if not isinstance(message, NoticeWithdrawn):
                check_key(record.key, message.call_id)
            arrival = Arrival.of(partition, state, record, message)
            is_stranger = self._is_stranger(arrival, message)
            if not is_stranger:
                self._check_pace(arrival)
        except BadRecord as error:
            self._progress.took(partition, record.offset, record.timestamp)
            if not isinstance(error, Unprocessable):
                self._undecodable(partition, state, record)
            self._writer.refuse(partition, state, record, error)
            return
        except FAULTS as error:
            self._writer.refuse(partition, state, record, _failed(error, partition))
            return
        arrival.hold()
        if is_stranger:
            self._strangers.knock(
                arrival.key,
                arrival,
                media_ms=arrival.audio_ms,
                at_ms=record.timestamp,
                reading_s=state.reading_s,
                size=arrival.size,
            )
        else:
            self._arrivals.put(arrival)

    def _is_stranger(self, arrival: Arrival, message: CallMessage) -> bool:
        """A call that nobody follows or followed, and of whose end nothing is known either."""
        if isinstance(message, NoticeWithdrawn):
            return False  # It waits for no admission, whatever waits of its call.
        if arrival.key in self._strangers:
            return True
        if arrival.key in self._arrivals or arrival.state.is_known(arrival.call_id):
            return False
        # What comes after a call's end is refused by `_follow`.
        return isinstance(message, CallStarted) or not arrival.state.has_ended(arrival.call_id, arrival.record.offset)

    def _check_pace(self, arrival: Arrival) -> None:
        """What does not fit of a call that is ahead of its time is refused where another call is in time."""
        try:
            self._arrivals.check_pace(arrival, self._room() // SHARE)
        except Unprocessable:
            self._metrics.shed.labels(what="chunks").inc()
            raise

    def _admit(self) -> None:
        """Strangers whose turn it is are followed, those who are given up go to the dead letters."""
        behind = self._arrivals.turns.waited_s > BEHIND_S or self._writer.waited_s > ANALYSIS_BEHIND_S
        if not behind and self._clock() >= self._next_promotion_s:
            self._next_promotion_s = self._clock() + PROMOTE_EVERY_S
            self._arrivals.promote_one()
        for key, arrivals in self._strangers.admitted(behind=behind):
            if behind:
                self._arrivals.put_last(key)
            for arrival in arrivals:
                self._arrivals.put(arrival)
        for (_, call_id), arrivals in self._strangers.shed(lambda key: self._partitions.of(key[0]).reading_s):
            self._metrics.shed.labels(what="calls").inc()
            text = f"call {call_id} was not heard before too many other calls began"
            for arrival in arrivals:
                self._writer.refuse(
                    arrival.partition, arrival.state, arrival.record, Unprocessable(text, reason="shed")
                )
                arrival.release()

    async def _take(self, key: CallKey, arrival: Arrival) -> None:
        """The turn of a call: one of its records."""
        partition, state, record = arrival.partition, arrival.state, arrival.record
        self._progress.took(partition, record.offset, record.timestamp)
        self._taking = record, time.time_ns()
        if self._partitions.is_current(partition, state):
            try:
                self._follow(partition, state, record.offset, decode_call(record.value))
            except BadRecord as error:
                self._writer.refuse(partition, state, record, error)
            except FAULTS as error:
                self._writer.refuse(partition, state, record, _failed(error, partition))
            # Whose segments wait for their analysis takes no more turns until they are written.
            if self._writer.bytes_of(key) > self._room() // SHARE:
                self._arrivals.turns.block(key)
        # Last: what the record brought out holds the commit from here on.
        arrival.release()
        self._arrivals.taken(arrival)
        # Not after each: a round of the event loop asks the system for what came, and gives the interpreter away to the
        # thread that analyses, which returns it when it likes.
        if (now_s := time.monotonic()) - self._yielded_s >= TURNS_S:
            self._yielded_s = now_s
            await asyncio.sleep(0)

    def _unblock(self, key: CallKey) -> None:
        """Something of the call was written."""
        if self._writer.bytes_of(key) <= self._room() // SHARE:
            self._arrivals.turns.unblock(key)

    def _follow(self, partition: TopicPartition, state: PartitionState, offset: int, message: CallMessage) -> None:
        if isinstance(message, NoticeWithdrawn):
            self._withdraw(partition, state, offset, message)
            return
        if state.has_ended(message.call_id, offset) and not isinstance(message, CallStarted):
            raise Unprocessable(f"call {message.call_id}: this came after the call's end", reason="after_end")
        call = state.calls.get(message.call_id)
        if call is None and not isinstance(message, CallEnded):
            clock = state.clock(message.call_id)
            before = state.take_back(message.call_id)
            call = Call(message.call_id, self._segmenter, state.quiet_s, clock, before, self._policy)
            state.calls[message.call_id] = call
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

    def _withdraw(
        self, partition: TopicPartition, state: PartitionState, offset: int, message: NoticeWithdrawn
    ) -> None:
        """Whether the call goes on, is over, or was never heard of: the others are told, and it is remembered."""
        state.withdraw(message.call_id)
        if self._transcripts is not None:
            self._transcripts.withdraw(message.call_id)
        call = state.calls.get(message.call_id) or self._on_hold(state, message.call_id)
        self._queue(partition, state, offset, call.withdraw(message))
        if (clock := call.next_clock()) is not None:
            state.keep(clock)  # Where no clocks are written too: what comes of the call later must find it.
            self._queue_clock(partition, state, offset, clock)
        log.info("The notice of a call was withdrawn", extra={"call_id": message.call_id})

    def _honour(self, call_ids: Iterable[str]) -> None:
        """A withdrawal holds wherever it was read: the call's audio may lie in a partition of ours.

        Of a call that was erased its hash is given; here that is the same.
        """
        news = set()
        for given in call_ids:
            self._withdrawn.add(given)
            news.add(hash_of(given))
        if not news:
            return
        if self._transcripts is not None:
            self._transcripts.drop_withdrawn()
        for partition, state in self._partitions.items():
            for call in [one for one in state.calls.values() if not one.is_withdrawn and hash_of(one.call_id) in news]:
                message = NoticeWithdrawn(call_id=call.call_id, withdrawn_at_ms=time.time_ns() // 1_000_000)
                self._withdraw(partition, state, state.position or 0, message)

    def _heard(
        self, partition: TopicPartition, state: PartitionState, offset: int, call: Call, chunk: AudioChunk
    ) -> None:
        self._chunks_of[chunk.role].inc()
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
        call = Call(call_id, self._segmenter, state.quiet_s, clock, state.take_back(call_id), self._policy)
        call.notice_given = None if clock is None else not clock.withdrawn
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
        self._metrics.calls_closed.labels(reason="ended").inc()
        state.calls.pop(call.call_id, None)
        if call.notice_given:
            self._queue_clock(partition, state, proof, call.park(offset + 1, ended=True))
        state.ended(call.call_id, notice_given=bool(call.notice_given))
        self._arrivals.forget((partition, call.call_id))
        self._metrics.calls_open.set(self._open_count())

    def _close_idle(self) -> None:
        """Put each call on hold that sends nothing any more; if audio comes back it goes on, if not it is closed late.

        Only time in which the partition was read up to its end counts: a stopped process or a broker that is away
        makes no call silent.
        """
        now_s = self._clock()
        # At most a second a round: a process that was frozen, or a laptop that slept, makes no call silent.
        passed_s, self._ticked_s = min(now_s - self._ticked_s, 1.0), now_s
        for partition, state in self._partitions.items():
            if self._is_being_read(partition):
                state.reading_s += passed_s
            if not self._is_read_to_its_end(partition, state):
                continue
            state.quiet_s += passed_s
            offset = state.position or 0
            for call in self._silent(partition, state, min(HOLD_AFTER_S, self._call_idle_s)):
                call.hold()
                self._queue_lines(partition, state, offset, call)
            for call in self._silent(partition, state, self._call_idle_s)[:HELD_AT_ONCE]:
                self._put_on_hold(partition, state, offset, call)
            for call_id, counted in state.given_up(self._call_hold_s):
                self._give_up(partition, state, offset, call_id, counted)

    def _silent(self, partition: TopicPartition, state: PartitionState, longer_than_s: float) -> list[Call]:
        """Those of which nothing waits for its turn either."""
        silent = state.silent_calls(longer_than_s)
        return [call for call in silent if (partition, call.call_id) not in self._arrivals]

    def _put_on_hold(self, partition: TopicPartition, state: PartitionState, offset: int, call: Call) -> None:
        """What was open is written, and no commit waits for the call any more."""
        proof = found_from(call, offset)
        for spoken in call.finish():
            self._queue(partition, state, proof, spoken)
        state.calls.pop(call.call_id, None)
        state.put_aside(call.call_id, call.closed("timeout", None))
        self._metrics.calls_closed.labels(reason="timeout").inc()
        if call.notice_given:
            self._queue_clock(partition, state, proof, call.park(offset, ended=False))
        self._arrivals.forget((partition, call.call_id))
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

    def _is_being_read(self, partition: TopicPartition) -> bool:
        if partition in self._paused or partition not in self._consumer.assignment():
            return False
        polled_ms = self._consumer.last_poll_timestamp(partition)
        return bool(polled_ms) and time.time() * 1000 - polled_ms <= FRESH_S * 1000

    def _is_read_to_its_end(self, partition: TopicPartition, state: PartitionState) -> bool:
        # The end that is known is that of the last fetch: if that is old, more may lie behind it.
        if not self._is_being_read(partition):
            return False
        end = self._consumer.highwater(partition)
        return end is not None and state.position is not None and state.position >= end

    def _queue(self, partition: TopicPartition, state: PartitionState, offset: int, work: Work) -> None:
        first = self._arrivals.comes_first((partition, work.call_id))
        span = self._begun(work) if isinstance(work, ClosedSegment) else NO_SPAN
        job = Job(partition, state, offset, work, span, span.child("segment closed"), first)
        self._writer.put(work.call_id, job)

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

    def _open_count(self) -> int:
        return sum(len(state.calls) for state in self._partitions)


def _failed(error: Exception, partition: TopicPartition) -> Unprocessable:
    """A record that our own code fails on."""
    log.exception("A record made the listener fail", extra={"partition": partition.partition})
    text = f"the record made the listener fail ({type(error).__name__}); its log says where"
    return Unprocessable(text, reason="failed")


def found_from(call: Call, offset: int) -> int:
    """Where a restart must begin to find what this record closes: a segment's first chunk is no proof of its place."""
    held = call.oldest_open_offset()
    return offset if held is None else min(held, offset)
