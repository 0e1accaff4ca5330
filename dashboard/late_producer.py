"""A producer that connects with the first record: the board starts, and is looked at, without Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaProducer

from tonewatch.stream.kafka.clients import make_producer, start
from tonewatch.stream.settings import KafkaSettings


class LateProducer:
    """`within_s`: how long connecting may take; whoever waits bounds it by a time-out of their own."""

    def __init__(
        self,
        settings: KafkaSettings,
        within_s: float,
        make: Callable[[KafkaSettings], AIOKafkaProducer] = make_producer,
    ) -> None:
        self._settings = settings
        self._within_s = within_s
        self._make = make
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def started(self) -> AIOKafkaProducer:
        """The producer, connected; who comes meanwhile waits for the one that connects."""
        async with self._starting:
            if self._producer is None:
                producer = self._make(self._settings)
                try:
                    # An outer time-out may cancel this: a producer that is half started has tasks of its own to stop.
                    await start(producer, self._settings, retry_for_s=self._within_s)
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def aclose(self) -> None:
        if self._producer is not None:
            await self._producer.stop()
