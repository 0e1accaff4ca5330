"""How many connections one address may have before anybody is known: counted as they are accepted, whatever they send.

The whole server takes a bounded number of them, and one that never sends a byte counts too: without a bound of its own
one address could take all. A websocket is counted by the entrance (`entrance.py`) from its request on, and no more
here. A trusted proxy carries many people under one address, and has a bound of its own.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tonewatch.dashboard.signin.attempts import network

MANY_WAIT: Final = 100
"""Connections whose request is still to come: while more wait, a new one is given less time."""

TOLD_EVERY_S: Final = 60.0

_log = logging.getLogger(__name__)


@dataclass
class Connections:
    """`of_address`: of one IPv4 address, or one /64 of IPv6; `of_proxy`: of one address that `is_proxy` says to be a
    trusted proxy's. `clock` is monotonic, in seconds."""

    of_address: int
    of_proxy: int
    is_proxy: Callable[[str], bool] = lambda address: False
    many_wait: int = MANY_WAIT
    clock: Callable[[], float] = time.monotonic
    waiting: int = 0
    _open: Counter[str] = field(default_factory=Counter)
    _told_s: float = float("-inf")

    @property
    def are_many_waiting(self) -> bool:
        return self.waiting > self.many_wait

    def enter(self, address: str) -> str | None:
        """Whose place was taken, to be given back by `leave`; None where there is none left for that address."""
        is_proxy = self.is_proxy(address)
        whose = address if is_proxy else network(address)
        if self._open[whose] >= (self.of_proxy if is_proxy else self.of_address):
            self._tell(is_proxy)
            return None
        self._open[whose] += 1
        return whose

    def leave(self, whose: str) -> None:
        self._open[whose] -= 1
        if not self._open[whose]:
            del self._open[whose]

    def _tell(self, is_proxy: bool) -> None:
        if (now_s := self.clock()) < self._told_s + TOLD_EVERY_S:
            return
        self._told_s = now_s
        setting = "TONEWATCH_DASHBOARD_CONNECTIONS_OF_" + ("PROXY" if is_proxy else "ADDRESS")
        text = "An address has as many connections as it may; further ones are hung up on."
        _log.warning(text, extra={"setting": setting})
