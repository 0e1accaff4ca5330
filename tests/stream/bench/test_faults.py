from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tonewatch.stream.bench import faults as faults_module
from tonewatch.stream.bench.faults import KINDS, WEIGHTS, Fault, Faults

ROLES = {"listen-1": "listen", "monitor-1": "monitor", "archive-1": "archive"}


class Worker:
    """Notes its signals."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.signals: list[signal.Signals] = []

    def signal(self, how: signal.Signals) -> None:
        self.signals.append(how)


class Pool:
    """Workers that are started and stopped at once."""

    def __init__(self) -> None:
        self.workers = {name: Worker(role) for name, role in ROLES.items()}
        self.static: dict[str, bool] = {}

    def start_worker(self, name: str, role: str, *, static: bool = True) -> None:
        self.workers[name], self.static[name] = Worker(role), static

    async def stop_worker(self, name: str) -> float:
        del self.workers[name]
        return 0.0


class Broker:
    """A cluster of three nodes; `log` is what was done to them."""

    nodes = (1, 2, 3)

    def __init__(self) -> None:
        self.log: list[tuple[str, int]] = []

    def kill(self, number: int, _how: signal.Signals) -> None:
        self.log.append(("kill", number))

    def revive(self, number: int) -> None:
        self.log.append(("revive", number))


Make = Callable[..., Faults]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    """`make(pool, broker, only=kind)`: faults of one kind, without a pause between them."""

    async def at_once(_seconds: float) -> None:
        return

    def made(pool: Any, broker: Any, *, only: str = "", seed: int = 1) -> Faults:
        monkeypatch.setattr(faults_module, "WEIGHTS", {kind: float(only in ("", kind)) for kind in KINDS})
        redis = "redis://127.0.0.1:1/0"
        return Faults(pool, broker, redis, seed=seed, session_s=6.0, pause_s=(0.0, 0.0), sleep=at_once)

    return made


async def first(faults: Faults, count: int) -> list[Fault]:
    until, seen = asyncio.Event(), list[Fault]()

    def see(fault: Fault) -> None:
        seen.append(fault)
        if len(seen) == count:
            until.set()

    await faults.run(until, see)
    assert faults.made == seen
    return seen


def test_every_kind_of_fault_is_drawn_sometimes() -> None:
    assert set(WEIGHTS) == set(KINDS) and all(WEIGHTS.values())


async def test_the_same_seed_makes_the_same_faults(make: Make) -> None:
    runs = [await first(make(Pool(), Broker(), seed=5), 20) for _ in range(2)]
    assert [fault.what for fault in runs[0]] == [fault.what for fault in runs[1]]
    assert {fault.kind for fault in runs[0]} > {"sigkill", "rebalance"}


async def test_a_kill_names_the_worker_and_its_role(make: Make) -> None:
    pool = Pool()
    (fault,) = await first(make(pool, Broker(), only="sigkill"), 1)
    assert (fault.role, pool.workers[fault.what].signals) == (ROLES[fault.what], [signal.SIGKILL])


async def test_only_a_worker_with_partitions_is_frozen_and_it_goes_on(make: Make) -> None:
    pool = Pool()
    for fault in await first(make(pool, Broker(), only="sigstop"), 5):
        assert pool.workers[fault.what].signals[-2:] == [signal.SIGSTOP, signal.SIGCONT]
    assert not pool.workers["archive-1"].signals


async def test_a_broker_that_was_killed_is_revived(make: Make) -> None:
    broker = Broker()
    await first(make(Pool(), broker, only="broker_restart"), 6)
    kills, revivals = broker.log[::2], broker.log[1::2]
    assert [number for _, number in kills] == [number for _, number in revivals]
    assert {what for what, _ in kills} == {"kill"} and len({number for _, number in kills}) > 1


async def test_a_rebalance_adds_a_member_or_takes_one_away_and_never_more_than_two(make: Make) -> None:
    pool = Pool()
    await first(make(pool, Broker(), only="rebalance"), 30)
    extra = set(pool.workers) - set(ROLES)
    assert len(extra) <= 2 and pool.static and not any(pool.static.values())


async def test_a_redis_that_is_away_is_no_error(make: Make) -> None:
    (fault,) = await first(make(Pool(), Broker(), only="redis_flush"), 1)
    assert fault.what == "not flushed: Redis did not answer"
