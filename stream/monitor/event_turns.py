"""The records of one input topic in turns by call, several calls' at once.

One call's records are judged one after the other, in their order. Calls of whom records have been coming for some
seconds have three turns of four, and those that have begun to come three of four of the rest, so that the many that
all came at once keep neither waiting. A record is acknowledged when it and all before it in its partition were judged,
or are among the dead letters.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from faust.streams import _current_event

from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.fair_queue import FairWorkers
from tonewatch.stream.kafka.pace import LASTS_MS, Pace
from tonewatch.stream.service.metrics import Metrics

KafkaRefusal = (KafkaError, ProducerSendError)
"""How an output of faust fails: by Kafka's own error, or by faust's around it."""

AT_ONCE: Final = 16
MOST_WAITING: Final = 10_000
MOST_BYTES: Final = 16 * 1_048_576
"""Records, and bytes of them, that wait for their turn; beyond it the topic is not read on."""

READ_AT_ONCE: Final = 1_000
"""Records that are read before turns are given, as long as more come: judging a record takes ten times as long as
reading it, and a call waits behind all that nobody has read."""

PASSES: Final = 8
"""Rounds of the event loop in which faust hands over a record if it has one; it takes about four for each."""

MOST_UNACKNOWLEDGED: Final = 20_000
"""Behind a record whose outputs Kafka does not take."""

MOST_OF_A_CALL: Final = 1_000
PER_S: Final = 50.0
BURST: Final = 2_000.0
"""Records a second of one call, by the clock of the records. A call in real time has three, a second or less apart."""

BEGUN_MS: Final = 1_000
"""From a call's announcement to its first segment at least."""

RETRY_S: Final = 0.5
PACES_KEPT: Final = 50_000

Key = tuple[int, bytes | None]

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Judges records, or puts them aside."""

    async def take(self, event: Any) -> None: ...  # noqa: ANN401

    async def refuse(self, event: Any, error: BadRecord) -> None: ...  # noqa: ANN401


class AckOrder:
    """Which events may be acknowledged: those of a partition in their order, whichever are done first.

    Faust is told of no later one before: of a partition that was never committed, and of the record that comes first
    after a commit, it would take the gap for Kafka's own and commit past it.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, deque[Any]] = {}
        self._done: set[int] = set()
        self._generation: Any = None

    def __len__(self) -> int:
        """Events that were not acknowledged yet."""
        return sum(len(events) for events in self._waiting.values())

    def begin(self, event: Any) -> None:  # noqa: ANN401
        """An event that was read, in the order of its partition."""
        if event.message.generation_id != self._generation:
            # After a rebalance all that was not acknowledged is read again, here or elsewhere.
            self._generation = event.message.generation_id
            self._waiting.clear()
            self._done.clear()
        self._waiting.setdefault(event.message.partition, deque()).append(event)

    def done(self, event: Any) -> list[Any]:  # noqa: ANN401
        """The events that may be acknowledged now that this one is dealt with."""
        if event.message.generation_id != self._generation:
            return []
        self._done.add(id(event))
        waiting, found = self._waiting[event.message.partition], []
        while waiting and id(waiting[0]) in self._done:
            self._done.discard(id(waiting[0]))
            found.append(waiting.popleft())
        return found


class EventTurns:
    """`is_current`: were the partitions not moved since the event?"""

    def __init__(
        self,
        reader: Reader,
        metrics: Metrics,
        *,
        is_current: Callable[[Any], bool],
    ) -> None:
        self._reader = reader
        self._metrics = metrics
        self._is_current = is_current
        self._turns: FairWorkers[Key, Any] = FairWorkers(self._take, AT_ONCE, before=self._let_read)
        self._bytes = 0
        self._read = 0
        self._reading: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        self._paces: OrderedDict[Key, Pace] = OrderedDict()
        self._order = AckOrder()
        self._stream: Any = None

    async def follow(self, stream: Any) -> None:  # noqa: ANN401
        """Until the stream ends."""
        self._stream = stream
        stream.enable_acks = False  # An event is acknowledged when its turn is over, not when the next one is read.
        working = asyncio.create_task(self._turns.run())
        working.add_done_callback(lambda _: self._room.set())
        try:
            async for event in stream.events():
                await self._wait_for_room(working)
                await self._arrive(event)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _arrive(self, event: Any) -> None:  # noqa: ANN401
        self._read += 1
        self._order.begin(event)
        message = event.message
        key: Key = (message.partition, message.key)
        pace = self._pace(key)
        pace.note(1, round((message.timestamp or 0) * 1000))
        # Nobody is refused for being fast alone: only for what others have no room for because of it.
        if pace.is_fast and self._turns.waiting(key) > MOST_OF_A_CALL and len(self._turns) > MOST_WAITING // 2:
            self._metrics.shed.labels(what="records").inc()
            text = f"over {PER_S:.0f} records a second of one call, and more than there is room for"
            await self._reader.refuse(event, Unprocessable(text, reason="too_fast"))
            await self._acknowledge(event)
            return
        self._bytes += len(event.value or b"")
        self._turns.put(key, event, first=(pace.lasts_ms >= BEGUN_MS) + (pace.lasts_ms >= LASTS_MS))

    async def _let_read(self) -> None:
        """Until nothing comes, or enough came: each round of the loop in which records are judged is a long one, and
        reading takes some rounds a record. One of those who wait makes the rounds: sixteen made each of them longer."""
        if self._reading is not None:
            await asyncio.shield(self._reading)
            return
        self._reading = asyncio.get_running_loop().create_future()
        try:
            await self._read_on()
        finally:
            self._reading.set_result(None)
            self._reading = None

    async def _read_on(self) -> None:
        until = self._read + READ_AT_ONCE
        before = -1
        while before < self._read < until:
            before = self._read
            for _ in range(PASSES):
                await asyncio.sleep(0)

    async def _wait_for_room(self, working: asyncio.Task[None]) -> None:
        while not working.done() and (
            len(self._turns) >= MOST_WAITING or self._bytes >= MOST_BYTES or len(self._order) >= MOST_UNACKNOWLEDGED
        ):
            self._room.clear()
            await self._room.wait()
        if working.done():
            working.result()  # It ends only by an error of ours, which ends the agent too.

    def _pace(self, key: Key) -> Pace:
        """Of very many those are forgotten of whom nothing came for longest: who sends again is measured anew."""
        pace = self._paces.setdefault(key, Pace(PER_S, BURST))
        self._paces.move_to_end(key)
        while len(self._paces) > PACES_KEPT:
            self._paces.popitem(last=False)
        return pace

    async def _take(self, key: Key, event: Any) -> None:  # noqa: ANN401
        try:
            # Of partitions that moved: whoever has them reads it again, and so does this monitor if it has them still.
            while self._is_current(event):
                # Faust writes a table's change to the partition of the event that it takes for the present one.
                _current_event.set(weakref.ref(event))
                try:
                    await self._reader.take(event)
                except KafkaRefusal as error:
                    self._metrics.retries.labels(of="kafka").inc()
                    log.warning("Kafka takes no output; trying again", extra={"error": type(error).__name__})
                    await asyncio.sleep(RETRY_S)
                else:
                    await self._acknowledge(event)
                    return
        finally:
            self._bytes -= len(event.value or b"")
            self._room.set()

    async def _acknowledge(self, event: Any) -> None:  # noqa: ANN401
        for one in self._order.done(event):
            await self._stream.ack(one)
