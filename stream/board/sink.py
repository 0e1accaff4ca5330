"""From Kafka to Redis: a capped stream of board events and a snapshot per call.

Redis is a cache. Each write carries the Kafka offset it came from, in the same transaction, so a second delivery
changes nothing; a Redis that comes back empty is filled again from the beginning of what Kafka keeps.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError
from redis.asyncio import Redis
from redis.exceptions import RedisError, WatchError

from tonewatch.stream.board.view import (
    CALLS_KEY,
    COUNTERS_KEY,
    EVENTS_KEY,
    MARKS_KEY,
    BoardEvent,
    CallView,
    apply,
    call_key,
)
from tonewatch.stream.codec import decode_alert, decode_rationale, decode_tone
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.clients import (
    commit,
)
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.messages import CallState, Rationale, Tone
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import ALERTS, RATIONALES, TONE, Topic, dead_letter_topics

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

    async def run(self) -> None:
        """Until cancelled. Redis away: wait and try the same records again; the alerts topic does not wait."""
        while True:
            self._metrics.health.beat("sink")
            batches = await self._consumer.getmany(timeout_ms=500)
            while not await self._written(batches):
                self._metrics.retries.labels(of="redis").inc()
                self._metrics.health.beat("sink")
                await asyncio.sleep(self._retry_s)
            await commit(self._consumer)

    async def _written(self, batches: dict[TopicPartition, list[ConsumerRecord]]) -> bool:
        """Write what was read; False when Redis did not answer, and all of it is to be tried again."""
        try:
            rewound = await self._rewound_after_loss()
            for partition in batches.keys() - rewound:
                await self._write_batch(partition, batches[partition])
        except _Emptied:
            return await self._written(batches)
        except RedisError as error:
            log.warning("Redis does not answer; trying again", extra={"error": type(error).__name__})
            return False
        return True

    async def _rewound_after_loss(self) -> set[TopicPartition]:
        """Read again all that Kafka keeps of the partitions that Redis knows nothing of (it is new, or was emptied).

        While Redis answers, partitions may go to another sink: it is left to find out for itself.
        """
        assigned = sorted(self._consumer.assignment())
        if not assigned:
            return set()
        # `since` is written before the first record: it tells an emptied Redis from a topic without records.
        known = await self._redis.hmget(MARKS_KEY, [f"since:{_field(p)}" for p in assigned])
        marks = await self._redis.hmget(MARKS_KEY, [_field(p) for p in assigned])
        unknown = [
            partition
            for partition, since, mark in zip(assigned, known, marks, strict=True)
            if partition in self._consumer.assignment() and (since is None or self._is_of_another_log(partition, mark))
        ]
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
        return set(unknown)

    def _is_of_another_log(self, partition: TopicPartition, mark: bytes | None) -> bool:
        """Does Redis tell of records that this Kafka has not got yet? Then it was filled from another one."""
        end = self._consumer.highwater(partition)
        return mark is not None and end is not None and int(mark) >= end

    async def _write_batch(self, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        """Each record leaves `records` when it is done: a retry begins with the one that failed."""
        while records:
            await self._write_record(partition, records[0])
            self._metrics.records.labels(topic=partition.topic).inc()
            del records[0]

    async def _write_record(self, partition: TopicPartition, record: ConsumerRecord) -> None:
        if partition.topic in DEAD_LETTERS:
            await self._write(partition, record, None)
            return
        topic, decode = READS[partition.topic]
        try:
            await self._write(partition, record, decode(record.value))
        except BadRecord as error:
            await self._dead_letters.send(topic, record, error)
        except FAULTS as error:
            log.exception("A record could not be shown", extra={"topic": partition.topic})
            text = f"the record made the board's sink fail ({type(error).__name__}); its log says where"
            await self._dead_letters.send(topic, record, Unprocessable(text, reason="failed"))

    async def _write(self, partition: TopicPartition, record: ConsumerRecord, event: BoardEvent | None) -> None:
        """One event, once: snapshot, stream entry, counters and mark in one transaction.

        Raises:
            _Emptied: Redis lost what it had since the batch was begun; nothing was written.
        """
        async with self._redis.pipeline(transaction=True) as pipe:
            while True:
                # Optimistic locking: `execute` fails if a mark changed since this line, by another sink or by a flush.
                await pipe.watch(MARKS_KEY)
                since, mark = await pipe.hmget(MARKS_KEY, [f"since:{_field(partition)}", _field(partition)])
                if since is None:
                    raise _Emptied
                # Applied before: by a sink that did not commit any more.
                if mark is not None and int(mark) >= record.offset:
                    return
                stored = await pipe.get(call_key(event.call_id)) if event is not None else None
                pipe.multi()
                if event is not None:
                    self._show(pipe, record, event, stored)
                for name, amount in counted(event).items():
                    pipe.hincrby(COUNTERS_KEY, name, amount)
                if late := lateness(event, record.timestamp):
                    pipe.hset(COUNTERS_KEY, mapping=late)
                pipe.hset(MARKS_KEY, _field(partition), str(record.offset))
                try:
                    await pipe.execute()
                except WatchError:
                    continue  # Another sink wrote a mark, or all of them were lost: look again.
                return

    def _show(self, pipe: Any, record: ConsumerRecord, event: BoardEvent, stored: bytes | None) -> None:  # noqa: ANN401
        view = apply(_stored_view(stored, event.call_id), event)
        # Not the record's own bytes: a field that no reader knows may be as long as a record.
        fields: dict[Any, Any] = {"kind": event.__struct_config__.tag, "json": _json.encode(event)}
        pipe.set(call_key(event.call_id), _json.encode(view), ex=self._ttl_s)
        pipe.xadd(EVENTS_KEY, fields, maxlen=self._keep_events, approximate=True)
        pipe.zadd(CALLS_KEY, {event.call_id: record.timestamp})
        pipe.zremrangebyscore(CALLS_KEY, 0, record.timestamp - 1000 * self._ttl_s)


def _stored_view(stored: bytes | None, call_id: str) -> CallView:
    """What Redis holds of a call; begun anew where that is nothing, or no view of this release."""
    if stored:
        try:
            return _view.decode(stored)
        except msgspec.DecodeError as error:
            log.warning("A call's view does not fit and is begun anew", extra={"error": str(error)})
    return CallView(call_id=call_id)


class _Emptied(Exception):
    """Redis knows nothing of a partition that is being written."""


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
    where nobody knows when the words were spoken.
    """
    if not isinstance(event, Tone) or not event.spoken_at_ms:
        return {}
    return {"behind_ms": max(0, min(written_at_ms - event.spoken_at_ms, MOST_COUNTED)), "behind_at_ms": written_at_ms}


def _field(partition: TopicPartition) -> str:
    return f"{partition.topic}:{partition.partition}"
