"""Writes calls to `tonewatch.calls.v1`: the one way from a door to Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiokafka.errors import KafkaError

from tonewatch.stream.call_hash import RESERVED, is_erased_id
from tonewatch.stream.codec import encode_call
from tonewatch.stream.errors import BrokerError, SettingsError
from tonewatch.stream.kafka.clients import Sender, deliver_all, make_producer, start, stop
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS

CALLS_NAMED = 5
"""An error names so many calls at most."""


class CallWriter:
    """One producer for any number of calls; use it as an asynchronous context.

    Messages are keyed by their call, so each call keeps its order. `write` does not wait for Kafka: a refusal is raised
    by the next `write`, or by the end of the context, which waits until everything was taken. `deliver` waits.
    `gives_up` false: for live calls, which wait for Kafka however long it is away (`make_producer`).
    """

    def __init__(self, settings: KafkaSettings, *, gives_up: bool = True) -> None:
        self._settings = settings
        self._gives_up = gives_up
        self._producer = make_producer(settings, audio=True, gives_up=gives_up)
        self._refused: list[BaseException] = []
        self._written = 0
        self._delivered = 0
        self._delivered_ms: dict[str, int] = {}

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
            if error is None and self._gives_up:
                # Not after an error: the caller's own must be seen, and Kafka may be what is away. Nor of live calls:
                # `deliver` has waited for them, and would be waited with for as long as Kafka is away.
                await self._producer.flush()
                self._check()
        except KafkaError as lost:
            raise not_allowed(lost, self._settings) or self._lost(lost) from lost
        finally:
            await stop(self._producer)

    async def write(self, message: CallMessage) -> None:
        """
        Raises:
            BrokerError: Kafka refused an earlier message, or stopped answering.
            SettingsError: its call has an id that no call may have.
        """
        self._check()
        if is_erased_id(message.call_id):
            raise SettingsError(RESERVED)
        self._written += 1
        try:
            delivery = await self._producer.send(CALLS.name, encode_call(message), key=message.call_id.encode())
        except KafkaError as error:
            self._refused.append(error)
            raise not_allowed(error, self._settings) or self._lost(error) from error
        delivery.add_done_callback(lambda done: self._note(message, done))

    @property
    def producer(self) -> Sender:
        """For what a door writes besides its calls: dead letters."""
        sender: Sender = self._producer
        return sender

    async def deliver(self, messages: Sequence[CallMessage]) -> None:
        """Write messages in their order and wait until Kafka has them, for as long as it is away: what live calls need.

        Raises:
            BrokerError: Kafka refuses one for good.
        """
        records = [(message.call_id.encode(), encode_call(message)) for message in messages]
        try:
            await deliver_all(self._producer, CALLS.name, records)
        except KafkaError as error:
            refused = BrokerError(f"Kafka at {self._settings.kafka} refused a chunk: {type(error).__name__}.")
            raise not_allowed(error, self._settings) or refused from error

    def _note(self, message: CallMessage, delivery: asyncio.Future[object]) -> None:
        if delivery.cancelled():
            return
        # Asked for, so that asyncio does not log it once more as never retrieved.
        if error := delivery.exception():
            self._refused.append(error)
            return
        self._delivered += 1
        # Deliveries of one call come in order: its partition has one batch on the way at a time.
        until_ms = message.start_ms if isinstance(message, AudioChunk) else self._delivered_ms.get(message.call_id, 0)
        self._delivered_ms[message.call_id] = until_ms

    def _check(self) -> None:
        if not self._refused:
            return
        error = self._refused[0]
        if refused := not_allowed(error, self._settings):
            raise refused from error
        if isinstance(error, KafkaError):
            raise self._lost(error) from error
        raise BrokerError(f"Kafka at {self._settings.kafka} refused a chunk: {error}.")

    def _lost(self, error: KafkaError) -> BrokerError:
        return BrokerError(
            f"Kafka at {self._settings.kafka} stopped taking records ({type(error).__name__}): {self._delivered} of "
            f"{self._written} were delivered{self._until_text()}. When it answers again, replay from the beginning "
            "with another --suffix; listeners close the calls that were cut off by themselves."
        )

    def _until_text(self) -> str:
        reached = [f"{call} up to {ms / 1000:.1f} s" for call, ms in self._delivered_ms.items()]
        more = f" and {len(reached) - CALLS_NAMED} more calls" if len(reached) > CALLS_NAMED else ""
        return f" ({', '.join(reached[:CALLS_NAMED])}{more})" if reached else ""
