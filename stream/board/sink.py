"""From Kafka to Redis: a capped stream of board events and a snapshot per call.

Redis is a cache. Each write carries the Kafka offset it came from, in the same transaction, so a second delivery
changes nothing. A Redis that comes back empty is filled again from the beginning of what Kafka keeps, and one that was
set back to an older snapshot from the offset that the snapshot knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError, WatchError

from tonewatch.stream.board.call_events import events_of
from tonewatch.stream.board.view import (
    CALLS_KEY,
    COUNTERS_KEY,
    EVENTS_KEY,
    MARKS_KEY,
    OPEN_KEY,
    BoardEvent,
    CallView,
    apply,
    call_key,
    is_open,
)
from tonewatch.stream.codec import decode_alert, decode_rationale, decode_tone
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.clients import (
    commit,
)
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.messages import Alert, CallState, Rationale, Tone
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.service.traces import NO_SPAN, TRACEPARENT, Span
from tonewatch.stream.topics import ALERTS, RATIONALES, TONE, Topic, dead_letter_topics
from tonewatch.stream.wall_clock import delay_ms

log = logging.getLogger(__name__)

GROUP = "tonewatch-sink"
READS: dict[str, tuple[Topic, Callable[[bytes | None], BoardEvent]]] = {
    TONE.name: (TONE, decode_tone),
    ALERTS.name: (ALERTS, decode_alert),
    RATIONALES.name: (RATIONALES, decode_rationale),
}
DEAD_LETTERS = frozenset(topic.name for topic in dead_letter_topics())
"""Counted for the board's banner; nothing else is read of them."""

MOST_COUNTED = 1_000_000
"""What one record may add to a counter: Redis refuses to count beyond 64 bits."""

NOTHING = -1
"""The offset before the first one."""

MEMORY_EVERY_S = 15.0
"""So often Redis is asked how full it is."""

COMMIT_EVERY_S = 1.0
"""What was read since is read again after a restart, and Redis' marks tell that it is there."""

POSITION_S = 1.0
"""How long Kafka may take to say where a partition's reading begins."""

_view = msgspec.json.Decoder(CallView)
_json = msgspec.json.Encoder()


class BoardSink:
    """Reads tone, alerts and rationales and keeps the board in Redis up to date."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        redis: Redis,
        dead_letters: DeadLetters,
        metrics: Metrics,
        *,
        keep_events: int,
        ttl_s: int,
        retry_s: float = 1.0,
    ) -> None:
        self._consumer = consumer
        self._redis: Any = redis  # redis-py types a sync-or-async union that says nothing here
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._keep_events = keep_events
        self._ttl_s = ttl_s
        self._retry_s = retry_s
        # By partition, the offset up to which Redis must have everything: what was written here, and what was
        # committed before. A mark in Redis that lies before it is that of an older snapshot.
        self._applied: dict[TopicPartition, int] = {}
        self._refusal = ""
        self._progress = ReadProgress(metrics, GROUP)
        self._memory_due_s = 0.0
        self._commit_due_s = 0.0
        self._is_uncommitted = False
        metrics.health.needs("redis", lambda: self._refusal)

    async def run(self) -> None:
        """Until cancelled. Redis away: wait and try the same records again; the alerts topic does not wait."""
        while True:
            self._metrics.health.beat("sink")
            batches = await self._consumer.getmany(timeout_ms=500)
            for partition, records in batches.items():
                self._progress.waits_at(partition, records[0].offset, records[0].timestamp)
            while not await self._written(batches):
                self._metrics.retries.labels(of="redis").inc()
                self._metrics.health.beat("sink")
                self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
                await asyncio.sleep(self._retry_s)
            await self._commit(read=bool(batches))
            self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
            await self._tell_memory()

    async def _commit(self, *, read: bool) -> None:
        """Now and then: after each batch, the next one and its alert would wait for Kafka's answer."""
        self._is_uncommitted |= read
        if self._is_uncommitted and time.monotonic() >= self._commit_due_s:
            await commit(self._consumer)
            self._commit_due_s, self._is_uncommitted = time.monotonic() + COMMIT_EVERY_S, False

    async def _tell_memory(self) -> None:
        """How full Redis is, now and then; a managed one may forbid the question."""
        if time.monotonic() < self._memory_due_s:
            return
        self._memory_due_s = time.monotonic() + MEMORY_EVERY_S
        await self._trim()
        try:
            memory = await self._redis.info("memory")
        except RedisError:
            return
        self._metrics.redis_memory_used.set(memory.get("used_memory", 0))
        self._metrics.redis_memory_max.set(memory.get("maxmemory", 0))

    async def _trim(self) -> None:
        """Events go when the calls' views do: by number alone those of a quiet floor would lie for weeks."""
        oldest_ms = time.time_ns() // 1_000_000 - 1000 * self._ttl_s
        # A Redis that is away, or an ACL of a former release: `tonewatch retention check` tells of what is left.
        with contextlib.suppress(RedisError):
            await self._redis.xtrim(EVENTS_KEY, minid=str(max(oldest_ms, 0)), approximate=False)

    async def _written(self, batches: dict[TopicPartition, list[ConsumerRecord]]) -> bool:
        """Write what was read; False when Redis did not take it, and all of it is to be tried again."""
        try:
            rewound = await self._rewound_after_loss(batches)
            for partition in batches.keys() - rewound:
                await self._write_batch(partition, batches[partition])
        except _Lost:
            return await self._written(batches)
        except RedisError as error:
            self._refusal = _refusal_text(error)
            log.warning("The board is not kept up to date; trying again", extra={"why": self._refusal})
            return False
        if self._refusal:
            log.info("The board is kept up to date again", extra={"was": self._refusal})
        self._refusal = ""
        return True

    async def _rewound_after_loss(
        self, batches: dict[TopicPartition, list[ConsumerRecord]] | None = None
    ) -> set[TopicPartition]:
        """Read again what Redis lost: all that Kafka keeps where it knows nothing, and what follows its mark where
        the mark lies behind what it had.

        While Redis answers, partitions may go to another sink: it is left to find out for itself.
        """
        assigned = sorted(self._consumer.assignment())
        self._applied = {p: offset for p, offset in self._applied.items() if p in assigned}
        if not assigned:
            return set()
        # `since` is written before the first record: it tells an emptied Redis from a topic without records.
        known = await self._redis.hmget(MARKS_KEY, [f"since:{_field(p)}" for p in assigned])
        marks = await self._redis.hmget(MARKS_KEY, [_field(p) for p in assigned])
        unknown, set_back = [], {}
        for partition, since, mark in zip(assigned, known, marks, strict=True):
            if partition not in self._consumer.assignment():
                continue
            if since is None or self._is_of_another_log(partition, mark):
                unknown.append(partition)
            else:
                await self._begin(partition, (batches or {}).get(partition))
                if self._is_behind(partition, mark):
                    set_back[partition] = _offset(mark)
        return {*await self._fill(unknown), *self._go_back(set_back)}

    async def _begin(self, partition: TopicPartition, records: list[ConsumerRecord] | None) -> None:
        """Of a partition that was just assigned: what was committed is in Redis, or was."""
        if partition in self._applied:
            return
        try:
            async with asyncio.timeout(POSITION_S):
                first = records[0].offset if records else await self._consumer.position(partition)
        except (IllegalStateError, TimeoutError):
            return  # It went to another sink, or Kafka does not say yet: asked again at the next round.
        self._applied[partition] = first - 1

    def _is_behind(self, partition: TopicPartition, mark: bytes | None) -> bool:
        return partition in self._applied and _offset(mark) < self._applied[partition]

    def _go_back(self, set_back: dict[TopicPartition, int]) -> set[TopicPartition]:
        """To the record after the mark; where Kafka has not got it any more, to the oldest that it has."""
        for partition, mark in set_back.items():
            log.warning(
                "Redis was set back; reading again from where it stands",
                extra={"topic": partition.topic, "partition": partition.partition, "from": mark + 1},
            )
            self._applied[partition] = mark
            try:
                self._consumer.seek(partition, mark + 1)
            except IllegalStateError:
                del self._applied[partition]
        return set(set_back)

    async def _fill(self, unknown: list[TopicPartition]) -> set[TopicPartition]:
        """To the beginning of partitions that Redis knows nothing of: a new Redis, an emptied one, another Kafka's."""
        if not unknown:
            return set()
        # An old mark would make every record from the beginning look as if it had been applied.
        await self._redis.hdel(MARKS_KEY, *[_field(p) for p in unknown])
        log.warning("Redis does not know these partitions; filling the board from Kafka", extra={"count": len(unknown)})
        now_ms = str(time.time_ns() // 1_000_000)
        await self._redis.hset(MARKS_KEY, mapping={f"since:{_field(p)}": now_ms for p in unknown})
        try:
            is_there = await self._consumer.seek_to_beginning(*unknown)
        except IllegalStateError:
            is_there = False
        # The partition went to another sink, which must find it unknown and fill the board itself.
        if not is_there:
            await self._redis.hdel(MARKS_KEY, *[f"since:{_field(p)}" for p in unknown])
        self._applied |= dict.fromkeys(unknown, NOTHING)
        return set(unknown)

    def _is_of_another_log(self, partition: TopicPartition, mark: bytes | None) -> bool:
        """Does Redis tell of records that this Kafka has not got yet? Then it was filled from another one."""
        end = self._consumer.highwater(partition)
        return mark is not None and end is not None and int(mark) >= end

    async def _write_batch(self, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        """Each record leaves `records` when it is done: a retry begins with the one that failed."""
        if partition.topic in DEAD_LETTERS:
            # At once: they are only counted, and a flood of them must not keep tones waiting.
            known = _offset(await self._redis.hget(MARKS_KEY, _field(partition)))
            fresh = [one for one in records if one.offset > known]
            if fresh:
                await self._write(partition, fresh[-1], None, counts={"dead_letters": len(fresh)})
            self._metrics.records.labels(topic=partition.topic).inc(len(records))
            records.clear()
        while records:
            await self._write_record(partition, records[0])
            self._progress.took(partition, records[0].offset, records[0].timestamp)
            self._metrics.records.labels(topic=partition.topic).inc()
            del records[0]

    async def _write_record(self, partition: TopicPartition, record: ConsumerRecord) -> None:
        topic, decode = READS[partition.topic]
        try:
            event = decode(record.value)
            check_key(record.key, event.call_id)
            with self._metrics.traces.follow("board stored", record.headers, topic=topic.name) as span:
                await self._write(partition, record, event, counts=counted(event), span=span)
            self._tell_delay(event)
        except BadRecord as error:
            await self._refuse(topic, partition, record, error)
        except FAULTS as error:
            log.exception("A record could not be shown", extra={"topic": partition.topic})
            text = f"the record made the board's sink fail ({type(error).__name__}); its log says where"
            await self._refuse(topic, partition, record, Unprocessable(text, reason="failed"))

    def _tell_delay(self, event: BoardEvent) -> None:
        """Of a tone and of an alert that has just fired: from the end of speech to here."""
        spoken_at_ms = event.spoken_at_ms if isinstance(event, Tone | Alert) else 0
        if (delay := delay_ms(spoken_at_ms, time.time_ns() // 1_000_000)) is not None:
            self._metrics.delay_seconds.labels(at="redis").observe(delay / 1000)

    async def _refuse(self, topic: Topic, partition: TopicPartition, record: ConsumerRecord, error: BadRecord) -> None:
        """To the dead letters; the mark in Redis moves over it, for it is done."""
        await self._dead_letters.send(topic, record, error)
        await self._write(partition, record, None, counts={})

    async def _write(
        self,
        partition: TopicPartition,
        record: ConsumerRecord,
        event: BoardEvent | None,
        *,
        counts: dict[str, int],
        span: Span = NO_SPAN,
    ) -> None:
        """One event, once: snapshot, stream entry, counters and mark in one transaction.

        Raises:
            _Lost: Redis lost what it had since the batch was begun; nothing was written.
        """
        async with self._redis.pipeline(transaction=True) as pipe:
            while True:
                # Optimistic locking: `execute` fails if a mark changed since this line, by another sink or by a flush.
                await pipe.watch(MARKS_KEY)
                since, mark = await pipe.hmget(MARKS_KEY, [f"since:{_field(partition)}", _field(partition)])
                if since is None or self._is_behind(partition, mark):
                    raise _Lost
                # Applied before: by a sink that did not commit any more.
                if _offset(mark) >= record.offset:
                    return
                stored = await pipe.get(call_key(event.call_id)) if event is not None else None
                stale = await self._stale(event)
                pipe.multi()
                if stale:
                    pipe.xdel(EVENTS_KEY, *stale)
                if event is not None:
                    self._show(pipe, record, event, stored, span)
                for name, amount in counts.items():
                    pipe.hincrby(COUNTERS_KEY, name, amount)
                    # The board tells what is left out now, and counters only grow.
                    pipe.hset(COUNTERS_KEY, f"{name}_at_ms", str(record.timestamp))
                if late := lateness(event, record.timestamp):
                    pipe.hset(COUNTERS_KEY, mapping=late)
                pipe.hset(MARKS_KEY, _field(partition), str(record.offset))
                try:
                    await pipe.execute()
                except WatchError:
                    continue  # Another sink wrote a mark, or all of them were lost: look again.
                self._applied[partition] = record.offset
                return

    async def _stale(self, event: BoardEvent | None) -> list[bytes]:
        """Entries of the stream that are to go with what is written: those of a call whose notice was withdrawn."""
        if not isinstance(event, CallState) or not event.withdrawn:
            return []
        return [entry for entry, _ in await events_of(self._redis, event.call_id)]

    def _show(
        self,
        pipe: Any,  # noqa: ANN401
        record: ConsumerRecord,
        event: BoardEvent,
        stored: bytes | None,
        span: Span,
    ) -> None:
        before = _stored_view(stored, event.call_id)
        if before.withdrawn:
            return
        if not stored and isinstance(event, CallState) and event.withdrawn:
            # Nothing is shown of it, and there may be very many that never were; what comes late is not let in.
            pipe.set(call_key(event.call_id), _withdrawn_mark(event.call_id), ex=self._ttl_s)
            return
        view = apply(before, event)
        # Not the record's own bytes: a field that no reader knows may be as long as a record.
        fields: dict[Any, Any] = {"kind": event.__struct_config__.tag, "json": _json.encode(event)}
        if span.traceparent:
            fields[TRACEPARENT] = span.traceparent
        pipe.set(call_key(event.call_id), _json.encode(view), ex=self._ttl_s)
        pipe.xadd(EVENTS_KEY, fields, maxlen=self._keep_events, approximate=True)
        pipe.zadd(CALLS_KEY, {event.call_id: record.timestamp})
        if is_open(view):
            pipe.zadd(OPEN_KEY, {event.call_id: record.timestamp})
        else:
            pipe.zrem(OPEN_KEY, event.call_id)
        for key in (CALLS_KEY, OPEN_KEY):
            pipe.zremrangebyscore(key, 0, record.timestamp - 1000 * self._ttl_s)


def _withdrawn_mark(call_id: str) -> bytes:
    """A view that says no more than that the call was withdrawn; in no index, and in no event."""
    return _json.encode({"call_id": call_id, "state": "not_analysed", "withdrawn": True})


def _stored_view(stored: bytes | None, call_id: str) -> CallView:
    """What Redis holds of a call; begun anew where that is nothing, or no view of this release."""
    if stored:
        try:
            return _view.decode(stored)
        except msgspec.DecodeError as error:
            log.warning("A call's view does not fit and is begun anew", extra={"error": type(error).__name__})
    return CallView(call_id=call_id)


class _Lost(Exception):
    """Redis knows nothing of a partition that is being written, or less than it did."""


def _refusal_text(error: RedisError) -> str:
    if isinstance(error, OutOfMemoryError):
        return "Redis is full and takes no writes: give it more maxmemory; the board stands still until then"
    if isinstance(error, ResponseError):
        return f"Redis refuses what the board writes ({error})"
    return f"Redis does not answer ({type(error).__name__})"


def counted(event: BoardEvent | None) -> dict[str, int]:
    """What an event adds to the counters of the banner; null stands for a dead letter."""
    match event:
        case None:
            return {"dead_letters": 1}
        case CallState(state="not_analysed"):
            return {"not_analysed": 1}
        case CallState(words_shed=shed) if shed:
            return {"shed_asr": max(0, min(shed, MOST_COUNTED))}
        case Rationale(fallback="shed"):
            return {"shed_llm": 1}
    return {}


def lateness(event: BoardEvent | None, written_at_ms: int) -> dict[str, int]:
    """How long after its words a tone was known, and as of when: the board says so while calls wait for their analysis.

    By the time at which the record was written, so that a board that is filled again says nothing of its own. Empty
    where nobody knows when the words were spoken, or where a clock that is off says so.
    """
    delay = delay_ms(event.spoken_at_ms, written_at_ms) if isinstance(event, Tone) else None
    return {} if delay is None else {"behind_ms": delay, "behind_at_ms": written_at_ms}


def _offset(mark: bytes | None) -> int:
    """Of the last record that Redis has."""
    return NOTHING if mark is None else int(mark)


def _field(partition: TopicPartition) -> str:
    return f"{partition.topic}:{partition.partition}"
