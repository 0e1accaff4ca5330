"""A call taken out of Kafka, as far as a log can forget: tombstones in compacted topics, and for all others how long
the brokers themselves say that they keep it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from tonewatch.stream import erased_calls
from tonewatch.stream.access import TABLES
from tonewatch.stream.call_hash import erased_id, hash_of
from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.erasure.receipt import Remains, Removed
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.clients import deliver
from tonewatch.stream.kafka.dead_letters import ERASED
from tonewatch.stream.kafka.withdrawals import mark_of
from tonewatch.stream.topics import CALLERS, CLOCKS, DELIVERIES, MARKS, TOPICS, changelog_topics, dead_letter_topics

POLL_MS: Final = 500

FOR_EVER: Final = 2**62
"""`max.compaction.lag.ms` of a topic to which nobody gave one is the greatest number that there is."""

Config = Mapping[str, str]


@dataclass(frozen=True)
class Tombstone:
    """What is to be written over the newest record of a key, where that lies. `value`: what is left of a record that is
    about other calls too. `is_mark`: it lies over nothing, and says that the call was erased."""

    partition: TopicPartition
    key: bytes
    value: bytes | None = None
    is_mark: bool = False


def compacted(app_id: str) -> tuple[str, ...]:
    """Topics in which the newest record of a key takes the place of those before."""
    return (CLOCKS.name, CALLERS.name, DELIVERIES.name, *(topic.name for topic in changelog_topics(app_id, TABLES)))


def logs(app_id: str) -> tuple[str, ...]:
    """Topics that forget by time alone. That of marks is none of them: it holds nothing of a call but a hash."""
    known = (*TOPICS, *dead_letter_topics())
    return tuple(topic.name for topic in known if topic.name not in (*compacted(app_id), MARKS.name))


async def newest(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[tuple[TopicPartition, bytes], bytes]:
    """By partition and key the newest record of compacted topics, without those whose newest is a tombstone."""
    found: dict[tuple[TopicPartition, bytes], bytes] = {}
    for partition in partitions:
        async for record in records(consumer, partition):
            if record.value is None:
                found.pop((partition, record.key), None)
            elif record.key is not None:
                found[partition, record.key] = record.value
    return found


async def records(consumer: AIOKafkaConsumer, partition: TopicPartition) -> AsyncIterator[ConsumerRecord]:
    """All of a partition, up to its end as it is now."""
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=POLL_MS)).get(partition, []):
            yield record


def tombstones(found: Mapping[tuple[TopicPartition, bytes], bytes], call_id: str) -> list[Tombstone]:
    """Over what is this call's, by its key or by what a delivery tells.

    A listener must go on knowing that nothing of the call is to be analysed: beside the tombstone of its clock lies one
    under a hash of its id. What the monitor keeps of a call whose notice was withdrawn says little more, and stays.
    """
    made = []
    for (partition, key), value in found.items():
        if partition.topic == DELIVERIES.name:
            if (left := _without(value, call_id)) is not value:
                made.append(Tombstone(partition, key, left))
        elif is_key_of(partition.topic, key, call_id) and not is_withdrawn_state(value):
            made.append(Tombstone(partition, key))
            if partition.topic == CLOCKS.name:
                made.append(_mark(partition, call_id))
    return made


def missing_mark(
    found: Mapping[tuple[TopicPartition, bytes], bytes],
    made: Iterable[Tombstone],
    clocks: Iterable[TopicPartition],
    call_id: str,
) -> list[Tombstone]:
    """The mark of a call of which no clock was written, in the partition that its clock would have; none where one is
    there, or there is no topic of clocks."""
    partitions = {one.partition: one for one in clocks}
    key = erased_id(call_id).encode()
    if not partitions or any(one.is_mark for one in made) or any(known == key for _, known in found):
        return []
    numbers = sorted(partitions)
    return [_mark(partitions[DefaultPartitioner()(call_id.encode(), numbers, numbers)], call_id)]


def delivery_mark(deliveries: Iterable[TopicPartition], call_id: str, at_ms: int) -> list[Tombstone]:
    """By which nothing of the call is told outside any more, whoever sends it back; none without that topic."""
    partitions = {one.partition: one for one in deliveries}
    if not partitions:
        return []
    key, numbers = erased_id(call_id).encode(), sorted(partitions)
    place = partitions[DefaultPartitioner()(key, numbers, numbers)]
    return [Tombstone(place, key, encode(erased_calls.mark(call_id, at_ms)), is_mark=True)]


def long_mark(marks: Iterable[TopicPartition], call_id: str) -> list[Tombstone]:
    """As long as anything of the call may lie anywhere in Kafka; none without that topic."""
    numbers = {one.partition: one for one in marks}
    if not numbers:
        return []
    mark = mark_of(call_id)
    key = mark.call_id.encode()
    place = numbers[DefaultPartitioner()(key, sorted(numbers), sorted(numbers))]
    return [Tombstone(place, key, encode(mark), is_mark=True)]


def _mark(partition: TopicPartition, call_id: str) -> Tombstone:
    mark = mark_of(call_id)
    return Tombstone(partition, mark.call_id.encode(), encode(mark), is_mark=True)


class _State(msgspec.Struct):
    withdrawn: bool = False


class _Entry(msgspec.Struct):
    """Of the monitor's changelog."""

    state: _State


def is_withdrawn_state(value: bytes) -> bool:
    """An entry of the monitor's changelog: of a call whose notice was withdrawn."""
    try:
        return msgspec.json.decode(value, type=_Entry).state.withdrawn
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def is_key_of(topic: str, key: bytes, call_id: str) -> bool:
    """In the topic of callers a key is caller and call. A changelog has its keys as JSON, and no other topic has: an id
    in quotation marks is another call's."""
    if topic == CALLERS.name:
        _, slash, of_call = key.partition(b"/")
        return bool(slash) and of_call == call_id.encode()
    return _of_json(key) == call_id if topic.endswith("-changelog") else key == call_id.encode()


def _of_json(key: bytes) -> object:
    try:
        return msgspec.json.decode(key)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def told_of(value: bytes, call_id: str) -> bytes | None:
    """A delivery with what it tells of the call alone, which others may be told of beside it; null where that is
    nothing."""
    try:
        delivery = decode_delivery(value)
    except BadRecord:
        return None
    own = tuple(notice for notice in delivery.notices if notice.call_id == call_id)
    if not own and delivery.call_id != call_id:
        return None
    return encode(msgspec.structs.replace(delivery, notices=own, call_id=call_id))


def _without(value: bytes, call_id: str) -> bytes | None:
    """A delivery without what it tells of the call: `value` itself where it tells nothing of it, null where nothing is
    left."""
    try:
        delivery = decode_delivery(value)
    except BadRecord:
        return value
    left = tuple(notice for notice in delivery.notices if notice.call_id != call_id)
    if len(left) == len(delivery.notices) and delivery.call_id != call_id:
        return value
    if not left:
        return None
    of_call = left[0].call_id if delivery.call_id == call_id else delivery.call_id
    return encode(msgspec.structs.replace(delivery, notices=left, call_id=of_call))


async def write(producer: AIOKafkaProducer, made: Iterable[Tombstone], call_id: str) -> list[Removed]:
    """Each into the partition of the record that it is laid over, whoever chose that.

    A notifier that runs hears of it: a delivery without a value is dropped, one with a header loses the call's part.
    """
    counts: dict[str, int] = {}
    for one in made:
        more: dict[str, Any] = {}
        if one.partition.topic == DELIVERIES.name and one.value is not None:
            more["headers"] = [(ERASED, hash_of(call_id).encode())]
        await deliver(producer, one.partition.topic, one.value, key=one.key, partition=one.partition.partition, **more)
        if one.is_mark:
            continue
        counts[one.partition.topic] = counts.get(one.partition.topic, 0) + 1
    return [Removed(where=topic, what="keys, by tombstones", count=count) for topic, count in counts.items()]


async def configs(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> dict[str, Config | None]:
    """What the brokers say of each topic; null where they do not tell."""
    found: dict[str, Config | None] = {}
    for topic in topics:
        try:
            answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        except KafkaError:
            found[topic] = None
            continue
        found[topic] = _config(answers)
    return found


def _config(answers: Iterable[Any]) -> Config | None:
    for answer in answers:
        for code, _text, _kind, _name, entries, *_ in answer.resources:
            return {entry[0]: str(entry[1]) for entry in entries} if not code and entries else None
    return None


def remains(said: Mapping[str, Config | None], now_ms: int) -> list[Remains]:
    """How long each topic may still hold what was written of a call up to now, by its own settings."""
    return [_remains(topic, config, now_ms) for topic, config in said.items()]


def _remains(topic: str, config: Config | None, now_ms: int) -> Remains:
    if config is None:
        return Remains(where=topic, why="the broker does not tell how long it keeps it", until_at_ms=None)
    ways = {"delete": kept_ms(config), "compact": compacted_ms(config)}
    policies = [policy for policy in config.get("cleanup.policy", "delete").split(",") if ways.get(policy)]
    known = [(ways[policy], policy) for policy in policies]
    if not known:
        return Remains(where=topic, why="it is kept for ever", until_at_ms=None)
    longest_ms, policy = min((ms, policy) for ms, policy in known if ms is not None)
    why = "a log, which forgets by time" if policy == "delete" else "compaction takes it off the disks"
    return Remains(where=topic, why=why, until_at_ms=now_ms + longest_ms)


def kept_ms(config: Config) -> int | None:
    """The longest that a record may lie: it goes with its segment, which is as old as the newest record in it."""
    retention_ms, segment_ms = _number(config, "retention.ms"), _number(config, "segment.ms")
    if retention_ms is None or retention_ms < 0:
        return None
    return retention_ms + (7 * 24 * 3_600_000 if segment_ms is None else segment_ms)


def compacted_ms(config: Config) -> int | None:
    """The longest that a record may lie behind its tombstone."""
    lag_ms = _number(config, "max.compaction.lag.ms")
    return None if lag_ms is None or lag_ms >= FOR_EVER else lag_ms


def _number(config: Config, name: str) -> int | None:
    text = config.get(name, "")
    return int(text) if text.lstrip("-").isdigit() else None
