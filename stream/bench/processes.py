"""The processes of a bench: each role kept alive by name, killed, stopped and continued on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tonewatch.stream.local.servers import bound_to_parent

RESTART_S = 0.2


class Worker:
    """One role as a process that is started again whenever it ends, until `leave`.

    `deaths` counts the ends that nobody asked for; with `static` it keeps its place in its groups over restarts.
    """

    def __init__(self, name: str, role: str, env: Mapping[str, str], logs: Path, *, static: bool) -> None:
        self.name = name
        self.role = role
        self.deaths = 0
        self._env = {**env, **({"TONEWATCH_KAFKA_INSTANCE": name} if static else {})}
        self._log = logs / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._leaving = False
        self._killed = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep())

    def signal(self, how: signal.Signals) -> None:
        """Send a signal; a death that follows it is not counted."""
        if self.pid is not None:
            self._killed = self._killed or how in (signal.SIGKILL, signal.SIGTERM)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, how)

    async def leave(self, bound_s: float = 15.0) -> float:
        """End it in an orderly way; the seconds that took. It is killed after `bound_s`."""
        self._leaving = True
        began_s = time.monotonic()
        self.signal(signal.SIGTERM)
        if self._keeper is not None:
            done, _ = await asyncio.wait([self._keeper], timeout=bound_s)
            if not done:
                self.signal(signal.SIGKILL)
                await self._keeper
        return time.monotonic() - began_s

    async def _keep(self) -> None:
        while not self._leaving:
            self._killed = False
            with self._log.open("ab") as sink:
                self._process = await asyncio.create_subprocess_exec(
                    *bound_to_parent([sys.executable, "-P", "-m", "tonewatch.stream.cli", self.role]),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=sink,
                    stderr=sink,
                    env=self._env,
                    start_new_session=True,
                )
            await self._process.wait()
            if not self._killed and not self._leaving:
                self.deaths += 1
            await asyncio.sleep(RESTART_S)


class WorkerPool:
    """All workers of a bench."""

    def __init__(self, env: Mapping[str, str], logs: Path) -> None:
        self._env = env
        self._logs = logs
        self.workers: dict[str, Worker] = {}
        self.deaths = 0

    def start_worker(self, name: str, role: str, *, static: bool = True) -> Worker:
        worker = self.workers[name] = Worker(name, role, self._env, self._logs, static=static)
        worker.start()
        return worker

    async def stop_worker(self, name: str) -> float:
        """Let one go; the seconds that took."""
        worker = self.workers.pop(name)
        took_s = await worker.leave()
        self.deaths += worker.deaths
        return took_s

    def unasked_deaths(self) -> int:
        return self.deaths + sum(worker.deaths for worker in self.workers.values())

    async def close(self) -> None:
        for worker in self.workers.values():
            worker.signal(signal.SIGCONT)
        await asyncio.gather(*(worker.leave() for worker in self.workers.values()))
