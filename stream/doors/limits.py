"""What one source may take up: calls, channels, bytes a second, bytes of a message, time without one."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tonewatch.stream.doors.credentials import Refused

BURST_S = 8.0
"""So much of what a second may bring can come at once, as after a network that stood still."""

MOST_BAD = 16
"""Frames that cannot be used, in one connection; then it is closed."""


@dataclass(frozen=True)
class Limits:
    """`calls`: connections of one tenant at once; `address_calls`: of one address. `bytes_s`: of one connection."""

    calls: int = 500
    address_calls: int = 500
    channels: int = 4
    bytes_s: int = 512 * 1_024
    message_bytes: int = 64 * 1_024
    idle_s: float = 60.0
    hello_s: float = 10.0


class Admission:
    """Counts the connections that are open."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tenants: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self.closed = False

    def check(self, tenant: str, address: str) -> None:
        """
        Raises:
            Refused: the door is being closed (503), or has too many connections of the tenant or the address (429).
        """
        if self.closed:
            raise Refused(503, "stopping")
        if self._tenants[tenant] >= self._limits.calls or self._addresses[address] >= self._limits.address_calls:
            raise Refused(429, "calls")

    @contextmanager
    def entered(self, tenant: str, address: str) -> Iterator[None]:
        """
        Raises:
            Refused: as `check`.
        """
        self.check(tenant, address)
        self._tenants[tenant] += 1
        self._addresses[address] += 1
        try:
            yield
        finally:
            for counter, name in ((self._tenants, tenant), (self._addresses, address)):
                counter[name] -= 1
                if not counter[name]:
                    del counter[name]


class ByteRate:
    """Holds a connection to its bytes a second by waiting: what waits is not read, and the sender is held back."""

    def __init__(
        self,
        bytes_s: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bytes_s = bytes_s
        self._clock = clock
        self._sleep = sleep
        self._free_at_s = clock()

    async def take(self, size: int) -> None:
        now_s = self._clock()
        self._free_at_s = max(self._free_at_s, now_s - BURST_S) + size / self._bytes_s
        if self._free_at_s > now_s:
            await self._sleep(self._free_at_s - now_s)
