"""Plays many calls at once in real time, by one loop: what a player costs must not be taken for the door's cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed

from tonewatch.stream.bench.door_lines import Line
from tonewatch.stream.doors.simulate.source import TICK_MS
from tonewatch.stream.errors import BrokerError

TURN_S = 0.004
"""A look at all calls so often: each sends its next 20 ms when they are over, as if they had just been spoken."""

WAITING_BYTES = 256 * 1_024
"""So much may lie before a door that does not read; then its call waits."""

FAULTS = (BrokerError, OSError, ConnectionClosed)


@dataclass(eq=False)
class PlayedCall:
    """`ticks` of 20 ms. `began_s` by the clock, 0 before; `late_s`: how much later than due each tick was sent.

    `failed` says why the door did not carry it, '' where it did.
    """

    call_id: str
    line: Line
    ticks: int
    breaks_at: int = -1
    began_s: float = 0.0
    ended_s: float = 0.0
    opened_in_s: float = 0.0
    broke_for_s: float = 0.0
    failed: str = ""
    late_s: list[float] = field(default_factory=list)
    _next: int = 0
    _busy: bool = True

    @property
    def is_over(self) -> bool:
        return bool(self.ended_s or self.failed)

    async def open(self, clock: Callable[[], float]) -> None:
        asked_s = clock()
        await self._try(self.line.open())
        self.began_s = clock()
        self.opened_in_s = self.began_s - asked_s
        self._busy = False

    def step(self, clock: Callable[[], float]) -> Coroutine[Any, Any, None] | None:
        """Send what is due; what is given back takes its time, and nothing is sent until it is over."""
        if self._busy or self.is_over:
            return None
        while self._next != self.breaks_at and self._next < self.ticks:
            # A tick is sent when its last sample was spoken.
            late_s = clock() - self.began_s - (self._next + 1) * TICK_MS / 1_000
            if late_s < 0 or self.line.waiting_bytes() > WAITING_BYTES:
                return None
            try:
                self.line.send(self._next)
            except FAULTS as error:
                self.failed = f"{type(error).__name__}: {error}"
                return None
            self.late_s.append(late_s)
            self._next += 1
        self._busy = True
        return self._end(clock) if self._next == self.ticks else self._break(clock)

    async def _break(self, clock: Callable[[], float]) -> None:
        since_s = clock()
        await self._try(self.line.break_off(self._next))
        self.breaks_at, self.broke_for_s = -1, clock() - since_s
        self._busy = False

    async def _end(self, clock: Callable[[], float]) -> None:
        await self._try(self.line.end())
        self.ended_s = clock()

    async def _try(self, work: Awaitable[None]) -> None:
        try:
            await work
        except FAULTS as error:
            self.failed = f"{type(error).__name__}: {error}"


async def play(
    calls: Sequence[PlayedCall],
    *,
    apart_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """All of them, one beginning `apart_s` after the other; returns when all are over."""
    begins_s, waiting = clock(), list(calls)
    under_way: set[asyncio.Task[None]] = set()

    def go(work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    while not all(call.is_over for call in calls):
        while waiting and clock() >= begins_s + (len(calls) - len(waiting)) * apart_s:
            go(waiting.pop(0).open(clock))
        for call in calls:
            if (more := call.step(clock)) is not None:
                go(more)
        await sleep(TURN_S)
    await asyncio.gather(*under_way)


def all_at_once(calls: Collection[PlayedCall]) -> tuple[float, float]:
    """From when to when all of them were spoken, by the clock; equal where they never were."""
    begin_s = max(call.began_s for call in calls)
    return begin_s, max(begin_s, min(call.ended_s for call in calls))
