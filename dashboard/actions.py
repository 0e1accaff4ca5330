"""User actions on alerts, from the board's page to Kafka, where the monitor applies them.

The records of `tonewatch.alert_actions.v1` are the audit trail: which user did what to which alert, and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tonewatch.dashboard.late_producer import LateProducer
from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import make_producer
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.messages import AlertAction, Verdict
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import ALERT_ACTIONS, VERDICTS

WRITE_S = 10.0
"""How long one action may take: its user waits for the answer."""

LONGEST_NAME = 80
"""Of `AlertAction.by`, in characters: a header may be longer, and no monitor would read such a record."""


class Actions(Protocol):
    """Where actions are written."""

    async def write(self, action: AlertAction) -> None:
        """Returns once the action is durable.

        Raises:
            BrokerError: it is not; nothing is kept for later.
        """

    async def aclose(self) -> None: ...


class NoActions:
    """Of a read-only board: refuses every action."""

    async def write(self, action: AlertAction) -> None:
        raise BrokerError("This board only shows: start it with TONEWATCH_KAFKA to act on alerts.")

    async def aclose(self) -> None:
        return


class KafkaActions:
    """Writes to Kafka. Connects with the first action, so that a board without a reachable Kafka still shows calls."""

    def __init__(
        self, settings: KafkaSettings, make: Callable[[KafkaSettings], AIOKafkaProducer] = make_producer
    ) -> None:
        self._settings = settings
        self._producer = LateProducer(settings, WRITE_S, make)

    async def write(self, action: AlertAction | Verdict) -> None:
        """Returns once Kafka has acknowledged the record.

        Raises:
            BrokerError: it did not within WRITE_S.
        """
        try:
            async with asyncio.timeout(WRITE_S):
                producer = await self._producer.started()
                topic = (VERDICTS if isinstance(action, Verdict) else ALERT_ACTIONS).name
                headers = event_headers(topic, action)
                key = action.call_id.encode()
                await producer.send_and_wait(topic, encode(action), key=key, headers=headers)
        except (KafkaError, TimeoutError) as error:
            lost = BrokerError("Kafka did not take the action; try again, and see TONEWATCH_KAFKA.")
            raise not_allowed(error, self._settings) or lost from error

    async def aclose(self) -> None:
        await self._producer.aclose()


def signed(action: AlertAction, *, user: str, now_at_ms: int) -> AlertAction:
    """`action` with the server's clock and by the user who is signed in, whomever the page names."""
    return msgspec.structs.replace(action, by=user[:LONGEST_NAME], acted_at_ms=now_at_ms)
