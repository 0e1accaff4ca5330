"""Retries with exponential pauses, and a bound on waiting requests, around any engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.engines.engine import (
    Completion,
    Engine,
    EngineBusy,
    EngineLate,
    EngineUnavailable,
    Request,
)

FIRST_PAUSE_S = 0.25


class RetryingEngine:
    """Retries while a server is unavailable, within the deadline of the request.

    `attempts` counts the first one; the pause doubles each time. `most_waiting` requests may be under way at once; one
    more is refused at once, so that the sentence from the facts need not wait for a queue.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        attempts: int = 2,
        most_waiting: int = 16,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._engine = engine
        self._attempts = attempts
        self._most_waiting = most_waiting
        self._clock = clock
        self._sleep = sleep
        self._waiting = 0

    @property
    def ref(self) -> ModelRef:
        return self._engine.ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`."""
        if self._waiting >= self._most_waiting:
            raise EngineBusy(f"{self.ref.name}: {self._waiting} requests wait already.")
        self._waiting += 1
        try:
            return await self._try(request, self._clock() + deadline_s)
        finally:
            self._waiting -= 1

    async def _try(self, request: Request, until: float) -> Completion:
        pause_s = FIRST_PAUSE_S
        for left in range(self._attempts - 1, -1, -1):
            rest_s = until - self._clock()
            if rest_s <= 0:
                raise EngineLate(f"{self.ref.name} did not finish in time.")
            try:
                return await self._engine.complete(request, deadline_s=rest_s)
            except EngineUnavailable:
                # A pause that outlasts the deadline would turn "unavailable" into "late".
                if left == 0 or until - self._clock() <= pause_s:
                    raise
            await self._sleep(pause_s)
            pause_s *= 2
        raise EngineUnavailable(f"{self.ref.name}: no attempt was allowed.")

    async def aclose(self) -> None:
        """Close the engine."""
        await self._engine.aclose()
