"""What every long-running role does as a process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, TypeVar

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.service.metrics import Metrics

T = TypeVar("T")

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
CANCEL_AGAIN_S = 1.0

log = logging.getLogger(__name__)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set; call it where the event loop runs."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def cancel(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Until they are done: clients of Redis and Kafka can swallow a cancellation. What they raise stays in them."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=CANCEL_AGAIN_S)


async def done_before(stop: asyncio.Event, work: Coroutine[Any, Any, object], *, grace_s: float = 0.0) -> bool:
    """Is `work` done before `stop` is set, or within `grace_s` after it? Else it is cancelled; its errors are raised.

    Whatever waits for Kafka may wait for long: a process that is told to stop must not.
    """
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and grace_s:
            await asyncio.wait([task], timeout=grace_s)
    finally:
        is_done = task.done()
        await cancel([one for one in (task, stopped) if not one.done()])
    if is_done:
        task.result()
    return is_done


async def until_loaded(
    what: str, load: Callable[[], Awaitable[T]], metrics: Metrics, stop: asyncio.Event, *, needed: bool = True
) -> T | None:
    """What `load` gives, tried again, slower each time, while a file is missing or broken; None when stopped before.

    Each try that failed is a `tonewatch_retries_total{of=what}`; a role is not ready without what it needs. What it can
    do without is loaded beside its work, and says nothing of whether that work goes on.
    """
    why = [f"the {what} is being loaded"]
    if needed:
        metrics.health.needs(what, lambda: why[0])
    wait_s = FIRST_WAIT_S
    while not stop.is_set():
        if needed:
            metrics.health.beat()
        try:
            loaded = await load()
        except (DependencyError, ModelError) as error:
            why[0] = str(error)
            metrics.retries.labels(of=what).inc()
            log.warning("A model cannot be loaded; trying again", extra={"what": what, "why": str(error)})
        else:
            why[0] = ""
            return loaded
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)
    return None
