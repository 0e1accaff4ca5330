"""faust's Kafka transport with five things mended, and one added.

The fetch wait can be set: faust asks the broker to hold an empty fetch for 1.5 s. Apache Kafka answers early when a
record comes; a broker that waits the time out (the embedded one does) would add that to every alert.

Nothing is dropped after a recovery: faust resumes fetching, then "resumes" its flow control a second time, and that
clears the queues of what was fetched in between; those records would stay unread until the next restart.

No record is skipped: a fetch that was under way when partitions moved can deliver what lies behind the offset that
faust went back to; faust takes the jump for records that never were, commits past them and drops them when they come.
And a partition that was never committed is not gone back in at all. Here each partition begins at a known offset, and a
jump is read again from where it begins before it is believed.

A recovery that Kafka lets wait too long ends the process, which begins again: faust would take the time-out for an
order to stop, and wait for ever with its partitions paused.

The producer is idempotent where the broker can: faust makes it so only inside transactions.

Where each call has a key (`call_keys`), what is sealed is opened and what is written is sealed here, as the other
clients do it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.tables.recovery import RebalanceAgain, Recovery
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Producer, Transport
from mode.utils.queues import FlowControlEvent

from tonewatch.stream.call_keys.faust_keys import FaustKeys, opening, sealing
from tonewatch.stream.kafka import bounded_fetch
from tonewatch.stream.monitor.offsets import NextOffsets

log = logging.getLogger("faust.transport")


class KeepingFlowControl(FlowControlEvent):
    """Resumes without clearing the queues; faust clears them by itself when partitions are taken away."""

    def resume(self) -> None:
        """Let records into the queues again, and keep those that are in them."""
        # As faust's own, but for its last line, a `clear` of every queue: a second resume dropped what came since
        # the first.
        self._suspend.clear()
        self._resume.set()


class BoundedRecovery(Recovery):
    """Does not mistake a time-out for the end of the service."""

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ANN401, ASYNC109
        """
        Raises:
            TimeoutError: after `timeout` seconds; faust ends the app at it.
        """
        # Faust's `_wait` with a time-out raises ServiceStopped when the time is over, and the recovery then ends
        # quietly, without having resumed its partitions. Without one it waits for the work, a newer rebalance or a real
        # stop; the time-out around it raises TimeoutError, which ends the app.
        async with asyncio.timeout(timeout):
            await super()._wait(coro)


class UnbrokenConsumer(Consumer):
    """Gives away the records of each partition without a hole that Kafka does not have."""

    logger = log

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self._next = NextOffsets()

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """What comes of them after this is nobody's."""
        # Before faust hears of it: from here on a record still under way is left, and cannot be acked by faust while
        # the new owner reads it too.
        self._next.end(revoked)
        await super().on_partitions_revoked(revoked)

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """Go back to what was committed, and to the beginning of what never was."""
        committed = await super().seek_to_committed()
        # Changelogs are not acked and have no committed offset: faust goes back in them by `seek_wait`.
        inputs = {tp: offset for tp, offset in committed.items() if self.app.topics.acks_enabled_for(tp.topic)}
        # Until `begin` below, what a fetch delivers is left: the questions to Kafka in between give it time to come.
        self._next.end(inputs)
        # aiokafka's `seek_to_committed` seeks only where an offset is committed and above 0: a partition that was never
        # committed would go on from wherever its last fetch ended.
        unknown = [tp for tp, offset in inputs.items() if not offset]
        starts = dict(await self.earliest_offsets(*unknown)) if unknown else {}
        begins = {**inputs, **starts}
        for tp, offset in begins.items():
            self._next.begin(tp, offset)
        await self._go_to(begins)  # Once more: what a fetch brought since `end` was left, and its position moved on.
        return {**committed, **begins}

    async def seek_wait(self, partitions: Mapping[Any, int]) -> None:
        """Faust goes so to the beginning of a table's changelog, which is compacted."""
        if None in partitions.values():
            # A newer rebalance has emptied the offsets that this recovery was about to use. Faust would fail on the
            # null with an error that ends the app; its recovery knows this one and begins anew.
            raise RebalanceAgain
        for tp, offset in partitions.items():
            self._next.begin(tp, offset, holes_are_normal=True)
        await super().seek_wait(partitions)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109
        """The records of one fetch; those behind a jump are left for the fetch after it."""
        # After a jump the whole rest of this fetch is left: taking what lies behind the jump would move `next` past
        # the hole that is being read again.
        left = set()
        async for tp, message in super().getmany(timeout):
            verdict = self._next.came(tp, message.offset) if tp not in left else "leave"
            if verdict == "take":
                yield tp, message
            elif verdict == "again":
                left.add(tp)
                await self._read_again(tp, message.offset)

    async def _read_again(self, tp: Any, came: int) -> None:  # noqa: ANN401
        offset = self._next.next(tp)
        if offset is None:  # Revoked while this fetch was given away record by record.
            return
        where = {"topic": tp.topic, "partition": tp.partition, "from": offset, "came": came}
        log.warning("Records were skipped after a rebalance; they are read again", extra=where)
        with contextlib.suppress(IllegalStateError):  # It went to another monitor meanwhile, which reads them.
            await self._go_to({tp: offset})

    async def _go_to(self, offsets: Mapping[Any, int]) -> None:
        """Seek in the thread that fetches; faust's own seek reaches into it from outside."""
        # aiokafka's consumer belongs to the event loop of faust's consumer thread, where it compares the position with
        # that of each fetch and drops answers to another one. A seek from another thread can fall between that look and
        # the delivery: the answer moves the position on again, and what lies before it is skipped.
        consumer = self._thread._ensure_consumer()

        async def seek() -> None:
            for tp, offset in offsets.items():
                consumer.seek(tp, offset)

        await self._thread.call_thread(seek)


def use(app: faust.App, fetch_wait_ms: int, *, idempotent: bool, call_keys: FaustKeys | None = None) -> None:
    """Give `app` a transport whose fetches wait at most `fetch_wait_ms`, and a flow control that keeps records.

    `call_keys`: by which records are sealed and opened; to be taken before the app starts.
    """

    class SureProducer(Producer):
        logger = log

        def _settings_extra(self) -> Any:  # noqa: ANN401
            # A retry after a lost answer may write a batch twice, or behind a later one: with idempotence the broker
            # drops it. The changelog needs the order, since its newest record is the state.
            return {**super()._settings_extra(), "acks": "all", "enable_idempotence": idempotent}

    class Thread(AIOKafkaConsumerThread):
        logger = log

        def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401
            consumer = super()._create_worker_consumer(transport)
            consumer._fetch_max_wait_ms = fetch_wait_ms  # Read when the consumer starts; faust passes no option for it.
            return consumer

    class QuickConsumer(UnbrokenConsumer):
        def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
            return Thread(self, loop=self.loop, beacon=self.beacon)

    class QuickTransport(Transport):
        Consumer = QuickConsumer if call_keys is None else opening(QuickConsumer, call_keys)
        Producer = SureProducer if call_keys is None else sealing(SureProducer, call_keys)

    bounded_fetch.install()
    # All of it before the app starts: faust builds its consumer, producer and recovery from these on first use.
    app.transport = QuickTransport(app.conf.broker_consumer, app)
    app.producer_transport = QuickTransport(app.conf.broker_producer, app)
    app.flow_control = KeepingFlowControl()
    tables: Any = app.tables
    tables._recovery = BoundedRecovery(app, tables, beacon=tables.beacon, loop=tables.loop)
