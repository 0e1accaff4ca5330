"""One client of the board, from its resume message on: first what it missed, then what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tonewatch.dashboard import frames
from tonewatch.dashboard.feed import Counters, RedisState, Reset, Subscriber
from tonewatch.dashboard.store import START, BoardStore, Entry, newer
from tonewatch.stream.errors import StoreError

MISSED_LIMIT = 2000
"""A client that missed more events than this gets a snapshot, which is smaller."""

Send = Callable[[str], Awaitable[None]]


class Session:
    """Brings one client up to date and keeps it so. `send` waits while the client's socket is full."""

    def __init__(
        self, store: BoardStore, subscriber: Subscriber, send: Send, now_ms: Callable[[], int], retry_s: float = 1.0
    ) -> None:
        self._store = store
        self._subscriber = subscriber
        self._send = send
        self._now_ms = now_ms
        self._retry_s = retry_s

    async def run(self, resume: str | None) -> None:
        """Until cancelled. The subscriber must be older than this call: nothing may fall between the two."""
        position: str | None = resume
        while True:
            await self._live(await self._catch_up_when_possible(position))
            position = None

    async def _catch_up_when_possible(self, position: str | None) -> str:
        told = False
        while True:
            try:
                return await self._catch_up(position)
            except StoreError:
                if not told:
                    await self._send(frames.status(redis_up=False))
                    told = True
                await self._wait()

    async def _wait(self) -> None:
        """Until it is worth trying again. Events that come meanwhile are found by catching up."""
        try:
            items = await asyncio.wait_for(self._subscriber.take(), self._retry_s)
        except TimeoutError:
            return
        if RedisState(False) in items:
            await self._send(frames.status(redis_up=False))

    async def _catch_up(self, position: str | None) -> str:
        if position is not None and position != START and await self._store.holds(position):
            missed = await self._store.after(position, MISSED_LIMIT + 1)
            if len(missed) <= MISSED_LIMIT:
                position = missed[-1].id if missed else position
                await self._send(frames.events(position, missed))
                await self._send(frames.heartbeat(await self._store.counters(), self._now_ms()))
                return position
        board = await self._store.snapshot()
        await self._send(frames.snapshot(board, self._now_ms()))
        return board.id

    async def _live(self, position: str) -> None:
        """Hand on what comes after `position`; returns when only a fresh snapshot will do."""
        while True:
            batch: list[Entry] = []
            for item in await self._subscriber.take():
                if isinstance(item, Reset):
                    return
                if not isinstance(item, Entry):
                    await self._flush(batch)
                    await self._send(self._frame(item))
                elif newer(item.id, position):
                    batch.append(item)
                    position = item.id
            await self._flush(batch)

    async def _flush(self, batch: list[Entry]) -> None:
        if batch:
            await self._send(frames.events(batch[-1].id, batch))
            batch.clear()

    def _frame(self, item: Counters | RedisState) -> str:
        if isinstance(item, Counters):
            return frames.heartbeat(item.values, self._now_ms())
        return frames.status(item.up)
