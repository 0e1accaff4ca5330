from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from tonewatch.stream.board.sink import MOST_COUNTED, BoardSink, counted, lateness
from tonewatch.stream.board.view import COUNTERS_KEY, EVENTS_KEY, MARKS_KEY, OPEN_KEY, call_key
from tonewatch.stream.codec import decode_tone, encode
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.messages import CallState, Tone
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import TONE

ONE, OTHER = TopicPartition("tonewatch.tone.v1", 0), TopicPartition("tonewatch.tone.v1", 1)

SILENT = b'{"type":"call_state","call_id":"c","state":"live"}'
DEEP = SILENT[:-1] + b',"added_later":' + b"[" * 50_000 + b"]" * 50_000 + b"}"


class Losing:
    """A consumer and a Redis in one: a partition goes to another sink at the `at`-th question to Redis."""

    def __init__(self, redis: Any, at: int) -> None:
        self._redis = redis
        self._at = at
        self._assigned = {ONE, OTHER}
        self.sought: list[TopicPartition] = []

    def __getattr__(self, name: str) -> Any:
        async def asked(*words: Any, **more: Any) -> Any:
            self._at -= 1
            answer = await getattr(self._redis, name)(*words, **more)
            if self._at == 0:
                self._assigned.discard(OTHER)
            return answer

        return asked

    def assignment(self) -> set[TopicPartition]:
        return set(self._assigned)

    def highwater(self, partition: TopicPartition) -> int:
        assert partition in self._assigned, "Partition is not assigned"
        return 5

    async def position(self, _partition: TopicPartition) -> int:
        return 0

    async def seek_to_beginning(self, *partitions: TopicPartition) -> bool:
        if not self._assigned.issuperset(partitions):
            raise IllegalStateError
        self.sought += partitions
        return True


def test_a_counter_takes_no_number_that_redis_would_refuse() -> None:
    assert counted(CallState(call_id="c", state="ended", words_shed=2**63 - 1)) == {"shed_asr": MOST_COUNTED}
    assert counted(CallState(call_id="c", state="ended", words_shed=-5)) == {"shed_asr": 0}
    assert counted(CallState(call_id="c", state="ended", words_shed=3)) == {"shed_asr": 3}


def test_a_tone_says_how_long_after_its_words_it_was_known_and_nothing_else_does() -> None:
    tone = Tone(
        call_id="c", segment_id="c/0/0", role="customer", start_ms=0, end_ms=900, tone=None, spread=1.0, risk=0.0
    )
    spoken = msgspec.structs.replace(tone, spoken_at_ms=1_000_000)
    assert lateness(spoken, 1_012_000) == {"behind_ms": 12_000, "behind_at_ms": 1_012_000}
    assert lateness(spoken, 999_000)["behind_ms"] == 0
    # A door's clock of 1970, of 2100, an hour behind or ahead: nothing is known of the delay.
    for written_at_ms in (2**62, 4_102_444_800_000, 1_000_000 + 3_623_000, 1_000_000 - 3_577_000):
        assert lateness(spoken, written_at_ms) == {}
    assert lateness(tone, 1_012_000) == lateness(CallState(call_id="c", state="live"), 5) == lateness(None, 5) == {}


@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_a_partition_that_goes_to_another_sink_meanwhile_is_left_for_that_one_to_fill(
    own_redis_url: str, at: int
) -> None:
    redis: Any = Redis.from_url(own_redis_url)
    await redis.flushall()
    await redis.hset(MARKS_KEY, mapping={"tonewatch.tone.v1:1": "9"})
    losing: Any = Losing(redis, at)
    sink = BoardSink(losing, losing, losing, Metrics(CollectorRegistry()), keep_events=10, ttl_s=10)
    try:
        await sink._rewound_after_loss()
        known = await redis.hkeys(MARKS_KEY)
        assert b"since:tonewatch.tone.v1:1" not in known
        await sink._rewound_after_loss()
        assert losing.sought == [ONE]
    finally:
        await redis.aclose()


async def test_the_board_carries_the_message_and_nothing_that_it_does_not_know(own_redis_url: str) -> None:
    redis: Any = Redis.from_url(own_redis_url)
    await redis.flushall()
    await redis.hset(MARKS_KEY, f"since:{ONE.topic}:{ONE.partition}", "1")
    await redis.set(call_key("c"), b'{"call_id":"c","call":{"title":"%s"}}' % (b"x" * 200_000))  # of an older release
    value = b'{"type":"call_state","call_id":"c","state":"live","added_later":"%s"}' % (b"x" * 200_000)
    record: Any = SimpleNamespace(value=value, offset=3, timestamp=1_000, headers=(), key=None)
    nobody: Any = None
    sink = BoardSink(nobody, redis, nobody, Metrics(CollectorRegistry()), keep_events=10, ttl_s=10)
    try:
        await sink._write_record(ONE, record)
        ((_, fields),) = await redis.xrange(EVENTS_KEY)
        assert len(fields[b"json"]) < 1_000 > len(await redis.get(call_key("c")))
        assert decode_tone(fields[b"json"]) == CallState(call_id="c", state="live")
    finally:
        await redis.aclose()


async def test_redis_knows_which_calls_are_open(own_redis_url: str) -> None:
    redis: Any = Redis.from_url(own_redis_url)
    await redis.flushall()
    await redis.hset(MARKS_KEY, f"since:{ONE.topic}:{ONE.partition}", "1")
    nobody: Any = None
    sink = BoardSink(nobody, redis, nobody, Metrics(CollectorRegistry()), keep_events=10, ttl_s=10)
    states: list[tuple[str, Any]] = [("a", "live"), ("b", "live"), ("c", "not_analysed"), ("a", "ended")]
    try:
        for offset, (call_id, state) in enumerate(states):
            value = encode(CallState(call_id=call_id, state=state))
            record: Any = SimpleNamespace(value=value, offset=offset, timestamp=1_000, headers=(), key=None)
            await sink._write_record(ONE, record)
        assert await redis.zrange(OPEN_KEY, 0, -1) == [b"b"]
    finally:
        await redis.aclose()


async def test_dead_letters_are_counted_together_and_each_once(own_redis_url: str) -> None:
    redis: Any = Redis.from_url(own_redis_url)
    await redis.flushall()
    letters = TopicPartition(TONE.dlq, 0)
    await redis.hset(MARKS_KEY, f"since:{letters.topic}:{letters.partition}", "1")
    nobody: Any = None
    sink = BoardSink(nobody, redis, nobody, Metrics(CollectorRegistry()), keep_events=10, ttl_s=10)
    records: Any = [SimpleNamespace(value=b"", offset=offset, timestamp=1_000) for offset in range(5)]
    try:
        await sink._write_batch(letters, records[:3])
        await sink._write_batch(letters, list(records))
        assert int(await redis.hget(COUNTERS_KEY, "dead_letters")) == 5
        assert int(await redis.hget(COUNTERS_KEY, "dead_letters_at_ms")) == 1_000
        assert int(await redis.hget(MARKS_KEY, f"{letters.topic}:{letters.partition}")) == 4
    finally:
        await redis.aclose()


class Refused:
    """Dead letters, by their reasons."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def send(self, _topic: object, _record: object, error: BadRecord) -> None:
        self.reasons.append(error.reason)


class FailingSink(BoardSink):
    """Its own code fails on every event; `skipped` are the offsets that it goes on from without one."""

    skipped: tuple[int, ...] = ()

    async def _write(self, partition: Any, record: Any, event: Any, *, counts: dict[str, int], **_more: Any) -> None:
        if event is not None:
            raise AttributeError("our own code fails")
        assert counts == {}
        self.skipped = (*self.skipped, record.offset)


@pytest.mark.parametrize(("value", "reason"), [(DEEP, "too_deep"), (SILENT, "failed")])
async def test_what_cannot_be_shown_is_a_dead_letter_and_is_done(value: bytes, reason: str) -> None:
    refused: Any = Refused()
    nothing: Any = None
    record: Any = SimpleNamespace(value=value, offset=3, timestamp=1_000, headers=(), key=None)
    sink = FailingSink(nothing, nothing, refused, Metrics(CollectorRegistry()), keep_events=10, ttl_s=10)
    await sink._write_record(ONE, record)
    assert (refused.reasons, sink.skipped) == ([reason], (3,))
