"""How long a connection may say nothing, watched at the price of one timer a connection.

`asyncio.timeout` around each message would set and take back a timer for it: at 100 messages a second and call that is
a fifth of what a door spends on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self


class Timers(Protocol):
    """What is needed of an event loop."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.TimerHandle: ...


class Patience:
    """`with patience:` around each wait of one task. Waits that are over count for nothing.

    Raises:
        TimeoutError: out of the block, when it waited for `seconds`.
    """

    def __init__(self, seconds: float, timers: Timers | None = None) -> None:
        self._seconds = seconds
        self._timers: Timers = timers or asyncio.get_running_loop()
        self._since_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        self._since_s = self._timers.time()
        if self._timer is None:
            self._task = asyncio.current_task()
            self._timer = self._timers.call_at(self._since_s + self._seconds, self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._since_s = None
        if not self._is_over:
            return
        self._is_over = False
        # Ours alone: a task that somebody else cancels as well stays cancelled.
        if self._task is not None and self._task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def stop(self) -> None:
        """Nothing is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now_s = self._timers.time()
        due_s = (now_s if self._since_s is None else self._since_s) + self._seconds
        if self._since_s is not None and due_s <= now_s and self._task is not None:
            self._timer = None
            self._is_over = True
            self._task.cancel()
            return
        self._timer = self._timers.call_at(due_s, self._look)
