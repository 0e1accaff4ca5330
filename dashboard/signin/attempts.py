"""How often signing in may be tried: by address, by name, and by both."""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tonewatch.dashboard.signin.hosts import host_name

WINDOW_S = 300.0

MOST_KEYS = 20_000
"""Kept at once; beyond it the oldest are forgotten, so that many addresses do not fill the memory."""


@dataclass(frozen=True)
class Limits:
    """Failures within WINDOW_S after which the next try has to wait.

    By name alone it is the most, because anybody can use up a name's tries and keep its owner out.
    """

    pair: int = 5
    address: int = 30
    name: int = 100


class Attempts:
    """Counts failures in memory; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float], limits: Limits = Limits()) -> None:
        self._clock = clock
        self._limits = limits
        self._failed: dict[tuple[str, str], deque[float]] = {}

    def wait_s(self, address: str, name: str) -> float:
        """Seconds until this may be tried; 0 now. The same whether there is such a name or not."""
        return max(self._wait_s(key, limit) for key, limit in self._keys(address, name))

    def failed(self, address: str, name: str) -> None:
        for key, limit in self._keys(address, name):
            times = self._failed.pop(key, None) or deque(maxlen=limit)
            times.append(self._clock())
            self._failed[key] = times  # at the end: the newest
        while len(self._failed) > MOST_KEYS:
            del self._failed[next(iter(self._failed))]

    def succeeded(self, address: str, name: str) -> None:
        """The try that was counted before it was known was none that failed, and the pair may mistype again.

        What others tried from that address, or under that name, still counts.
        """
        (pair, _), *others = self._keys(address, name)
        self._failed.pop(pair, None)
        for key, _ in others:
            if times := self._failed.get(key):
                times.pop()

    def _keys(self, address: str, name: str) -> list[tuple[tuple[str, str], int]]:
        limits = self._limits
        # Both come from whoever asks: cut, so that what is kept stays small.
        address, name = network(address)[:64], name[:80]
        return [((address, name), limits.pair), ((address, ""), limits.address), (("", name), limits.name)]

    def _wait_s(self, key: tuple[str, str], limit: int) -> float:
        times = self._failed.get(key)
        if not times or len(times) < limit:
            return 0.0
        return max(0.0, times[0] + WINDOW_S - self._clock())


def network(address: str) -> str:
    """Without a port, which some proxies add; of IPv6 the /64, which is the least that one network has of its own."""
    try:
        found = ipaddress.ip_address(host_name(address) or address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found), 64), strict=False))
