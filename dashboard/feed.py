"""One reader of the Redis stream per process, handed on to every open socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tonewatch.dashboard.store import BoardStore, Entry
from tonewatch.stream.errors import StoreError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counters:
    """The banner's counters: when they change, and as a sign of life."""

    values: dict[str, int]


@dataclass(frozen=True)
class RedisState:
    """Redis went away, or came back with the stream as it was."""

    up: bool


@dataclass(frozen=True)
class Reset:
    """The stream is another one now: only a fresh snapshot will do."""


Item = Entry | Counters | RedisState | Reset


class Subscriber:
    """What waits for one socket. When more than `limit` items wait, `overflowed` is set and nothing more is kept."""

    def __init__(self, limit: int) -> None:
        self._waiting: asyncio.Queue[Item] = asyncio.Queue(limit)
        self.overflowed = asyncio.Event()

    def put(self, item: Item) -> None:
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            self.overflowed.set()

    async def take(self) -> list[Item]:
        """Everything that waits, at least one item."""
        items = [await self._waiting.get()]
        while not self._waiting.empty():
            items.append(self._waiting.get_nowait())
        return items


class Feed:
    """Follows the stream from its present end. Times are in seconds; `clock` is monotonic."""

    def __init__(
        self,
        store: BoardStore,
        clock: Callable[[], float],
        *,
        heartbeat_s: float = 15.0,
        counters_s: float = 1.0,
        retry_s: float = 1.0,
        block_ms: int = 1000,
        queue_limit: int = 1000,
    ) -> None:
        self._store = store
        self._clock = clock
        self._heartbeat_s, self._counters_s, self._retry_s = heartbeat_s, counters_s, retry_s
        self._block_ms, self._queue_limit = block_ms, queue_limit
        self._subscribers: set[Subscriber] = set()
        self._position: str | None = None
        self._up = True
        self._counters: dict[str, int] = {}
        self._looked_at = self._beat_at = clock() - max(heartbeat_s, counters_s)

    @contextmanager
    def subscribe(self) -> Iterator[Subscriber]:
        """From entering to leaving, every item reaches the subscriber."""
        subscriber = Subscriber(self._queue_limit)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    async def run(self) -> None:
        """Until cancelled. Redis may go and come back meanwhile."""
        while True:
            try:
                await self._resume()
                while True:
                    await self._step()
            except StoreError as error:
                if self._up:
                    _log.warning("Redis went away; the sockets stay open.", extra={"error": str(error)})
                self._say_down()
                await asyncio.sleep(self._retry_s)

    async def _resume(self) -> None:
        await self._store.ping()
        if self._position is None:
            self._position = await self._store.last_id()
        else:
            await self._is_same_stream()
        self._set_up(True)

    async def _step(self) -> None:
        assert self._position is not None
        position, entries = await self._store.wait(self._position, self._block_ms)
        if await self._is_same_stream():
            self._position = position
            for entry in entries:
                self._publish(entry)
        await self._beat()

    async def _is_same_stream(self) -> bool:
        """A stream that no longer holds the last event seen is not the one that was followed: begin anew at its end."""
        if self._position is None or await self._store.holds(self._position):
            return True
        _log.warning("The board's stream in Redis is a new one; every client gets a fresh snapshot.")
        self._position = await self._store.last_id()
        self._publish(Reset())
        return False

    async def _beat(self) -> None:
        now = self._clock()
        if now - self._looked_at < self._counters_s:
            return
        self._looked_at = now
        counters = await self._store.counters()
        if counters != self._counters or now - self._beat_at >= self._heartbeat_s:
            self._counters, self._beat_at = counters, now
            self._publish(Counters(counters))

    def _say_down(self) -> None:
        """At once, and again at every heartbeat: a client takes a long silence for a dead line."""
        self._set_up(False)
        now = self._clock()
        if now - self._beat_at >= self._heartbeat_s:
            self._beat_at = now
            self._publish(RedisState(False))

    def _set_up(self, up: bool) -> None:
        if up != self._up:
            self._up = up
            self._publish(RedisState(up))

    def _publish(self, item: Item) -> None:
        for subscriber in self._subscribers:
            subscriber.put(item)
