"""The reference from which the drift of the posterior is measured: of recordings, or of what a listener wrote to Kafka.

The two that come with the weights are of the demo calls, which are spoken by machines: they tell a broken encoder or
line from a whole one. What is normal for a center is known after a week of its own calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.offline_listener import listen_offline
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import BadRecord, DataError
from tonewatch.stream.kafka.clients import make_reader, start, stop
from tonewatch.stream.messages import Segment, SegmentMessage
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.posterior_drift import LEAST_SEGMENTS, Reference, count
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import SEGMENTS
from tonewatch.workers.encoder import CPU, Encoder
from tonewatch.workers.listen.analysis import Analysis

_POLL_MS = 500


def reference_of(messages: Iterable[SegmentMessage], made_from: str, *, least: int = LEAST_SEGMENTS) -> Reference:
    """Of the segments that were judged by the encoder whose weights judged the newest.

    Raises:
        DataError: there are fewer than `least` of them.
    """
    judged = [one for one in messages if isinstance(one, Segment) and one.posterior is not None and one.space]
    space = judged[-1].space if judged else ""
    posteriors = [one.posterior for one in judged if one.posterior is not None and one.space == space]
    if len(posteriors) < least:
        raise DataError(f"{made_from}: {len(posteriors)} judged segments; a reference needs {least} at least.")
    return Reference(space=space, made_from=made_from, segments=len(posteriors), counts=count(posteriors))


def of_calls(folder: Path, encoder: Path, made_from: str, *, least: int = LEAST_SEGMENTS) -> Reference:
    """Of a folder of recordings, listened to as live."""
    analysis = Analysis(Encoder(encoder, providers=[CPU]), Metrics())
    messages = [message for call in find_calls(folder) for message in listen_offline(call, analysis)]
    return reference_of(messages, made_from, least=least)


async def of_topic(settings: KafkaSettings, made_from: str, *, least: int = LEAST_SEGMENTS) -> Reference:
    """Of every segment that Kafka keeps, a week of them unless its retention was changed.

    Raises:
        BrokerError: Kafka does not answer.
        DataError: there are too few.
    """
    consumer = make_reader(settings, [SEGMENTS.name])
    try:
        await start(consumer, settings)
        numbers = sorted(consumer.partitions_for_topic(SEGMENTS.name) or ())
        found = [one for number in numbers for one in await _read(consumer, TopicPartition(SEGMENTS.name, number))]
    finally:
        await stop(consumer)
    in_order: list[Segment] = sorted(found, key=lambda one: one.emitted_at_ms)
    return reference_of(in_order, made_from, least=least)


async def _read(consumer: AIOKafkaConsumer, partition: TopicPartition) -> list[Segment]:
    """Up to the end as it is now; what cannot be read has its dead letter elsewhere."""
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    found: list[Segment] = []
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=_POLL_MS)).get(partition, []):
            try:
                message = decode_segment(record.value)
            except BadRecord:
                continue
            if isinstance(message, Segment) and message.posterior is not None:
                found.append(msgspec.structs.replace(message, prosody=None, embedding=b""))
    return found


def write(reference: Reference, file: Path) -> None:
    """As JSON."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(reference), indent=1) + b"\n")
