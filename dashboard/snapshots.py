"""One snapshot for all clients that come at about the same time: after a restart they all come at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tonewatch.dashboard import frames
from tonewatch.dashboard.places import Places
from tonewatch.dashboard.signin.person import EVERYTHING, Scope
from tonewatch.dashboard.store import START, BoardStore, Snapshot

FRESH_S = 1.0
"""A snapshot is handed out for this long. What happened since then is in the stream, from the snapshot's id on."""

FRESH_READS = 4.0
"""And for so many times as long as it took to read: of many who come to a busy server each would wait for its own."""


class SharedSnapshot:
    """A snapshot and its frame, made once in each form and for each scope; `at_ms` is the clock when it was read."""

    def __init__(self, board: Snapshot, at_ms: int) -> None:
        self.board = board
        self._at_ms = at_ms
        self._making = asyncio.Lock()
        self._forms: dict[tuple[bool, Scope], str | bytes] = {}

    async def frame(self, *, packed: bool, scope: Scope = EVERYTHING) -> str | bytes:
        """The text, or its gzip. Megabytes: made beside the loop, which serves others meanwhile."""
        async with self._making:
            if (packed, scope) not in self._forms:
                self._forms[packed, scope] = await asyncio.to_thread(self._made, packed, scope)
            return self._forms[packed, scope]

    def _made(self, packed: bool, scope: Scope) -> str | bytes:
        text = frames.snapshot(self.board, self._at_ms, scope)
        return frames.packed(text) if packed else text


class Snapshots:
    """Reads a snapshot once for everybody who asks within FRESH_S, or FRESH_READS times as long as it took.

    `clock` is monotonic, in seconds; `now_ms` the wall clock, which a snapshot carries.
    """

    def __init__(
        self,
        store: BoardStore,
        clock: Callable[[], float],
        now_ms: Callable[[], int],
        places: Places | None = None,
    ) -> None:
        self._store = store
        self._places = places or Places(store)
        self._moves = 0
        self._clock = clock
        self._now_ms = now_ms
        # Clients that come while one is being read wait for it; where its reader leaves, the next one reads.
        self._reading = asyncio.Lock()
        self._kept: SharedSnapshot | None = None
        self._fresh_until = 0.0

    async def newest(self) -> SharedSnapshot:
        """As fresh as the class says, and of the stream that is in Redis now.

        Raises:
            StoreError: Redis cannot be reached or refuses.
        """
        async with self._reading:
            if self._kept is None or not await self._stands(self._kept.board):
                began, at_ms, self._moves = self._clock(), self._now_ms(), self._places.moves
                self._kept = SharedSnapshot(await self._store.snapshot(), at_ms)
                # What clients have of a call from here on tells a move of it from what it always was.
                self._places.note(self._kept.board.calls)
                now = self._clock()
                self._fresh_until = now + max(FRESH_S, FRESH_READS * (now - began))
            return self._kept

    async def _stands(self, kept: Snapshot) -> bool:
        # Every stream "holds" START, also one that replaced the one that was read.
        # Nor is one of use that was read before a call went to other queues: others see it now.
        is_fresh = self._clock() < self._fresh_until and kept.id != START and self._moves == self._places.moves
        return is_fresh and await self._store.holds(kept.id)
