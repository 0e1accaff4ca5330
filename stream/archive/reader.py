"""Audio read back from Kafka by the offsets that an alert's evidence names."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tonewatch.stream.codec import decode_call
from tonewatch.stream.errors import BadRecord, BrokerError
from tonewatch.stream.kafka.clients import make_reader
from tonewatch.stream.messages import AudioChunk, AudioSpan
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS

MAX_SPAN = 80_000
"""Records between two offsets: a segment of 4 s on a partition of a thousand calls has 40,000."""

SPAN_BYTES = 128 * 1_048_576
"""Read for one clip at most: those 40,000 records are 64 MiB."""

CLIP_BYTES = 8 * 1_048_576
"""Kept of one channel at most: a minute of 16-bit PCM at 48 kHz is 5.8 MB."""

RETRY_FOR_S = 20.0

TIME_WAIT_MS = 5_000
"""For one record, of which only the time is wanted."""


@dataclass
class Budget:
    """Bytes and records that may still be read for the clips of one record."""

    left: int
    records_left: int = MAX_SPAN

    def spend(self, size: int, records: int = 0) -> None:
        """
        Raises:
            AudioGone: `read_too_much`; all clips that come after get the same answer.
        """
        self.left -= size
        self.records_left -= records
        if self.left < 0 or self.records_left < 0:
            raise AudioGone("read_too_much")


class AudioGone(Exception):
    """Kafka no longer has this audio, or never had; `reason` is a fixed word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_span_consumer(settings: KafkaSettings) -> AIOKafkaConsumer:
    """A consumer in no group that knows the partitions of the calls topic; to be started before it is used."""
    return make_reader(settings, [CALLS.name])


class SpanReader:
    """Reads spans of the calls topic, one at a time, with a consumer of its own (`make_span_consumer`, started)."""

    def __init__(self, consumer: AIOKafkaConsumer, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._consumer = consumer
        self._clock = clock

    async def chunks(
        self, span: AudioSpan, call_id: str, channel: int, budget: Budget | None = None
    ) -> list[AudioChunk]:
        """The chunks of one channel of a call that lie in the span; possibly fewer than there once were.

        Raises:
            AudioGone: `expired`, `not_found`, `unknown_partition`, `not_a_span`, `span_too_long`; `read_too_much` or
                `clip_too_large` where more bytes lie in the span than any clip needs.
            BrokerError, KafkaError: Kafka does not answer; trying again may help.
        """
        named = (call_id, channel)
        found = await self._read(span, named, budget or Budget(SPAN_BYTES), CLIP_BYTES)
        return [chunk for _offset, chunk in found]

    async def of_call(self, span: AudioSpan, call_id: str) -> list[tuple[int, AudioChunk]]:
        """The chunks of all channels of a call that lie in the span, each with its offset; none is no error.

        Raises:
            AudioGone: as `chunks` does, but where there are none.
            BrokerError, KafkaError: Kafka does not answer; trying again may help.
        """
        try:
            return await self._read(span, (call_id, None), Budget(SPAN_BYTES), SPAN_BYTES)
        except AudioGone as gone:
            if gone.reason in ("not_found", "expired"):
                return []
            raise

    async def _read(
        self, span: AudioSpan, named: tuple[str, int | None], budget: Budget, most_bytes: int
    ) -> list[tuple[int, AudioChunk]]:
        partition = self._partition(span)
        beginning = (await self._consumer.beginning_offsets([partition]))[partition]
        if beginning > span.last_offset:
            raise AudioGone("expired")
        # Assigned for one span only: an assigned partition is fetched from, wanted or not.
        self._consumer.assign([partition])
        try:
            self._consumer.seek(partition, max(beginning, span.first_offset))
            found = await self._found(partition, span, named, budget, most_bytes)
        finally:
            # The fetcher would otherwise go on reading the calls topic behind the span.
            self._consumer.pause(partition)
        if not found:
            raise AudioGone("expired" if beginning > span.first_offset else "not_found")
        return found

    async def around(
        self, first: AudioSpan, last: AudioSpan, margin_ms: int, most_records: int = MAX_SPAN
    ) -> AudioSpan:
        """The span from so long before one to so long after the other, by Kafka's time stamps; as far as it is there.

        `most_records`: a span of more is none; who reads it in parts may allow more than MAX_SPAN.

        Raises:
            AudioGone: as `chunks` does, or the two do not lie in one partition.
            BrokerError, KafkaError: Kafka does not answer; trying again may help.
        """
        partition = self._partition(first)
        if self._partition(last) != partition:
            raise AudioGone("not_a_span")
        begin_at_ms = await self._time_of(partition, first.first_offset) - margin_ms
        end_at_ms = await self._time_of(partition, last.last_offset) + margin_ms
        begin = (await self._consumer.offsets_for_times({partition: begin_at_ms}))[partition]
        end = (await self._consumer.offsets_for_times({partition: end_at_ms}))[partition]
        newest = (await self._consumer.end_offsets([partition]))[partition] - 1
        wide = msgspec.structs.replace(
            first,
            first_offset=min(first.first_offset, begin.offset if begin else first.first_offset),
            last_offset=max(last.last_offset, end.offset if end else newest),
        )
        self._partition(wide, most_records)
        return wide

    async def _time_of(self, partition: TopicPartition, offset: int) -> int:
        """When Kafka had the record at the offset, or the next one that is still there."""
        self._consumer.assign([partition])
        try:
            self._consumer.seek(partition, offset)
            found = (await self._consumer.getmany(partition, timeout_ms=TIME_WAIT_MS)).get(partition, [])
        finally:
            self._consumer.pause(partition)
        if not found or found[0].offset < offset:
            raise AudioGone("expired")
        return int(found[0].timestamp)

    def _partition(self, span: AudioSpan, most_records: int = MAX_SPAN) -> TopicPartition:
        if span.topic != CALLS.name or not 0 <= span.first_offset <= span.last_offset:
            raise AudioGone("not_a_span")
        if span.last_offset - span.first_offset >= most_records:
            raise AudioGone("span_too_long")
        # Asking for the offsets of a partition that does not exist would wait for ever.
        if span.partition not in (self._consumer.partitions_for_topic(span.topic) or ()):
            raise AudioGone("unknown_partition")
        return TopicPartition(span.topic, span.partition)

    async def _found(
        self, partition: TopicPartition, span: AudioSpan, named: tuple[str, int | None], budget: Budget, most_bytes: int
    ) -> list[tuple[int, AudioChunk]]:
        """The chunks of a call, of one channel or of all, to the end of the span, or of the log if it comes first."""
        found: list[tuple[int, AudioChunk]] = []
        call = named[0].encode()
        of_span = Budget(SPAN_BYTES)
        deadline = self._clock() + RETRY_FOR_S
        while await self._consumer.position(partition) <= span.last_offset:
            fresh = (await self._consumer.getmany(partition, timeout_ms=500)).get(partition, [])
            if any(record.offset < span.first_offset for record in fresh):
                return []  # The log does not reach so far, and the client began again at its beginning.
            size = sum(len(record.value or b"") for record in fresh)
            of_span.spend(size)
            budget.spend(size, len(fresh))
            # Only what is wanted is held: the records between are those of all calls of the partition.
            # A record that does not even hold the call's name is not decoded: it takes a tenth of the time.
            near = (one for one in fresh if one.offset <= span.last_offset and call in (one.value or b""))
            ours = ((record.offset, _chunk(record, *named)) for record in near)
            found += [(offset, chunk) for offset, chunk in ours if chunk is not None]
            if sum(len(chunk.payload) for _offset, chunk in found) > most_bytes:
                raise AudioGone("clip_too_large")
            if fresh:
                deadline = self._clock() + RETRY_FOR_S
            elif await self._at_end(partition):
                return found
            elif self._clock() > deadline:
                raise BrokerError(f"Kafka gives no records of {partition.topic} partition {partition.partition}.")
        return found

    async def _at_end(self, partition: TopicPartition) -> bool:
        end = (await self._consumer.end_offsets([partition]))[partition]
        return bool(await self._consumer.position(partition) >= end)


def _chunk(record: ConsumerRecord, call_id: str, channel: int | None) -> AudioChunk | None:
    """Of the call, and of the channel where one is named."""
    try:
        message = decode_call(record.value)
    except BadRecord:
        return None  # The listener has put it on the dead-letter topic.
    if not isinstance(message, AudioChunk) or message.call_id != call_id:
        return None
    return message if channel in (None, message.channel) else None
