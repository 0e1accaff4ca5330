"""Where the parts of an alert's story lie: the topics, as long as Kafka keeps them, and the archive's database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.store import connect
from tonewatch.stream.codec import decode_alert, decode_call, decode_moment, decode_rationale, decode_segment
from tonewatch.stream.errors import BadRecord, BrokerError
from tonewatch.stream.kafka.clients import make_reader, start, stop
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.messages import CallMessage, Segment
from tonewatch.stream.settings import ArchiveSettings, KafkaSettings
from tonewatch.stream.topics import ALERTS, CALLS, MOMENTS, RATIONALES, SEGMENTS, Topic
from tonewatch.workers.provenance.story import Story

METADATA_S = 20.0
_POLL_MS = 200

_READS: dict[str, Callable[[bytes | None], object]] = {
    ALERTS.name: decode_alert,
    MOMENTS.name: decode_moment,
    RATIONALES.name: decode_rationale,
    SEGMENTS.name: decode_segment,
}


async def read_topics(settings: KafkaSettings, story: Story, call_id: str) -> None:
    """Add what Kafka has of the call; nobody's offsets move.

    Raises:
        BrokerError: Kafka does not answer.
        AccessRefused: it refuses us.
    """
    topics = [ALERTS, MOMENTS, RATIONALES, SEGMENTS]
    segments: list[Segment] = []
    async for record in _records(settings, topics, call_id):
        try:
            message = _READS[record.topic](record.value)
        except BadRecord:
            continue
        if isinstance(message, Segment):
            segments.append(message)
        story.take([message])
    story.rest_on(segments)


async def read_call(settings: KafkaSettings, call_id: str, until: dict[int, int]) -> list[tuple[int, CallMessage]]:
    """Records of the call with their offsets, of the partitions in `until` up to the offset that stands there.

    Raises:
        BrokerError: Kafka does not answer.
        AccessRefused: it refuses us.
    """
    found: list[tuple[int, CallMessage]] = []
    async for record in _records(settings, [CALLS], call_id, until):
        try:
            found.append((record.offset, decode_call(record.value)))
        except BadRecord:
            continue
    return found


async def _records(
    settings: KafkaSettings, topics: list[Topic], call_id: str, until: dict[int, int] | None = None
) -> AsyncIterator[ConsumerRecord]:
    consumer = make_reader(settings, [topic.name for topic in topics])
    key = call_id.encode()
    try:
        await start(consumer, settings)
        # All at first: a consumer forgets the partitions of topics that it is not assigned.
        partitions = [one for topic in topics for one in await _partitions(consumer, topic.name)]
        for partition in partitions:
            if until is None or partition.partition in until:
                async for record in _whole(consumer, partition, until):
                    if record.key == key:
                        yield record
    except KafkaError as error:
        away = BrokerError(f"Kafka at {settings.kafka} does not answer ({type(error).__name__}).")
        raise not_allowed(error, settings) or away from error
    finally:
        await stop(consumer)


async def _whole(
    consumer: AIOKafkaConsumer, partition: TopicPartition, until: dict[int, int] | None
) -> AsyncIterator[ConsumerRecord]:
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    if until is not None:
        end = min(end, until[partition.partition] + 1)
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=_POLL_MS)).get(partition, []):
            if record.offset < end:
                yield record


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    try:
        async with asyncio.timeout(METADATA_S):
            while not (numbers := consumer.partitions_for_topic(topic)):
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise BrokerError(f"Kafka has no topic {topic}: `tonewatch topics apply` makes it.") from error
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def read_archive(settings: ArchiveSettings, story: Story) -> str:
    """Add what the archive has of the alert; why it has nothing, or ''."""
    engine = connect(settings.database, settings.database_password_file)
    try:
        with engine.connect() as db:
            states, audio = schema.alert_states.c, schema.audio.c
            bodies = db.scalars(select(states.body).where(states.alert_id == story.alert_id)).all()
            story.take(list(_decoded(list(bodies), decode_alert)))
            for table, decode in ((schema.moments, decode_moment), (schema.rationales, decode_rationale)):
                bodies = db.scalars(select(table.c.body).where(table.c.alert_id == story.alert_id)).all()
                story.take(list(_decoded(list(bodies), decode)))
            wanted = [item.segment_id for one in story.states for item in one.evidence]
            calls = {one.call_id for one in story.states}
            columns = (audio.segment_id, audio.status, audio.reason, audio.sha256)
            rows = db.execute(select(*columns).where(audio.call_id.in_(calls), audio.segment_id.in_(wanted)))
            story.kept_audio.update({one: sha or f"{status}: {reason}" for one, status, reason, sha in rows})
    except SQLAlchemyError as error:
        return f"the archive's database cannot be read ({type(getattr(error, 'orig', None) or error).__name__})"
    finally:
        engine.dispose()
    return "" if story.states else "the archive has no such alert"


def _decoded(bodies: list[str], decode: Callable[[bytes | None], object]) -> Iterator[object]:
    for body in bodies:
        try:
            yield decode(body.encode())
        except BadRecord:
            continue
