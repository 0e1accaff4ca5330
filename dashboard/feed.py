"""One reader of the Redis stream per process, whose items go to a bounded queue per open socket."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tonewatch.dashboard.budgets import Budgets
from tonewatch.dashboard.load_watch import LoadWatch
from tonewatch.dashboard.places import Move, Places
from tonewatch.dashboard.store import BoardStore, Entry
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import CallAttributes
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.wall_clock import delay_ms

_log = logging.getLogger(__name__)

HEARTBEAT_S = 2.0
"""A page that hears nothing for `QUIET_MS` (web/src/link.ts) says so: it must be a few heartbeats long."""

QUEUE_LIMIT = 5000
"""Items a client may be behind: half a minute of 500 live calls, which a slow line may need for its snapshot."""


@dataclass(frozen=True)
class Counters:
    """The banner's counters: published when they change, and at every heartbeat (`is_beat`)."""

    values: dict[str, int]
    is_beat: bool = True


@dataclass(frozen=True)
class RedisState:
    """Whether Redis answers; True follows False only when the stream is the same as before."""

    up: bool


@dataclass(frozen=True)
class Reset:
    """The stream was replaced by another one: its events do not continue what clients know."""


@dataclass(frozen=True)
class LoadChanged:
    """The load of alerts is another one: each client is told its own part of it."""


Item = Entry | Move | Counters | RedisState | Reset | LoadChanged


class Subscriber:
    """The queue of one socket. At more than `limit` items `overflowed` is set and further items are dropped.

    A client that has overflowed missed something, so its socket must be closed; resuming brings it up to date. `loads`
    has the load of alerts as of now.
    """

    def __init__(self, limit: int, loads: LoadWatch | None = None) -> None:
        self._items: asyncio.Queue[Item] = asyncio.Queue(limit)
        self.loads = loads
        self.overflowed = asyncio.Event()

    def put(self, item: Item) -> None:
        try:
            self._items.put_nowait(item)
        except asyncio.QueueFull:
            self.overflowed.set()

    async def take(self) -> list[Item]:
        """All items in the queue; waits for the first one."""
        items = [await self._items.get()]
        while not self._items.empty():
            items.append(self._items.get_nowait())
        return items


class Feed:
    """Follows the stream from its present end. Times are in seconds; `clock` is monotonic.

    `counters_s` is how often the counters are read, `heartbeat_s` how often they are published at least, `retry_s` the
    wait between attempts while Redis is away, `block_ms` how long one read waits for an event.
    """

    def __init__(
        self,
        store: BoardStore,
        clock: Callable[[], float],
        *,
        places: Places | None = None,
        loads: LoadWatch | None = None,
        heartbeat_s: float = HEARTBEAT_S,
        counters_s: float = 1.0,
        retry_s: float = 1.0,
        block_ms: int = 1000,
        queue_limit: int = QUEUE_LIMIT,
        metrics: Metrics | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._metrics = metrics or Metrics()
        self._metrics.health.needs("redis", lambda: "" if self._up else "Redis does not answer")
        self._now_ms = now_ms
        self._store = store
        self._places = places or Places(store)
        self._loads = loads or LoadWatch(Budgets, now_ms)
        self._clock = clock
        self._heartbeat_s, self._counters_s, self._retry_s = heartbeat_s, counters_s, retry_s
        self._block_ms, self._queue_limit = block_ms, queue_limit
        self._subscribers: set[Subscriber] = set()
        self._position: str | None = None
        self._up = True
        self._counters: dict[str, int] = {}
        # So far in the past that the first step reads the counters and publishes them.
        self._counters_read_at = self._heartbeat_at = clock() - max(heartbeat_s, counters_s)

    @contextmanager
    def subscribe(self) -> Iterator[Subscriber]:
        """Within the context every item that is published reaches the subscriber, until it overflows."""
        subscriber = Subscriber(self._queue_limit, self._loads)
        self._subscribers.add(subscriber)
        self._metrics.board_sockets.set(len(self._subscribers))
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            self._metrics.board_sockets.set(len(self._subscribers))
            self._metrics.board_slow_sockets.inc(subscriber.overflowed.is_set())

    async def run(self) -> None:
        """Read and publish until cancelled. Redis may go away and come back."""
        while True:
            self._metrics.health.beat("feed")
            try:
                await self._resume()
                while True:
                    await self._step()
            except StoreError as error:
                # Logged once an outage, not at every retry.
                if self._up:
                    _log.warning("Redis went away; the sockets stay open.", extra={"error": str(error)})
                self._publish_down()
                await asyncio.sleep(self._retry_s)

    async def _resume(self) -> None:
        await self._store.ping()
        if self._position is None:
            self._position = await self._store.last_id()
            await self._read_loads()
        else:
            await self._check_stream()
        self._publish_state(True)

    async def _step(self) -> None:
        assert self._position is not None
        self._metrics.health.beat("feed")
        position, entries = await self._store.wait(self._position, self._block_ms)
        # A replaced stream can have ids after the position too: its events are not published before the Reset.
        if await self._check_stream():
            await self._places.learn(entry.call_id for entry in entries)
            self._position = position
            # Before its events: an alert that is held back is not shown for a moment first.
            self._weigh(entries)
            for entry in entries:
                if (move := self._places.take(entry)) is not None:
                    self._publish(move)
                self._show(entry)
        await self._publish_counters()

    async def _read_loads(self) -> None:
        """Of the stream that is in Redis now; what is read twice counts once."""
        self._loads.read(await self._store.since(self._loads.since_ms))
        self._tell_loads()

    def _weigh(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.event is not None:
                said = entry.call or CallAttributes()
                self._loads.take(entry.event, self._places.of(entry.call_id).updated(said))
        if any(entry.event is not None for entry in entries):
            self._tell_loads()

    def _tell_loads(self) -> None:
        if self._loads.renew():
            self._publish(LoadChanged())

    def _show(self, entry: Entry) -> None:
        """To every open board; from the end of speech to here is the delay that a supervisor sees."""
        with self._metrics.traces.follow("board sent", entry.headers, sockets=len(self._subscribers)):
            self._publish(entry)
        if (delay := delay_ms(entry.spoken_at_ms, self._now_ms())) is not None:
            self._metrics.delay_seconds.labels(at="board").observe(delay / 1000)

    async def _check_stream(self) -> bool:
        """Is it still the stream that was followed? One without the event at the position was replaced.

        Then a Reset is published, and the position is the end of the new stream.
        """
        if self._position is None or await self._store.holds(self._position):
            return True
        _log.warning("The board's stream in Redis is a new one; every client gets a fresh snapshot.")
        self._position = await self._store.last_id()
        self._places.forget()
        await self._read_loads()
        self._publish(Reset())
        return False

    async def _publish_counters(self) -> None:
        """Every `counters_s` they are read; published if they changed, or if a heartbeat is due."""
        now = self._clock()
        if now - self._counters_read_at < self._counters_s:
            return
        self._counters_read_at = now
        self._tell_loads()  # an hour goes by without an event, too
        counters = await self._store.counters()
        is_beat = now - self._heartbeat_at >= self._heartbeat_s
        if counters != self._counters or is_beat:
            self._counters = counters
            self._heartbeat_at = now if is_beat else self._heartbeat_at
            self._publish(Counters(counters, is_beat))

    def _publish_down(self) -> None:
        """Once, and again at every heartbeat: clients reconnect when a socket is silent for long."""
        self._publish_state(False)
        now = self._clock()
        if now - self._heartbeat_at >= self._heartbeat_s:
            self._heartbeat_at = now
            self._publish(RedisState(False))

    def _publish_state(self, up: bool) -> None:
        if up != self._up:
            self._up = up
            if up:
                _log.info("Redis answers again.")
            self._publish(RedisState(up))

    def _publish(self, item: Item) -> None:
        for subscriber in self._subscribers:
            subscriber.put(item)
