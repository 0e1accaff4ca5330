"""Turns: items of many keys, each key's in its order and one at a time, the keys one after the other.

Whoever has a thousand items waiting has one turn a round, as whoever has one: a key with an item to be taken waits for
at most one turn of each other key that has one, however many items those have. Keys may come `first`: three turns of
four are theirs, so that one of them waits for a third of a turn more for each of them, however many the others are.
Some may come before those too: `first` is a rank, and three turns of four belong to the highest that waits.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

OTHERS_EVERY = 4
"""Each fourth turn belongs to the keys that do not come first, or they would never have one."""


class FairQueue(Generic[K, T]):
    """A key whose item was taken has no further turn until `done`; a blocked one has none until it is unblocked.

    `waited_s`: how long the key that was taken last had waited for its turn, by `clock`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.waited_s = 0.0
        self._clock = clock
        self._since_s: dict[K, float] = {}
        self._items: dict[K, deque[T]] = {}
        self._queues: dict[int, OrderedDict[K, None]] = {}
        self._ranks: dict[K, int] = {}
        self._queued_at: dict[K, int] = {}
        self._turn = 0
        self._busy: set[K] = set()
        self._blocked: set[K] = set()
        self._count = 0

    def __len__(self) -> int:
        """Items that were not taken yet."""
        return self._count

    def __contains__(self, key: K) -> bool:
        """Is something of it waiting or being worked on?"""
        return key in self._items or key in self._busy

    @property
    def longest_wait_s(self) -> float:
        """How long a key has been waiting for its turn, of all that wait; 0 where none does."""
        # In the order in which they began to wait: a key that was taken is put in anew, at the end.
        return self._clock() - next(iter(self._since_s.values())) if self._since_s else 0.0

    @property
    def is_idle(self) -> bool:
        """Nothing waits, nothing is being worked on."""
        return not self._count and not self._busy

    def waiting(self, key: K) -> int:
        return len(self._items.get(key, ()))

    def put(self, key: K, item: T, *, first: int = True) -> bool:
        """Does the key get a turn in the round that it had not got before? A key that waits and comes `first` from now
        on waits among those that do; one that does no more keeps the turn that it has."""
        self._count += 1
        self._ranks[key] = first
        if key in self._items:
            self._items[key].append(item)
            if first > self._queued_at.get(key, first):
                self._leave_queue(key)
                self._join_queue(key)
            return False
        self._items[key] = deque((item,))
        return self._queue_up(key)

    def take(self) -> tuple[K, T] | None:
        """The oldest item of the key whose turn it is; null where nobody has one."""
        if (rank := self._next_rank()) is None:
            return None
        key = next(iter(self._queues[rank]))
        self._leave_queue(key)
        self.waited_s = self._clock() - self._since_s.pop(key)
        items = self._items[key]
        item = items.popleft()
        if not items:
            del self._items[key]
            del self._ranks[key]
        self._count -= 1
        self._busy.add(key)
        return key, item

    def _next_rank(self) -> int | None:
        """Three turns of four are the highest rank's, three of four of the rest the next one's."""
        self._turn += 1
        turn, waiting = self._turn, sorted(self._queues, reverse=True)
        for rank in waiting[:-1]:
            if turn % OTHERS_EVERY:
                return rank
            turn //= OTHERS_EVERY
        return waiting[-1] if waiting else None

    def done(self, key: K) -> bool:
        """The item that was taken is dealt with; does the key get a turn again?"""
        self._busy.discard(key)
        return key in self._items and self._queue_up(key)

    def block(self, key: K) -> None:
        """No turn from now on. The item that was taken before is not called back."""
        self._blocked.add(key)
        if self._since_s.pop(key, None) is not None:
            self._leave_queue(key)

    def unblock(self, key: K) -> bool:
        """Does the key get a turn again?"""
        if key not in self._blocked:
            return False
        self._blocked.discard(key)
        return key in self._items and self._queue_up(key)

    def drop(self, unwanted: Callable[[K], bool]) -> list[T]:
        """Forget what waits of the keys that are unwanted; it is returned."""
        dropped: list[T] = []
        for key in [key for key in self._items if unwanted(key)]:
            dropped += self._items.pop(key)
            del self._ranks[key]
            if self._since_s.pop(key, None) is not None:
                self._leave_queue(key)
        self._count -= len(dropped)
        self._blocked = {key for key in self._blocked if not unwanted(key)}
        return dropped

    def _queue_up(self, key: K) -> bool:
        if key in self._busy or key in self._blocked:
            return False
        self._join_queue(key)
        self._since_s[key] = self._clock()
        return True

    def _join_queue(self, key: K) -> None:
        rank = self._ranks[key]
        self._queues.setdefault(rank, OrderedDict())[key] = None
        self._queued_at[key] = rank

    def _leave_queue(self, key: K) -> None:
        rank = self._queued_at.pop(key)
        del self._queues[rank][key]
        if not self._queues[rank]:
            del self._queues[rank]


async def _at_once() -> None:
    return


class FairWorkers(Generic[K, T]):
    """Does `work` on each item, `width` of them at once, in turns; `before` is awaited before each turn is given."""

    def __init__(
        self,
        work: Callable[[K, T], Awaitable[None]],
        width: int,
        *,
        before: Callable[[], Awaitable[None]] = _at_once,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._before = before
        self._width = width
        self._queue: FairQueue[K, T] = FairQueue(clock)
        # Counts the turns that are due: whoever adds one wakes one worker, not all of them.
        self._turns = asyncio.Semaphore(0)
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._queue)

    def __contains__(self, key: K) -> bool:
        return key in self._queue

    @property
    def waited_s(self) -> float:
        """How long a key waits for its turn at present: the one that was taken last, or one that waits still."""
        return 0.0 if self._queue.is_idle else max(self._queue.waited_s, self._queue.longest_wait_s)

    def waiting(self, key: K) -> int:
        return self._queue.waiting(key)

    def put(self, key: K, item: T, *, first: int = True) -> None:
        self._idle.clear()
        self._due(self._queue.put(key, item, first=first))

    def block(self, key: K) -> None:
        self._queue.block(key)

    def unblock(self, key: K) -> None:
        self._due(self._queue.unblock(key))

    def drop(self, unwanted: Callable[[K], bool]) -> list[T]:
        dropped = self._queue.drop(unwanted)
        self._rest()
        return dropped

    async def run(self) -> None:
        """Until cancelled, or until `work` raises."""
        await side_by_side(*(self._one_worker() for _ in range(self._width)))

    async def join(self) -> None:
        """Until nothing waits and nothing is being worked on."""
        await self._idle.wait()

    async def _one_worker(self) -> None:
        while True:
            await self._turns.acquire()
            await self._before()
            # A turn may have become void: its key was blocked or dropped meanwhile.
            if (taken := self._queue.take()) is None:
                continue
            key, item = taken
            try:
                await self._work(key, item)
            finally:
                self._due(self._queue.done(key))
                self._rest()

    def _due(self, is_due: bool) -> None:
        if is_due:
            self._turns.release()

    def _rest(self) -> None:
        if self._queue.is_idle:
            self._idle.set()


async def side_by_side(*endless: Coroutine[Any, Any, None]) -> None:
    """All of them until one fails, whose error is raised as it is; the others are cancelled then."""
    tasks = [asyncio.ensure_future(one) for one in endless]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
