"""Batching of requests that come at the same time, on one thread, each with its own deadline."""

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

DRAFT_MARK = "\f"
"""Between a text and the first draft that it replaces."""


class Batcher:
    """The requests that wait when the thread comes free are one batch, at most `most` of them.

    A request that was cancelled while it waited is left out; a batch is stopped when all of its requests are cancelled.
    `sizes` are the sizes of the batches so far.
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
        shown, _, first = text.partition(DRAFT_MARK)
        return Completion(shown, tokens, time.monotonic() - began, first)

    async def aclose(self) -> None:
        """Refuse the waiting requests, and wait for the thread."""
        self._closed = True
        for _, answer in self._waiting:
            if not answer.done():
                answer.set_exception(EngineUnavailable(f"{self._name} was closed."))
        self._waiting.clear()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)
        await asyncio.to_thread(self._thread.shutdown)

    async def _work(self) -> None:
        # One batch at a time, so that requests gather while it runs: under load batches grow by themselves.
        while batch := self._next():
            stop = Event()
            for _, answer in batch:
                answer.add_done_callback(partial(_stop_if_all_are_done, batch, stop))
            requests = [request for request, _ in batch]
            self.sizes.append(len(batch))
            try:
                written = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._run, requests, stop.is_set
                )
            except Exception as error:  # noqa: BLE001 - whatever failed on the thread belongs to those who wait
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), result in zip(batch, written, strict=True):
                if not answer.done():
                    answer.set_result(result)

    def _next(self) -> list[tuple[Request, asyncio.Future[tuple[str, int]]]]:
        wanted = [(request, answer) for request, answer in self._waiting if not answer.done()]
        self._waiting = wanted[self._most :]
        return wanted[: self._most]


def _stop_if_all_are_done(
    batch: Sequence[tuple[Request, asyncio.Future[tuple[str, int]]]], stop: Event, _: asyncio.Future[tuple[str, int]]
) -> None:
    if all(answer.done() for _, answer in batch):
        stop.set()
