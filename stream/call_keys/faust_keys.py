"""Sealing and opening in faust's consumer and producer, which are no clients of `stream/kafka/clients.py`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from tonewatch.stream.call_keys.envelope import is_sealed
from tonewatch.stream.call_keys.key_ring import KeyRing, seals
from tonewatch.stream.call_keys.sealed_topics import is_changelog, is_sealed_topic
from tonewatch.stream.call_keys.shared_ring import RingUse
from tonewatch.stream.kafka.clients import start
from tonewatch.stream.settings import KafkaSettings


class FaustKeys:
    """The ring of a faust app. `writes`: is what it writes sealed too?"""

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        self.writes = settings.call_keys == "on"
        self.use = RingUse(settings)

    @property
    def ring(self) -> KeyRing:
        return self.use.ring


def faust_keys(settings: KafkaSettings) -> FaustKeys | None:
    """None where no call has a key."""
    return None if settings.call_keys == "off" else FaustKeys(settings)


@contextlib.asynccontextmanager
async def taken(keys: FaustKeys | None) -> AsyncIterator[None]:
    """Around the app's life.

    Raises:
        SettingsError: there is no master key, or no topic of keys.
        BrokerError: Kafka does not answer.
    """
    if keys is None:
        yield
        return
    await start(keys.use, keys.settings)
    try:
        yield
    finally:
        await keys.use.stop()


def opening(base: type[Any], keys: FaustKeys) -> type[Any]:
    """A consumer of `base` that opens what it gives away. What is left out is a gap to faust, as after a compaction."""

    class OpeningConsumer(base):  # type: ignore[misc]
        async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109
            looks: int | None = None
            async for tp, message in super().getmany(timeout):
                # All that this gives away was fetched before the first of it.
                looks = keys.ring.looks if looks is None else looks
                value = message.value
                if value and is_sealed_topic(tp.topic) and is_sealed(value):
                    opened = await keys.ring.open(tp.topic, message.key, value, looks)
                    # A key may have been waited for, and the partition have gone meanwhile.
                    if message.generation_id != self.app.consumer_generation_id:
                        continue
                    # A recovery waits for the last record of a changelog: there it becomes a tombstone.
                    if opened is None and not is_changelog(tp.topic):
                        continue
                    message.value = opened
                yield tp, message

    return OpeningConsumer


def sealing(base: type[Any], keys: FaustKeys) -> type[Any]:
    """A producer of `base` that seals what it sends; `base` itself where nothing is."""
    if not keys.writes:
        return base

    class SealingProducer(base):  # type: ignore[misc]
        async def send(
            self,
            topic: str,
            key: bytes | None,
            value: bytes | None,
            *more: Any,  # noqa: ANN401
            **named: Any,  # noqa: ANN401
        ) -> Awaitable[Any]:
            if key and value and seals(topic, key, value):
                value = await keys.ring.seal(topic, key, value)
            sent: Awaitable[Any] = await super().send(topic, key, value, *more, **named)
            return sent

    return SealingProducer
