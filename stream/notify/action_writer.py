"""Acknowledgements into Kafka, by the producer that the role has already."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.topics import ALERT_ACTIONS

WRITE_S = 2.5
"""Slack tells its user that a button failed after 3 s."""


class ActionWriter:
    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def write(self, action: AlertAction) -> None:
        """Returns once Kafka has it.

        Raises:
            BrokerError: it did not within WRITE_S. It may be there all the same; a second one changes nothing more.
        """
        headers = event_headers(ALERT_ACTIONS.name, action)
        key = action.call_id.encode()
        try:
            async with asyncio.timeout(WRITE_S):
                await self._producer.send_and_wait(ALERT_ACTIONS.name, encode(action), key=key, headers=headers)
        except (KafkaError, TimeoutError) as error:
            raise BrokerError("Kafka did not take the action; try again, and see TONEWATCH_KAFKA.") from error
