"""The processes of a bench: each role kept alive by name, killed, stopped and continued on purpose."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from tonewatch.stream.local.child import tonewatch
from tonewatch.stream.local.supervisor import Backoff, Supervisor

RESTART_S = 0.2
STOP_S = 15.0


class Worker(Supervisor):
    """One role as a process that is started again whenever it ends, until it is stopped.

    With `static` it is a static member of its consumer groups: its partitions wait for it over a restart. `interpreter`
    is the Python of another environment, with another release.
    """

    def __init__(
        self, name: str, role: str, env: Mapping[str, str], logs: Path, *, static: bool, interpreter: str | None = None
    ) -> None:
        instance = {"TONEWATCH_KAFKA_INSTANCE": name} if static else {}
        # Always after the same short time: the bench measures how soon calls are live again, not a back-off.
        always = Backoff(first_s=RESTART_S, longest_s=RESTART_S, give_up_after=None)
        super().__init__(
            name, tonewatch(role, interpreter=interpreter), env={**env, **instance}, logs=logs, backoff=always
        )
        self.role = role


class WorkerPool:
    """All workers of a bench."""

    def __init__(self, env: Mapping[str, str], logs: Path) -> None:
        self._env = env
        self._logs = logs
        self.workers: dict[str, Worker] = {}
        self._deaths_of_stopped = 0

    def start_worker(
        self,
        name: str,
        role: str,
        *,
        static: bool = True,
        interpreter: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Worker:
        """`settings`: of this worker's environment alone."""
        env = {**self._env, **(settings or {})}
        worker = Worker(name, role, env, self._logs, static=static, interpreter=interpreter)
        self.workers[name] = worker
        worker.start()
        return worker

    async def stop_worker(self, name: str) -> float:
        """Stop one worker for good; the seconds that took."""
        worker = self.workers.pop(name)
        began_s = time.monotonic()
        await worker.stop(STOP_S)
        self._deaths_of_stopped += worker.deaths
        return time.monotonic() - began_s

    def unasked_deaths(self) -> int:
        return self._deaths_of_stopped + sum(worker.deaths for worker in self.workers.values())

    async def close(self) -> None:
        for worker in self.workers.values():
            worker.signal(signal.SIGCONT)  # A stopped process cannot end in order.
        await asyncio.gather(*(worker.stop(STOP_S) for worker in self.workers.values()))
