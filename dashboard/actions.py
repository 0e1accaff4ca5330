"""What people do with alerts, from the board's page into Kafka, where the monitor takes it into account.

The records of `tonewatch.alert_actions.v1` are the audit: who did what to which alert, and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tonewatch.stream.codec import encode
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import make_producer, start
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import ALERT_ACTIONS

WRITE_S = 10.0
"""Somebody waits for the answer."""


class Actions(Protocol):
    """Where actions go. `write` returns once the action is safe; it raises BrokerError when it is not."""

    async def write(self, action: AlertAction) -> None: ...

    async def aclose(self) -> None: ...


class NoActions:
    """A board that only shows."""

    async def write(self, action: AlertAction) -> None:
        raise BrokerError("This board only shows: start it with TONEWATCH_KAFKA to act on alerts.")

    async def aclose(self) -> None:
        return


class KafkaActions:
    """Connects with the first action, so that a board whose Kafka is away still shows what Redis has."""

    def __init__(
        self, settings: KafkaSettings, make: Callable[[KafkaSettings], AIOKafkaProducer] = make_producer
    ) -> None:
        self._settings = settings
        self._make = make
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def write(self, action: AlertAction) -> None:
        """Written, and acknowledged by Kafka.

        Raises:
            BrokerError: Kafka did not take it within WRITE_S.
        """
        try:
            async with asyncio.timeout(WRITE_S):
                producer = await self._started()
                await producer.send_and_wait(ALERT_ACTIONS.name, encode(action), key=action.call_id.encode())
        except (KafkaError, TimeoutError) as error:
            raise BrokerError("Kafka did not take the action; try again, and see TONEWATCH_KAFKA.") from error

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = self._make(self._settings)
                try:
                    await start(producer, self._settings, retry_for_s=WRITE_S)
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def aclose(self) -> None:
        if self._producer is not None:
            await self._producer.stop()


def named(action: AlertAction, *, signed_in: str, now_at_ms: int) -> AlertAction:
    """With the server's clock, and with the name that a proxy vouches for where there is one."""
    return msgspec.structs.replace(action, by=signed_in[:80] or action.by, acted_at_ms=now_at_ms)
