"""What faust's consumer gives away, and what its producer sends, around one that does nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

from tonewatch.stream.call_keys.envelope import SHREDDED_RECORD, is_sealed
from tonewatch.stream.call_keys.faust_keys import FaustKeys, faust_keys, opening, sealing
from tonewatch.stream.call_keys.key_ring import KeyRing
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CLOCKS, SEGMENTS

from .test_key_ring import Log, ring_of

CHANGELOG = "tonewatch-monitor-calls-changelog"


class Consumer:
    def __init__(self, *messages: tuple[str, bytes, bytes | None]) -> None:
        self.app = SimpleNamespace(consumer_generation_id=1)
        self._messages = messages

    async def getmany(self, _timeout: float) -> AsyncIterator[tuple[Any, Any]]:
        for topic, key, value in self._messages:
            yield SimpleNamespace(topic=topic), SimpleNamespace(key=key, value=value, generation_id=1)


class Producer:
    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes | None]] = []

    async def send(self, topic: str, _key: bytes | None, value: bytes | None, *_more: Any, **_named: Any) -> None:
        self.sent.append((topic, value))


def keys_of(ring: KeyRing, *, writes: bool = True) -> FaustKeys:
    return cast(FaustKeys, SimpleNamespace(ring=ring, writes=writes))


async def given(ring: KeyRing, *messages: tuple[str, bytes, bytes | None]) -> list[bytes | None]:
    consumer = opening(Consumer, keys_of(ring))(*messages)
    return [message.value async for _, message in consumer.getmany(1.0)]


async def test_what_is_sealed_is_opened_and_all_else_given_as_it_is() -> None:
    ring = ring_of(Log())
    sealed = await ring.seal(SEGMENTS.name, b"c-1", b"said")
    state = await ring.seal(CHANGELOG, b'"c-1"', b"state")
    messages = [(SEGMENTS.name, b"c-1", sealed), (CHANGELOG, b'"c-1"', state), (CHANGELOG, b'"c-2"', None)]
    assert await given(ring, *messages, (SEGMENTS.name, b"c-2", b"clear")) == [b"said", b"state", None, b"clear"]


async def test_a_shredded_record_is_left_out_and_in_a_changelog_becomes_a_tombstone() -> None:
    log = Log()
    ring = ring_of(log)
    sealed = await ring.seal(SEGMENTS.name, b"c-1", b"said")
    state = await ring.seal(CHANGELOG, b'"c-1"', b"state")
    log.mark(b"c-1")
    await ring.start()
    assert await given(ring, (SEGMENTS.name, b"c-1", sealed), (SEGMENTS.name, b"c-1", SHREDDED_RECORD)) == []
    assert await given(ring, (CHANGELOG, b'"c-1"', state)) == [None]


async def test_what_tells_of_a_call_is_sealed_as_it_is_sent_and_nothing_where_the_mode_only_reads() -> None:
    ring = ring_of(Log())
    producer = sealing(Producer, keys_of(ring))()
    for topic in (SEGMENTS.name, CHANGELOG, CLOCKS.name):
        await producer.send(topic, b'"c-1"' if topic == CHANGELOG else b"c-1", b"said")
    await producer.send(CHANGELOG, b'"c-1"', None)
    assert [None if value is None else is_sealed(value) for _, value in producer.sent] == [True, True, False, None]
    assert sealing(Producer, keys_of(ring, writes=False)) is Producer


def test_without_keys_there_is_nothing_around_them() -> None:
    assert faust_keys(KafkaSettings()) is None
