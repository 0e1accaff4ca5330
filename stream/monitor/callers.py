"""What is known of callers by their earlier calls: the key that stands for one, and every monitor's copy of the topic.

A call's record lies in whatever partition its caller's key does, and the caller's next call may be judged by another
monitor: so each monitor reads the whole topic, from its beginning, and goes on following it.
"""

from __future__ import annotations

import asyncio
import logging

from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.stream.codec import decode_caller, encode
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.clients import make_consumer, start
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.messages import CallerForgotten, PastCall
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLERS

_POLL_MS = 200

log = logging.getLogger(__name__)


def record_key(message: PastCall | CallerForgotten) -> str:
    """Of a record of the topic."""
    return f"{message.caller}/{message.call_id}" if isinstance(message, PastCall) else message.caller


class Callers:
    """What the topic says now. Records are kept as bytes, because most callers do not call while they are known."""

    def __init__(self) -> None:
        self._calls: dict[str, dict[str, bytes]] = {}
        self._forgotten_at_ms: dict[str, int] = {}

    def apply(self, key: str, value: bytes | None) -> None:
        """One record of the topic, in its order.

        Raises:
            BadRecord: it is none.
        """
        caller, _, call_id = key.partition("/")
        message = decode_caller(value) if value else None
        if isinstance(message, CallerForgotten):
            self._forgotten_at_ms[caller] = max(message.at_ms, self._forgotten_at_ms.get(caller, 0))
        elif isinstance(message, PastCall) and value is not None:
            self._calls.setdefault(caller, {})[call_id] = value
        # A tombstone under caller/call takes that call away; one under the caller alone, the mark of forgetting.
        elif call_id:
            self._calls.get(caller, {}).pop(call_id, None)
            if not self._calls.get(caller, True):
                del self._calls[caller]
        else:
            self._forgotten_at_ms.pop(caller, None)

    def of(self, caller: str) -> list[PastCall]:
        """The calls that may be used, oldest first."""
        found = [decode_caller(value) for value in self._calls.get(caller, {}).values()]
        calls = [call for call in found if isinstance(call, PastCall) and self.may_keep(call)]
        return sorted(calls, key=lambda call: (call.ended_at_ms, call.call_id))

    def keys(self, caller: str) -> list[str]:
        """Of every record of a caller's calls, those that may not be used too."""
        return [f"{caller}/{call_id}" for call_id in self._calls.get(caller, {})]

    def may_keep(self, call: PastCall) -> bool:
        """Nobody has asked since it began that this caller be forgotten."""
        return call.started_at_ms > self._forgotten_at_ms.get(call.caller, -1)

    def __len__(self) -> int:
        return len(self._calls)


def erasure(callers: Callers, caller: str, at_ms: int) -> list[tuple[str, bytes | None]]:
    """Records, as key and value, that take away all that is known of a caller; calls that go on will add nothing."""
    marker = CallerForgotten(caller=caller, at_ms=at_ms)
    return [(record_key(marker), encode(marker)), *((key, None) for key in callers.keys(caller))]


async def follow(settings: KafkaSettings, callers: Callers, up_to_date: asyncio.Event) -> None:
    """Read the whole topic into `callers`, set `up_to_date` at its end as it was at the start, and go on.

    Raises:
        BrokerError: Kafka cannot be reached.
    """
    consumer = make_consumer(settings, [CALLERS.name], None, waits_ms=_POLL_MS)
    ends: dict[TopicPartition, int] = {}
    try:
        await start(consumer, settings)
        while True:
            for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                for record in records:
                    _apply(callers, record.key, record.value)
            if not up_to_date.is_set():
                # Once: the topic grows meanwhile; its end as of the start must be known before calls are judged.
                ends = ends or await consumer.end_offsets(consumer.assignment())
                if ends and await _is_read(consumer, ends):
                    log.info("Earlier calls are known", extra={"callers": len(callers)})
                    up_to_date.set()
    finally:
        await stop_clients(consumer)


async def _is_read(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])


def _apply(callers: Callers, key: bytes | None, value: bytes | None) -> None:
    try:
        callers.apply((key or b"").decode(), value)
    except (BadRecord, UnicodeDecodeError) as error:
        log.warning("A record of earlier calls cannot be read", extra={"error": type(error).__name__})
