"""Calls whose notice was withdrawn, or that were erased, on whichever partition: remembered apart from all else.

Whoever may write to the calls topic can withdraw the notice of any number of calls that never were. Such must not push
out those of real calls: a listener forgets none while the topic of marks keeps it, up to a bound that memory sets.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import Final

from tonewatch.stream.call_hash import hash_of_either

log = logging.getLogger(__name__)

WITHDRAWN_REMEMBERED: Final = 1_000_000
"""117 MB (a million `add`s, the process's VmRSS before and after; Python 3.11, x86-64); the oldest of more are
forgotten. `tonewatch.marks.v1` keeps a month of them."""

WARN_EVERY: Final = 100_000
"""Whoever floods with withdrawals must not flood the log too."""


class Withdrawn:
    """Hashes of calls, 32 bytes each. An id is given, or what an erasure left in its place."""

    def __init__(self, most: int = WITHDRAWN_REMEMBERED) -> None:
        self._most = most
        self._forgotten = 0
        # In the order in which they came: a dict keeps it.
        self._hashes: dict[bytes, None] = {}

    def add(self, given: str) -> None:
        self._hashes[hash_of(given)] = None
        if len(self._hashes) > self._most:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """A hundredth at once: whoever looks for the first in a dict passes all that were taken away before it."""
        if self._forgotten % WARN_EVERY == 0:
            log.warning("More calls were withdrawn than are remembered; the oldest are forgotten")
        oldest = list(islice(self._hashes, max(1, self._most // 100)))
        self._forgotten += len(oldest)
        for one in oldest:
            del self._hashes[one]

    def __contains__(self, call_id: str) -> bool:
        return bool(self._hashes) and hash_of(call_id) in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)


def hash_of(given: str) -> bytes:
    """Of a call's id, or of what stands in its place once it was erased: the same of both, 32 bytes."""
    return bytes.fromhex(hash_of_either(given))
