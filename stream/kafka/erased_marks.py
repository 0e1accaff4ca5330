"""Of which calls Kafka says that they were erased, or their notice withdrawn: nothing of theirs is replayed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiokafka.errors import KafkaError

from tonewatch.stream.call_hash import hash_of, hash_of_either, hash_of_mark
from tonewatch.stream.codec import decode_delivery
from tonewatch.stream.errors import BadRecord, BrokerError
from tonewatch.stream.kafka.clients import make_consumer, start
from tonewatch.stream.kafka.dead_letters import DeadLetter, partitions_of, records_of
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.kafka.withdrawals import withdrawn_call
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CLOCKS, DELIVERIES, MARKS

_MARKED: Final = (MARKS.name, CLOCKS.name, DELIVERIES.name)


async def gone_calls(settings: KafkaSettings) -> frozenset[str]:
    """Hashes of their ids (`call_hash.hash_of`), which MARKS keeps as long as any of their dead letters, or what
    those refer to. The clocks and the deliveries hold what a former release wrote.

    Raises:
        BrokerError: Kafka does not answer.
        AccessRefused: it refuses us.
    """
    plain = settings.model_copy(update={"call_keys": "off"})
    consumer = make_consumer(plain, [], None)
    found: set[str] = set()
    try:
        partitions = await partitions_of(plain, _MARKED)
        await start(consumer, plain, retry_for_s=0.0)
        for partition in partitions:
            async for record in records_of(consumer, partition):
                if (call_hash := _gone(partition.topic, record.key, record.value)) is not None:
                    found.add(call_hash)
    except KafkaError as error:
        away = BrokerError(f"Kafka at {settings.kafka} does not answer ({type(error).__name__}).")
        raise not_allowed(error, settings) or away from error
    finally:
        await consumer.stop()
    return frozenset(found)


def _gone(topic: str, key: bytes | None, value: bytes | None) -> str | None:
    if not value:
        return None
    if topic == DELIVERIES.name:
        return hash_of_mark((key or b"").decode(errors="replace"))
    name = withdrawn_call(value)
    return hash_of_either(name) if name else None


def without_gone(letters: Sequence[DeadLetter], gone: frozenset[str]) -> list[DeadLetter]:
    """Those that tell of none of these calls."""
    return [letter for letter in letters if not any(hash_of(call_id) in gone for call_id in _calls(letter))]


def _calls(letter: DeadLetter) -> set[str]:
    """A record's key is its call's id, but of deliveries, which tell of several."""
    if letter.topic != DELIVERIES.name:
        return {(letter.key or b"").decode(errors="replace")}
    try:
        delivery = decode_delivery(letter.value)
    except BadRecord:
        return set()
    return {delivery.call_id, *(notice.call_id for notice in delivery.notices)}
