"""Requests that come at the same time, answered together, on one thread; and how long one of them waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from tonewatch.workers.reasons.engines.engine import Completion, EngineLate, EngineUnavailable, Request

Run = Callable[[Sequence[Request], Callable[[], bool]], Sequence[tuple[str, int]]]
"""Texts and token counts of some requests, on a thread; asks the second argument now and then whether to stop."""

FIRST = "\f"
"""Between a text and the first try that it replaces."""


class Batcher:
    """Whatever waits when the thread comes free is answered in one go, at most `most` at a time.

    A request whose caller gave up while it waited is left out; a batch in which nobody waits any more is stopped.
    """

    def __init__(self, run: Run, name: str, most: int) -> None:
        self._run = run
        self._name = name
        self._most = most
        self._waiting: list[tuple[Request, asyncio.Future[tuple[str, int]]]] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._running: asyncio.Task[None] | None = None
        self._closed = False
        self.sizes: list[int] = []

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`."""
        if self._closed:
            raise EngineUnavailable(f"{self._name} was closed.")
        began = time.monotonic()
        answer: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._work())
        try:
            text, tokens = await asyncio.wait_for(answer, deadline_s)
        except TimeoutError as error:
            raise EngineLate(f"{self._name} did not finish within {deadline_s:g} s.") from error
        shown, _, first = text.partition(FIRST)
        return Completion(shown, tokens, time.monotonic() - began, first)

    async def aclose(self) -> None:
        """Refuse what waits, and wait for the thread."""
        self._closed = True
        for _, answer in self._waiting:
            if not answer.done():
                answer.set_exception(EngineUnavailable(f"{self._name} was closed."))
        self._waiting.clear()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)
        await asyncio.to_thread(self._thread.shutdown)

    async def _work(self) -> None:
        while some := self._next():
            stop = Event()
            for _, answer in some:
                answer.add_done_callback(partial(_stop_if_nobody_waits, some, stop))
            requests = [request for request, _ in some]
            self.sizes.append(len(some))
            try:
                written = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._run, requests, stop.is_set
                )
            except Exception as error:  # noqa: BLE001 - whatever failed on the thread belongs to those who wait
                for _, answer in some:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), result in zip(some, written, strict=True):
                if not answer.done():
                    answer.set_result(result)

    def _next(self) -> list[tuple[Request, asyncio.Future[tuple[str, int]]]]:
        wanted = [(request, answer) for request, answer in self._waiting if not answer.done()]
        self._waiting = wanted[self._most :]
        return wanted[: self._most]


def _stop_if_nobody_waits(
    some: Sequence[tuple[Request, asyncio.Future[tuple[str, int]]]], stop: Event, _: asyncio.Future[tuple[str, int]]
) -> None:
    if all(answer.done() for _, answer in some):
        stop.set()
