from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from tonewatch.stream.local.supervisor import Backoff, Supervisor


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


SLEEPS = python("import time; time.sleep(60)")
DEAF = python(
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


async def until(condition: Callable[[], bool], timeout_factor: float) -> None:
    async with asyncio.timeout(10 * timeout_factor):
        while not condition():
            await asyncio.sleep(0.02)


def test_waiting_doubles_until_it_gives_up() -> None:
    backoff = Backoff(first_s=0.5, longest_s=1.5, give_up_after=5)
    assert [backoff.after(0.1) for _ in range(5)] == [0.5, 1.0, 1.5, 1.5, None]


def test_a_process_that_is_never_given_up_may_fail_all_night() -> None:
    backoff = Backoff(first_s=0.2, longest_s=10.0, give_up_after=None)
    assert [backoff.after(0.0) for _ in range(5000)][-1] == 10.0


def test_a_life_that_was_long_enough_is_forgiven() -> None:
    backoff = Backoff(first_s=0.5, healthy_s=10.0)
    assert [backoff.after(lived) for lived in (0.1, 0.1, 60.0, 0.1)] == [0.5, 1.0, 0.5, 1.0]


async def test_a_process_that_dies_is_started_again_and_counted(tmp_path: Path, timeout_factor: float) -> None:
    told: list[str] = []
    kept = Supervisor("r", python("exit(3)"), env={}, logs=tmp_path, on_failure=lambda _s, what: told.append(what))
    kept.start()
    await until(lambda: kept.snapshot().restarts == 1, timeout_factor)
    await kept.stop(10 * timeout_factor)
    assert told[0] == "started again in 0.5 s"
    assert kept.deaths == len(told) and kept.snapshot().state == "stopped"


async def test_a_process_that_never_comes_up_is_given_up(tmp_path: Path) -> None:
    told: list[str] = []
    kept = Supervisor(
        "r",
        python("print('no weights'); exit(1)"),
        env={},
        logs=tmp_path,
        backoff=Backoff(first_s=0.0, give_up_after=3),
        on_failure=lambda _s, what: told.append(what),
    )
    kept.start()
    assert await kept.finished() == 1
    assert kept.failed and told == ["started again in 0 s", "started again in 0 s", "given up"]
    assert kept.last_words() == "no weights"
    assert kept.log.read_text() == "no weights\n" * 3


async def test_a_death_that_was_asked_for_is_neither_told_nor_counted(tmp_path: Path, timeout_factor: float) -> None:
    told: list[str] = []
    quick = Backoff(first_s=0.0)
    kept = Supervisor("r", SLEEPS, env={}, logs=tmp_path, backoff=quick, on_failure=lambda _s, w: told.append(w))
    kept.start()
    await until(lambda: kept.pid is not None, timeout_factor)
    first = kept.pid
    kept.signal(signal.SIGKILL)
    await until(lambda: kept.pid not in (None, first), timeout_factor)
    await kept.stop(10 * timeout_factor)
    assert (kept.deaths, told, quick.failures) == (0, [], 0)


async def test_a_cancelled_keeper_leaves_no_process(tmp_path: Path, timeout_factor: float) -> None:
    kept = Supervisor("r", SLEEPS, env={}, logs=tmp_path)
    kept.start()
    await until(lambda: kept.pid is not None, timeout_factor)
    assert kept._keeper is not None
    kept._keeper.cancel()
    await until(lambda: kept.pid is None, timeout_factor)
    assert kept.returncode == -signal.SIGKILL


async def test_a_process_that_is_to_run_once_is_done_after_it(tmp_path: Path) -> None:
    kept = Supervisor(
        "r", python("import os; print(os.environ['WORD'])"), env={"WORD": "hello"}, logs=tmp_path, once=True
    )
    kept.start()
    assert await kept.finished() == 0
    assert (kept.snapshot().state, kept.last_words()) == ("done", "hello")


async def test_a_process_that_is_to_run_once_is_not_repeated_when_it_fails(tmp_path: Path) -> None:
    kept = Supervisor("r", python("exit(4)"), env={}, logs=tmp_path, once=True)
    kept.start()
    assert await kept.finished() == 4
    assert kept.failed and kept.snapshot().restarts == 0


async def test_last_words_are_not_progress_bars(tmp_path: Path) -> None:
    bars = "print('ended early: a.flac\\na ━━━ 100 %\\nb ━━━ 99 %')"
    kept = Supervisor("r", python(bars), env={}, logs=tmp_path, once=True)
    kept.start()
    await kept.finished()
    assert kept.last_words() == "ended early: a.flac"


async def test_a_stopped_process_is_gone_and_not_started_again(tmp_path: Path, timeout_factor: float) -> None:
    kept = Supervisor("r", SLEEPS, env={}, logs=tmp_path)
    kept.start()
    await until(lambda: kept.snapshot().pid is not None, timeout_factor)
    pid = kept.snapshot().pid
    await kept.stop(10 * timeout_factor)
    assert pid is not None and not psutil.pid_exists(pid)
    assert (kept.snapshot().state, kept.snapshot().pid, kept.snapshot().restarts) == ("stopped", None, 0)


async def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, timeout_factor: float) -> None:
    kept = Supervisor("r", DEAF, env={}, logs=tmp_path)
    kept.start()
    await until(lambda: kept.last_words() == "deaf", timeout_factor)
    await kept.stop(0.2)
    assert kept.returncode == -signal.SIGKILL and kept.snapshot().state == "stopped"


async def test_a_process_that_waits_for_its_restart_is_stopped_at_once(tmp_path: Path, timeout_factor: float) -> None:
    kept = Supervisor("r", python("exit(1)"), env={}, logs=tmp_path)
    kept.start()
    await until(lambda: kept.snapshot().state == "restarting", timeout_factor)
    await kept.stop(10 * timeout_factor)
    assert kept.snapshot().pid is None and kept.snapshot().state == "stopped"
