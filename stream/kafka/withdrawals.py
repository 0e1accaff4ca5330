"""Calls whose notice was withdrawn, on whichever partition that was read.

A client that chooses partitions by another hash puts a withdrawal where another listener reads it than the call's
audio. Whoever reads one writes it into the call's clock and, under a hash of its id, into the topic of marks, which
keeps it as long as anything of the call lies in Kafka (`topics.GUARDED`). Both are followed here, of all partitions and
for nothing else: by listeners, by who asks a model about what was derived, by who tells receivers outside. The clocks
too, because a listener of a former release writes no marks.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from tonewatch.stream.call_hash import erased_id, is_erased_id
from tonewatch.stream.codec import decode_clock
from tonewatch.stream.errors import BadRecord, BrokerError
from tonewatch.stream.kafka.clients import make_reader, start, stop
from tonewatch.stream.messages import CallClock
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CLOCKS, MARKS

log = logging.getLogger(__name__)

_WITHDRAWN: Final = b'"withdrawn":true'
"""As every release writes it: of very many clocks those few are decoded."""

_POLL_MS: Final = 200
_FETCH_WAIT_MS: Final = 1_000
"""Nothing comes for hours: to ask twenty times a second would cost a core of the broker 4 % for each who follows."""

_AT_ONCE: Final = 2_000


class WithdrawalReader(Protocol):
    """Where withdrawals are learned of that came on another partition."""

    async def until_now(self) -> list[str]:
        """Ids of calls, all that were written up to now and not given before."""

    async def news(self) -> list[str]:
        """What has come meanwhile; waits for nothing."""

    async def close(self) -> None: ...


class TopicWithdrawals:
    """Follows all of these topics, from their beginning."""

    def __init__(self, settings: KafkaSettings, topics: Sequence[str] = (CLOCKS.name, MARKS.name)) -> None:
        self._settings = settings
        self._topics = tuple(topics)
        self._consumer: AIOKafkaConsumer | None = None
        self._partitions: list[TopicPartition] = []

    async def until_now(self) -> list[str]:
        """
        Raises:
            BrokerError, KafkaError: Kafka does not answer.
        """
        consumer = await self._started()
        found: list[str] = []
        ends = await consumer.end_offsets(self._partitions)
        while [one for one in self._partitions if await consumer.position(one) < ends[one]]:
            found += await self._read(consumer, _POLL_MS)
        return found

    async def news(self) -> list[str]:
        """Of a Kafka that is away nothing: what it has is read when it is back."""
        try:
            return await self._read(await self._started(retry_for_s=0.0), 0)
        except (KafkaError, BrokerError) as error:
            log.warning("Withdrawals of other partitions cannot be read", extra={"error": type(error).__name__})
            return []

    async def close(self) -> None:
        if self._consumer is not None:
            await stop(self._consumer)

    async def _started(self, *, retry_for_s: float = 30.0) -> AIOKafkaConsumer:
        """With all partitions that there are; where more of them were made meanwhile, from the beginning again."""
        if self._consumer is None:
            consumer = make_reader(self._settings, self._topics, waits_ms=_FETCH_WAIT_MS)
            try:
                await start(consumer, self._settings, retry_for_s=retry_for_s)
            except BaseException:
                await stop(consumer)
                raise
            self._consumer = consumer
        known = self._consumer.partitions_for_topic
        there = [(topic, number) for topic in self._topics for number in sorted(known(topic) or {0})]
        if len(there) > len(self._partitions):
            self._partitions = [TopicPartition(topic, number) for topic, number in there]
            self._consumer.assign(self._partitions)
            await self._consumer.seek_to_beginning(*self._partitions)
        return self._consumer

    async def _read(self, consumer: AIOKafkaConsumer, timeout_ms: int) -> list[str]:
        batches = await consumer.getmany(timeout_ms=timeout_ms, max_records=_AT_ONCE)
        values = [record.value for records in batches.values() for record in records]
        return [call_id for value in values if value and (call_id := withdrawn_call(value))]


def mark_of(call_id: str) -> CallClock:
    """What is written to MARKS, keyed by its own id, of a call whose notice was withdrawn, or of its erasure's mark."""
    return CallClock(call_id=call_id if is_erased_id(call_id) else erased_id(call_id), withdrawn=True)


def withdrawn_call(value: bytes) -> str:
    """The call of a clock that says that its notice was withdrawn; '' of all others."""
    if _WITHDRAWN not in value:
        return ""
    try:
        clock = decode_clock(value)
    except BadRecord:
        return ""
    return clock.call_id if clock.withdrawn else ""
