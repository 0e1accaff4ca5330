from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tonewatch.stream.bench import processes
from tonewatch.stream.bench.processes import WorkerPool

SHOWS_ITS_INSTANCE = "import os, time; print(os.environ.get('TONEWATCH_KAFKA_INSTANCE'), flush=True); time.sleep(60)"


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkerPool:
    """A pool whose roles are programs that say under which name they are members, and wait."""
    monkeypatch.setattr(processes, "tonewatch", lambda _role, **_: [sys.executable, "-c", SHOWS_ITS_INSTANCE])
    return WorkerPool({}, tmp_path)


async def test_a_static_member_keeps_its_name_over_a_kill_and_another_has_none(pool: WorkerPool) -> None:
    static, other = pool.start_worker("listen-1", "listen"), pool.start_worker("extra", "listen", static=False)
    while not (static.last_words() and other.last_words()):
        await asyncio.sleep(0.02)
    static.signal(signal.SIGKILL)
    while static.log.read_text() != "listen-1\nlisten-1\n":
        await asyncio.sleep(0.02)
    assert (other.last_words(), pool.unasked_deaths()) == ("None", 0)
    await pool.close()
    assert static.pid is None and other.pid is None


async def test_a_death_that_nobody_asked_for_counts_after_its_worker_was_stopped_too(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "tonewatch", lambda _role, **_: [sys.executable, "-c", "exit(1)"])
    worker = pool.start_worker("monitor-1", "monitor")
    while worker.deaths < 2:
        await asyncio.sleep(0.02)
    await pool.stop_worker("monitor-1")
    assert pool.unasked_deaths() == worker.deaths and pool.workers == {}


async def test_a_frozen_worker_is_woken_to_end_in_order(pool: WorkerPool) -> None:
    worker = pool.start_worker("archive-1", "archive")
    while not worker.last_words():
        await asyncio.sleep(0.02)
    worker.signal(signal.SIGSTOP)
    await pool.close()
    assert worker.returncode == -signal.SIGTERM
