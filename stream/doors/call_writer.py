"""Writes calls to `tonewatch.calls.v1`: the one way from a door to Kafka."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from tonewatch.stream.codec import encode_call
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import make_producer, start
from tonewatch.stream.messages import CallMessage
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS


class CallWriter:
    """One producer for any number of calls; use it as an asynchronous context.

    Messages are keyed by their call, so each call keeps its order. `write` does not wait for Kafka: a refusal is raised
    by the next `write`, or by the end of the context, which waits until everything was taken.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer = make_producer(settings)
        self._refused: list[BaseException] = []

    async def __aenter__(self) -> Self:
        """
        Raises:
            BrokerError: Kafka does not answer.
        """
        await start(self._producer, self._settings)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                # Not after an error: the caller's own must be seen, and Kafka may be what is away.
                await self._producer.flush()
                self._check()
        finally:
            await self._producer.stop()

    async def write(self, message: CallMessage) -> None:
        """
        Raises:
            BrokerError: Kafka refused an earlier message.
        """
        self._check()
        delivery = await self._producer.send(CALLS.name, encode_call(message), key=message.call_id.encode())
        delivery.add_done_callback(self._note)

    def _note(self, delivery: asyncio.Future[object]) -> None:
        # Asked for, so that asyncio does not log it once more as never retrieved.
        if not delivery.cancelled() and (error := delivery.exception()):
            self._refused.append(error)

    def _check(self) -> None:
        if self._refused:
            raise BrokerError(f"Kafka at {self._settings.kafka} refused a chunk: {self._refused[0]}.")
