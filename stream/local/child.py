"""A child process: started in its own group, logged to a file, restarted with back-off, stopped in bounds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tonewatch.stream.local.servers import bound_to_parent, tail

ProcessState = Literal["waiting", "starting", "running", "restarting", "done", "failed", "stopped"]


@dataclass(frozen=True)
class Process:
    """One process of the demo."""

    name: str
    state: ProcessState
    pid: int | None = None
    uptime_s: float = 0.0
    restarts: int = 0


HEALTHY_S = 10.0
"""A process that lived this long did start properly: its failures are counted from zero again."""

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 10.0
GIVE_UP_AFTER = 4
PROGRESS_BAR = "━"


@dataclass
class Backoff:
    """How long to wait before a process is started again."""

    failures: int = 0

    def after(self, lived_s: float) -> float | None:
        """Seconds to wait after a life of `lived_s` seconds; None: it never comes up, give up."""
        self.failures = 1 if lived_s >= HEALTHY_S else self.failures + 1
        if self.failures >= GIVE_UP_AFTER:
            return None
        return float(min(FIRST_DELAY_S * 2 ** (self.failures - 1), LONGEST_DELAY_S))


def tonewatch(*words: str) -> list[str]:
    """The command line of a role, run by the interpreter that runs this."""
    return [sys.executable, "-P", "-m", "tonewatch.stream.cli", *words]


class Child:
    """One process. `on_failure` is told of every death that nobody asked for: the child, and what happens now."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        logs: Path,
        once: bool = False,
        stop_signal: signal.Signals = signal.SIGTERM,
        on_failure: Callable[[Child, str], None] = lambda _child, _what: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self.returncode: int | None = None
        self._argv = list(argv)
        self._env = dict(env)
        self._once = once
        self._stop_signal = stop_signal
        self._on_failure = on_failure
        self._clock = clock
        self._backoff = Backoff()
        self._state: ProcessState = "waiting"
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._started_at = 0.0
        self._restarts = 0
        self._log_start = 0
        self._halt = asyncio.Event()

    def snapshot(self) -> Process:
        running = self._process is not None and self._process.returncode is None
        return Process(
            self.name,
            self._state,
            pid=self._process.pid if running and self._process else None,
            uptime_s=self._clock() - self._started_at if running else 0.0,
            restarts=self._restarts,
        )

    @property
    def failed(self) -> bool:
        return self._state == "failed"

    def start(self) -> None:
        """Begin to keep the process alive (or, for a `once`, to run it one time)."""
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
        words = tail(self.log, 50, start=self._log_start).split(" | ")
        return " | ".join([line for line in words if PROGRESS_BAR not in line][-lines:])

    def signal(self, how: signal.Signals) -> None:
        """Send a signal to the whole group of the process."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)

    async def stop(self, bound_s: float) -> None:
        """Ask the process to end, and kill it after `bound_s`."""
        self._halt.set()
        keeper = self._keeper
        if keeper is None or keeper.done():
            return
        self.signal(self._stop_signal)
        done, _ = await asyncio.wait([keeper], timeout=bound_s)
        if not done:
            self.signal(signal.SIGKILL)
            await asyncio.wait([keeper], timeout=2.0)

    async def _keep(self) -> None:
        while not self._halt.is_set():
            lived_s = await self._live_once()
            if self._halt.is_set():
                break
            if self._once and self.returncode == 0:
                self._state = "done"
                return
            delay_s = None if self._once else self._backoff.after(lived_s)
            if delay_s is None:
                self._state = "failed"
                self._on_failure(self, "given up")
                return
            self._state = "restarting"
            self._on_failure(self, f"started again in {delay_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._halt.wait(), delay_s)
            self._restarts += 1
        self._state = "stopped"

    async def _live_once(self) -> float:
        with self.log.open("ab") as sink:
            self._log_start = sink.tell()
            self._process = await asyncio.create_subprocess_exec(
                *bound_to_parent(self._argv),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=self._env,
                start_new_session=True,
            )
        self._started_at = self._clock()
        self._state = "running"
        if self._halt.is_set():
            self.signal(signal.SIGKILL)
        self.returncode = await self._process.wait()
        return self._clock() - self._started_at
