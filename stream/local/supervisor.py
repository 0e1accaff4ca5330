"""A supervisor: keeps one program alive with back-off, counts the deaths that nobody asked for, stops it in bounds."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tonewatch.stream.local.child import Child

ProcessState = Literal["waiting", "starting", "running", "restarting", "done", "failed", "stopped"]

KILL_S = 5.0
"""How long a stop waits for a process that was killed: the kernel ends it, however it may hang."""

PROGRESS_BAR = "━"
ENDING = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Process:
    """What is known of one process at one moment."""

    name: str
    state: ProcessState
    pid: int | None = None
    uptime_s: float = 0.0
    restarts: int = 0


@dataclass
class Backoff:
    """How long to wait before a process is started again: twice as long after every failure in a row.

    A process that lived for `healthy_s` did start properly: its failures are counted from zero again. After
    `give_up_after` failures in a row it is not started again; null: it always is.
    """

    first_s: float = 0.5
    longest_s: float = 10.0
    healthy_s: float = 10.0
    give_up_after: int | None = 4
    failures: int = 0

    def after(self, lived_s: float) -> float | None:
        """Seconds to wait after a failure that ended a life of `lived_s` seconds; null: give up."""
        self.failures = 1 if lived_s >= self.healthy_s else self.failures + 1
        if self.give_up_after is not None and self.failures >= self.give_up_after:
            return None
        # The exponent is bounded: a process that fails all night would overflow a float.
        return float(min(self.first_s * 2 ** min(self.failures - 1, 30), self.longest_s))


class Supervisor:
    """Keeps one program alive, or (`once`) runs it one time.

    `on_failure` is told of every death that nobody asked for: the supervisor, and what happens now. `deaths` counts
    these. A death that follows a signal of `signal` was asked for: the program is started again after the first delay.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        logs: Path,
        once: bool = False,
        stop_signal: signal.Signals = signal.SIGTERM,
        backoff: Backoff | None = None,
        on_failure: Callable[[Supervisor, str], None] = lambda _supervisor, _what: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.deaths = 0
        self._child = Child(argv, logs / f"{name}.log", env=dict(env), clock=clock)
        self._once = once
        self._stop_signal = stop_signal
        self._backoff = backoff or Backoff()
        self._on_failure = on_failure
        self._clock = clock
        self._state: ProcessState = "waiting"
        self._keeper: asyncio.Task[None] | None = None
        self._restarts = 0
        self._asked_to_end = False
        self._halt = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        return self._child.returncode

    @property
    def log(self) -> Path:
        return self._child.log

    @property
    def failed(self) -> bool:
        return self._state == "failed"

    def snapshot(self) -> Process:
        child = self._child
        return Process(self.name, self._state, pid=child.pid, uptime_s=child.uptime_s(), restarts=self._restarts)

    def start(self) -> None:
        """Begin to keep the process alive."""
        self._state = "starting"
        self._keeper = asyncio.create_task(self._keep())

    async def finished(self) -> int:
        """Wait until there is nothing left to keep; the last exit status."""
        if self._keeper is not None:
            await asyncio.wait([self._keeper])
            self._keeper.result()
        return self.returncode if self.returncode is not None else 1

    def last_words(self, lines: int = 5) -> str:
        """The end of what the process wrote in this life, without progress bars."""
        words = self._child.last_words(50).split(" | ")
        return " | ".join([line for line in words if PROGRESS_BAR not in line][-lines:])

    def signal(self, how: signal.Signals) -> None:
        """Send a signal to the process; a death that follows one that ends processes counts as asked for."""
        if self._child.alive():
            self._asked_to_end = self._asked_to_end or how in ENDING
            self._child.signal(how)

    async def stop(self, bound_s: float) -> None:
        """Ask the process to end, kill it after `bound_s`, and do not start it again."""
        self._halt.set()
        keeper = self._keeper
        if keeper is None or keeper.done():
            return
        self.signal(self._stop_signal)
        done, _ = await asyncio.wait([keeper], timeout=bound_s)
        if not done:
            self.signal(signal.SIGKILL)
            await asyncio.wait([keeper], timeout=KILL_S)

    async def _keep(self) -> None:
        while not self._halt.is_set():
            lived_s = await self._live_once()
            if self._halt.is_set():
                break
            if self._once:
                self._end_once()
                return
            delay_s = self._backoff.first_s if self._asked_to_end else self._backoff.after(lived_s)
            self._state = "failed" if delay_s is None else "restarting"
            self._note_death("given up" if delay_s is None else f"started again in {delay_s:g} s")
            if delay_s is None:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._halt.wait(), delay_s)
            self._restarts += 1
        self._state = "stopped"

    async def _live_once(self) -> float:
        """Seconds that the process lived."""
        self._asked_to_end = False
        began_s = self._clock()
        self._child.start()
        self._state = "running"
        try:
            await self._child.ended()
        finally:
            self._child.signal(signal.SIGKILL)  # Only when the keeper itself is cancelled: nobody else would end it.
        return self._clock() - began_s

    def _end_once(self) -> None:
        self._state = "done" if self.returncode == 0 else "failed"
        if self._state == "failed":
            self._note_death("given up")

    def _note_death(self, what: str) -> None:
        if not self._asked_to_end:
            self.deaths += 1
            self._on_failure(self, what)
