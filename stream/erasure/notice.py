"""The notice of a call withdrawn before the call is erased.

What runs holds calls in memory, and nobody tells it of tombstones: the monitor would write an alert whole again when
somebody acknowledges it later, and a message that waits for a receiver would still be sent. A withdrawal it hears.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.stream.access import TABLES
from tonewatch.stream.call_keys.envelope import is_sealed
from tonewatch.stream.codec import decode_clock, encode_call
from tonewatch.stream.erasure.kafka_erasure import POLL_MS, is_key_of, is_withdrawn_state, newest
from tonewatch.stream.erasure.receipt import Remains
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.clients import deliver, make_producer, start
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.messages import NoticeWithdrawn
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS, CLOCKS, changelog_topics

PATIENCE_S: Final = 10.0
"""So long the monitor's answer is waited for."""

CLOCK_S: Final = 2.0
"""The listener writes the call's clock at about the same time: a tombstone that came before it would lie under it."""

Kept = Mapping[tuple[TopicPartition, bytes], bytes]


def places(app_id: str) -> tuple[str, ...]:
    """The topics by which listeners and the monitor tell what they know of a call."""
    return (CLOCKS.name, *(topic.name for topic in changelog_topics(app_id, TABLES)))


def unanswered(patience_s: float) -> Remains:
    return Remains(
        where="a monitor that runs",
        why=f"none answered within {patience_s:g} s that the notice of the call is withdrawn: one that knows the call "
        "and is only late may write its alerts again. Once it runs, erase again",
        until_at_ms=None,
    )


async def withdraw(
    settings: KafkaSettings,
    consumer: AIOKafkaConsumer,
    partitions: Sequence[TopicPartition],
    message: NoticeWithdrawn,
    patience_s: float,
) -> bool:
    """False where nobody answered. A call of which nobody knows, or knows any more, needs no withdrawal.

    `partitions` are those of `places`; `settings` seal nothing, for the key of the call is destroyed next.

    Raises:
        KafkaError: Kafka does not answer, or does not let us write.
    """
    if not is_known(await newest(consumer, partitions), message.call_id):
        return True
    ends = await consumer.end_offsets(partitions)
    producer = make_producer(settings)
    await start(producer, settings)
    try:
        await deliver(producer, CALLS.name, encode_call(message), key=message.call_id.encode())
    finally:
        await stop_clients(producer)
    return await _answered(consumer, ends, message.call_id, patience_s)


def is_known(kept: Kept, call_id: str) -> bool:
    """Does anybody know it otherwise than as withdrawn?"""
    return any(
        is_key_of(at.topic, key, call_id) and (is_sealed(value) or not says_withdrawn(at.topic, value))
        for (at, key), value in kept.items()
    )


def says_withdrawn(topic: str, value: bytes | None) -> bool:
    """What is sealed cannot be read here: whatever is written behind the withdrawal is taken for the answer."""
    if value is None:
        return False
    if is_sealed(value):
        return True
    if topic != CLOCKS.name:
        return is_withdrawn_state(value)
    try:
        return decode_clock(value).withdrawn
    except BadRecord:
        return False


async def _answered(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], call_id: str, patience_s: float
) -> bool:
    now_s = asyncio.get_running_loop().time
    until_s = now_s() + patience_s
    consumer.assign(list(ends))
    for partition, end in ends.items():
        consumer.seek(partition, end)
    said: set[str] = set()
    while now_s() < until_s and not said >= {at.topic for at in ends}:
        found = await consumer.getmany(timeout_ms=POLL_MS)
        said |= _saying([record for records in found.values() for record in records], call_id)
        if said - {CLOCKS.name}:
            until_s = min(until_s, now_s() + CLOCK_S)
    return bool(said - {CLOCKS.name})


def _saying(records: Iterable[object], call_id: str) -> set[str]:
    """The topics of those records that say of the call that its notice is withdrawn."""
    found: set[str] = set()
    for record in records:
        topic, key, value = (getattr(record, name) for name in ("topic", "key", "value"))
        if is_key_of(topic, key or b"", call_id) and says_withdrawn(topic, value):
            found.add(topic)
    return found
