"""The messages of a topic as they come, decoded: a generator a topic."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable
from typing import Literal, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from tonewatch.stream.codec import Decoder, decode_alert, decode_rationale, decode_segment, decode_tone
from tonewatch.stream.errors import BadRecord, BrokerError, UnknownVersion
from tonewatch.stream.kafka.clients import commit, make_consumer, start, stop
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.messages import Alert, Rationale, SegmentMessage, ToneMessage
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import ALERTS, RATIONALES, SEGMENTS, TONE, Topic

log = logging.getLogger(__name__)

T = TypeVar("T")

Since = Literal["earliest", "latest"]
"""Where a reader begins that has committed nothing: with all that Kafka keeps, or with what is written from now on."""

AT_ONCE = 100
"""Records that are taken before the next commit."""

WAIT_MS = 1_000


def alerts(
    kafka: KafkaSettings | str | None = None, *, group: str | None = None, since: Since = "earliest"
) -> AsyncGenerator[Alert, None]:
    """Each event in the life of each alert; `alert_id` and `seq` tell one that comes twice.

    kafka    bootstrap servers, or settings; None: the TONEWATCH_KAFKA... variables
    group    a consumer group: what was handled is committed, its members share the calls, and who comes back goes on
             where the group was. None: all calls, and nothing is remembered
    since    where to begin without a commit

    A message counts as handled when the next one is asked for, so none is lost, and after a crash up to AT_ONCE come
    again. What is no valid message is logged and left out. Never ends by itself; use `contextlib.aclosing` where you
    leave the loop, so that the connections are closed at once.

    Raises:
        BrokerError: Kafka does not answer. AccessRefused: it refuses us.
        UnknownVersion: a newer release writes messages that this one does not read.
    """
    return _messages(ALERTS, decode_alert, kafka, group, since)


def tones(
    kafka: KafkaSettings | str | None = None, *, group: str | None = None, since: Since = "earliest"
) -> AsyncGenerator[ToneMessage, None]:
    """Each `Tone` of a caller, and each `CallState`; otherwise as `alerts`."""
    return _messages(TONE, decode_tone, kafka, group, since)


def rationales(
    kafka: KafkaSettings | str | None = None, *, group: str | None = None, since: Since = "earliest"
) -> AsyncGenerator[Rationale, None]:
    """Each reason of a moment; otherwise as `alerts`."""
    return _messages(RATIONALES, decode_rationale, kafka, group, since)


def segments(
    kafka: KafkaSettings | str | None = None, *, group: str | None = None, since: Since = "earliest"
) -> AsyncGenerator[SegmentMessage, None]:
    """Each `Segment`, its `Words`, and what else a listener tells of a call; otherwise as `alerts`."""
    return _messages(SEGMENTS, decode_segment, kafka, group, since)


def settings_of(kafka: KafkaSettings | str | None) -> KafkaSettings:
    """Those that are given; an address has the security of the environment."""
    return kafka if isinstance(kafka, KafkaSettings) else load(KafkaSettings, kafka=kafka)


async def _messages(
    topic: Topic, decode: Decoder[T], kafka: KafkaSettings | str | None, group: str | None, since: Since
) -> AsyncGenerator[T, None]:
    settings = settings_of(kafka)
    consumer = make_consumer(settings, [topic.name], group, auto_offset_reset=since)
    await start(consumer, settings)
    try:
        while True:
            for message in _decoded(await _next(consumer), decode):
                yield message
            if group:
                await commit(consumer)
    except KafkaError as error:
        away = BrokerError(f"Kafka at {settings.kafka} does not answer ({type(error).__name__}).")
        raise not_allowed(error, settings) or away from error
    finally:
        await stop(consumer)


async def _next(consumer: AIOKafkaConsumer) -> list[ConsumerRecord]:
    """At most AT_ONCE records, in order within each partition."""
    while not (found := await consumer.getmany(timeout_ms=WAIT_MS, max_records=AT_ONCE)):
        pass
    return [record for records in found.values() for record in records]


def _decoded(records: Iterable[ConsumerRecord], decode: Decoder[T]) -> Iterable[T]:
    for record in records:
        try:
            yield decode(record.value)
        except UnknownVersion:
            raise
        except BadRecord as error:
            where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            log.warning("A record is no message of its topic, and is left out", extra={**where, "reason": error.reason})
