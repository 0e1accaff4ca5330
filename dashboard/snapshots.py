"""One snapshot for all clients that come at about the same time: after a restart they all come at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tonewatch.dashboard.store import START, BoardStore, Snapshot

FRESH_S = 1.0
"""A snapshot is handed out for this long. What happened since then is in the stream, from the snapshot's id on."""


class Snapshots:
    """Reads and encodes a snapshot once for everybody who asks within FRESH_S; `clock` is monotonic, in seconds."""

    def __init__(self, store: BoardStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        # Clients that come while one is being read wait for it; where its reader leaves, the next one reads.
        self._reading = asyncio.Lock()
        self._kept: Snapshot | None = None
        self._kept_at = 0.0

    async def newest(self) -> Snapshot:
        """At most FRESH_S old, and of the stream that is in Redis now.

        Raises:
            StoreError: Redis cannot be reached or refuses.
        """
        async with self._reading:
            if self._kept is None or not await self._stands(self._kept):
                self._kept_at = self._clock()
                self._kept = await self._store.snapshot()
            return self._kept

    async def _stands(self, kept: Snapshot) -> bool:
        # Every stream "holds" START, also one that replaced the one that was read.
        is_fresh = self._clock() - self._kept_at < FRESH_S and kept.id != START
        return is_fresh and await self._store.holds(kept.id)
