"""What goes wrong on purpose: kills, stops, a broker that dies, a cache that is emptied, workers that come and go."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, get_args

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tonewatch.stream.bench.processes import WorkerPool
from tonewatch.stream.local.apache_kafka import ApacheKafka

Kind = Literal["sigkill", "sigstop", "broker_restart", "redis_flush", "rebalance"]
KINDS: tuple[Kind, ...] = get_args(Kind)

WEIGHTS: dict[Kind, int] = {"sigkill": 6, "sigstop": 2, "broker_restart": 2, "redis_flush": 1, "rebalance": 3}
EXTRA = "extra"


@dataclass(frozen=True)
class Fault:
    """One that was made; `at_s` is the wall clock at its beginning, `role` that of a worker that was killed."""

    kind: Kind
    what: str
    at_s: float
    role: str = ""


class Faults:
    """Makes faults on a worker pool, a broker and a Redis, one after the other, drawn from `seed`."""

    def __init__(
        self,
        workers: WorkerPool,
        kafka: ApacheKafka,
        redis_url: str,
        *,
        seed: int,
        session_s: float,
        pause_s: tuple[float, float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._workers = workers
        self._kafka = kafka
        self._redis_url = redis_url
        self._session_s = session_s
        self._pause_s = pause_s
        self._draw = random.Random(seed)
        self.made: list[Fault] = []
        self._ways: dict[Kind, Callable[[], Awaitable[str]]] = {
            "sigkill": self._sigkill,
            "sigstop": self._sigstop,
            "broker_restart": self._broker_restart,
            "redis_flush": self._redis_flush,
            "rebalance": self._rebalance,
        }

    async def run(self, until: asyncio.Event, seen: Callable[[Fault], None]) -> None:
        """Until `until` is set; a fault that was begun is ended."""
        while not until.is_set():
            kind = self._draw.choices(KINDS, [WEIGHTS[kind] for kind in KINDS])[0]
            at_s = time.time()
            what = await self._ways[kind]()
            worker = self._workers.workers.get(what)
            fault = Fault(kind, what, at_s, worker.role if worker else "")
            self.made.append(fault)
            seen(fault)
            try:
                await asyncio.wait_for(until.wait(), self._draw.uniform(*self._pause_s))
            except TimeoutError:
                continue

    def _draw_worker(self, *roles: str) -> str:
        return self._draw.choice(sorted(n for n, w in self._workers.workers.items() if not roles or w.role in roles))

    async def _sigkill(self) -> str:
        name = self._draw_worker()
        self._workers.workers[name].signal(signal.SIGKILL)
        return name

    async def _sigstop(self) -> str:
        """Freeze a worker for longer than its session: another one has its partitions when it goes on."""
        name = self._draw_worker("listen", "monitor")
        worker = self._workers.workers[name]
        worker.signal(signal.SIGSTOP)
        await self._sleep(self._session_s + self._draw.uniform(1.0, 4.0))
        worker.signal(signal.SIGCONT)
        return name

    async def _broker_restart(self) -> str:
        number = self._draw.randint(1, len(self._kafka.nodes))
        how = self._draw.choice([signal.SIGKILL, signal.SIGTERM])
        await asyncio.to_thread(self._kafka.kill, number, how)
        await self._sleep(self._draw.uniform(0.0, 3.0))
        await asyncio.to_thread(self._kafka.revive, number)
        return f"broker {number} {how.name}"

    async def _redis_flush(self) -> str:
        redis = Redis.from_url(self._redis_url)
        try:
            await redis.flushall()
        except RedisError:
            return "not flushed: Redis did not answer"
        finally:
            await redis.aclose()
        return "redis"

    async def _rebalance(self) -> str:
        """One more listener and monitor, or one less."""
        extra = sorted(name for name in self._workers.workers if name.startswith(EXTRA))
        if extra and (len(extra) > 1 or self._draw.random() < 0.5):
            took_s = await self._workers.stop_worker(extra[0])
            return f"{extra[0]} left in {took_s:.1f} s"
        role = "monitor" if any("listen" in name for name in extra) else "listen"
        self._workers.start_worker(f"{EXTRA}-{role}-{len(self.made)}", role, static=False)
        return f"{role} joined"
