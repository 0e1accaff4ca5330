"""A call's keys destroyed: what `tonewatch erase` does with `tonewatch.keys.v1`. It needs no master key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from tonewatch.stream.call_keys.key_index import KeyIndex, mark_key, record_key
from tonewatch.stream.call_keys.key_topic import KeyTopic
from tonewatch.stream.call_keys.sealed_topics import is_sealed_topic
from tonewatch.stream.codec import encode
from tonewatch.stream.erasure.receipt import Remains, Removed
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import start
from tonewatch.stream.messages import CallShredded
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import KEYS


@dataclass(frozen=True)
class Shredding:
    """`destroyed` keys this time; nothing that they sealed can be read since `at_ms`."""

    destroyed: int
    at_ms: int

    def removed(self) -> Removed:
        return Removed(where=KEYS.name, what="keys of the call, destroyed", count=self.destroyed)


async def shred(settings: KafkaSettings, call_id: str, now_ms: Callable[[], int]) -> Shredding | None:
    """Destroy the keys of a call, and let none be made any more; None where no call has keys. Twice does no harm.

    Raises:
        SettingsError: TONEWATCH_CALL_KEYS is on, and there is no topic of keys.
        BrokerError: Kafka does not answer.
    """
    index, call = KeyIndex(), call_id.encode()
    topic = KeyTopic(settings, index)
    try:
        await start(topic, settings)
    except SettingsError:
        if settings.call_keys == "off":
            return None  # A Kafka of a former release has no such topic.
        raise
    try:
        if settings.call_keys == "off" and not index.has_keys(call) and index.shredded_at_ms(call) is None:
            return None
        # Also where there is one: it may be somebody else's, and is kept by the time at which Kafka got it.
        mark = CallShredded(call_id=call_id, at_ms=now_ms())
        await topic.write(call, mark_key(call), encode(mark))
        # A key that was written before the mark was is known after this; one that comes later is void by it.
        await topic.caught_up()
        voided = index.voided(call)
        for key_id in voided:
            await topic.write(call, record_key(call, key_id), None)
        return Shredding(len(voided), index.shredded_at_ms(call) or now_ms())
    finally:
        await topic.stop()


async def shredded_at_ms(settings: KafkaSettings, call_id: str) -> int | None:
    """Since when nothing of the call can be read; null: it was not shredded, or this Kafka has no keys.

    Raises:
        BrokerError: Kafka does not answer.
    """
    index = KeyIndex()
    topic = KeyTopic(settings, index)
    try:
        await start(topic, settings)
    except SettingsError:
        return None
    await topic.stop()
    return index.shredded_at_ms(call_id.encode())


def since(at_ms: int) -> str:
    """In UTC, as people read it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def told(remains: Iterable[Remains], shredding: Shredding | None) -> list[Remains]:
    """What a receipt says of the logs that hold sealed records."""
    if shredding is None:
        return list(remains)
    why = (
        f"a log, which forgets by time; what was sealed cannot be read since {since(shredding.at_ms)}, when the call's "
        "keys were destroyed. What was written in the clear, by writers without keys, can"
    )
    return [msgspec.structs.replace(one, why=why) if is_sealed_topic(one.where) else one for one in remains]
