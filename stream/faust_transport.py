"""faust's Kafka transport with four things mended.

The fetch wait can be set: faust asks the broker to hold an empty fetch for 1.5 s. Apache Kafka answers early when a
record comes; a broker that waits the time out (the embedded one does) would add that to every alert.

Nothing is dropped after a recovery: faust resumes fetching, then "resumes" its flow control a second time, and that
clears the queues of what was fetched in between; those records would stay unread until the next restart.

No gap is believed: a fetch that was under way when partitions moved can deliver what lies behind the committed offset;
faust takes the jump for records that never were, commits past them and drops them when they come. Here the process ends
instead, before the later record is taken, and begins again at what was committed.

The producer is idempotent where the broker can: faust makes it so only inside transactions.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Producer, Transport
from mode.utils.queues import FlowControlEvent

log = logging.getLogger("faust.transport")


class KeepingFlowControl(FlowControlEvent):
    """Resumes without clearing the queues; faust clears them by itself when partitions are taken away."""

    def resume(self) -> None:
        """Let records into the queues again, and keep those that are in them."""
        self._suspend.clear()
        self._resume.set()


def use(app: faust.App, fetch_wait_ms: int, *, idempotent: bool) -> None:
    """Give `app` a transport whose fetches wait at most `fetch_wait_ms`, and a flow control that keeps records."""

    class SureProducer(Producer):
        logger = log

        def _settings_extra(self) -> Any:  # noqa: ANN401
            return {**super()._settings_extra(), "acks": "all", "enable_idempotence": idempotent}

    class Thread(AIOKafkaConsumerThread):
        logger = log

        def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401
            consumer = super()._create_worker_consumer(transport)
            consumer._fetch_max_wait_ms = fetch_wait_ms  # read when the consumer starts; faust passes no option for it
            return consumer

    class QuickConsumer(Consumer):
        logger = log

        async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:  # noqa: ANN401
            if await self._begins_behind(tp, offset_to):
                await super()._add_gap(tp, offset_from, offset_to)
                return
            log.error(
                "Records were left out after a rebalance; ending, to begin again at the last commit",
                extra={"topic": tp.topic, "partition": tp.partition, "from": offset_from, "to": offset_to},
            )
            signal.raise_signal(signal.SIGTERM)
            await asyncio.Event().wait()

        async def _begins_behind(self, tp: Any, offset: int) -> bool:  # noqa: ANN401
            """Has Kafka itself let go of everything before `offset`?"""
            return bool((await self.earliest_offsets(tp))[tp] >= offset)

        def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
            return Thread(self, loop=self.loop, beacon=self.beacon)

    class QuickTransport(Transport):
        Consumer = QuickConsumer
        Producer = SureProducer

    app.transport = QuickTransport(app.conf.broker_consumer, app)
    app.producer_transport = QuickTransport(app.conf.broker_producer, app)
    app.flow_control = KeepingFlowControl()
