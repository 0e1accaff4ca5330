from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tonewatch.stream.local.child import FIRST_DELAY_S, GIVE_UP_AFTER, Backoff, Child, tonewatch


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


SLEEPS = python("import time; time.sleep(60)")
DEAF = python(
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


async def until(condition: Callable[[], bool], timeout_factor: float) -> None:
    deadline = time.monotonic() + 10 * timeout_factor
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def test_waiting_doubles_until_it_gives_up() -> None:
    backoff = Backoff()
    delays = [backoff.after(0.1) for _ in range(GIVE_UP_AFTER)]
    assert delays == [FIRST_DELAY_S, 2 * FIRST_DELAY_S, 4 * FIRST_DELAY_S, None]


def test_a_life_that_was_long_enough_is_forgiven() -> None:
    backoff = Backoff()
    assert [backoff.after(lived) for lived in (0.1, 0.1, 60.0, 0.1)] == [0.5, 1.0, 0.5, 1.0]


def test_a_role_is_run_by_the_same_interpreter_without_the_current_folder_on_its_path() -> None:
    assert tonewatch("listen") == [sys.executable, "-P", "-m", "tonewatch.stream.cli", "listen"]


async def test_a_process_that_dies_is_started_again_and_counted(tmp_path: Path, timeout_factor: float) -> None:
    told: list[str] = []
    child = Child("r", python("exit(3)"), env={}, logs=tmp_path, on_failure=lambda _c, what: told.append(what))
    child.start()
    await until(lambda: child.snapshot().restarts == 1, timeout_factor)
    await child.stop(5.0)
    assert told[0] == "started again in 0.5 s"
    assert child.returncode in (3, -signal.SIGTERM, -signal.SIGKILL)
    assert child.snapshot().state in ("stopped", "restarting")


async def test_a_process_that_never_comes_up_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tonewatch.stream.local.child.FIRST_DELAY_S", 0.0)
    told: list[str] = []
    child = Child(
        "r", python("print('no weights'); exit(1)"), env={}, logs=tmp_path, on_failure=lambda _c, w: told.append(w)
    )
    child.start()
    assert await child.finished() == 1
    assert child.failed and told[-1] == "given up" and len(told) == GIVE_UP_AFTER
    assert child.last_words() == "no weights"
    assert child.log.read_text() == "no weights\n" * GIVE_UP_AFTER


async def test_a_process_that_is_to_run_once_is_done_after_it(tmp_path: Path) -> None:
    child = Child("r", python("import os; print(os.environ['WORD'])"), env={"WORD": "hello"}, logs=tmp_path, once=True)
    child.start()
    assert await child.finished() == 0
    assert (child.snapshot().state, child.last_words()) == ("done", "hello")


async def test_a_process_that_is_to_run_once_is_not_repeated_when_it_fails(tmp_path: Path) -> None:
    child = Child("r", python("exit(4)"), env={}, logs=tmp_path, once=True)
    child.start()
    assert await child.finished() == 4
    assert child.failed and child.snapshot().restarts == 0


async def test_last_words_are_not_progress_bars(tmp_path: Path) -> None:
    child = Child(
        "r", python("print('ended early: a.flac\\na ━━━ 100 %\\nb ━━━ 99 %')"), env={}, logs=tmp_path, once=True
    )
    child.start()
    await child.finished()
    assert child.last_words() == "ended early: a.flac"


async def test_a_stopped_process_is_gone_and_not_started_again(tmp_path: Path, timeout_factor: float) -> None:
    child = Child("r", SLEEPS, env={}, logs=tmp_path)
    child.start()
    await until(lambda: child.snapshot().pid is not None, timeout_factor)
    pid = child.snapshot().pid
    await child.stop(10 * timeout_factor)
    assert pid is not None and not psutil.pid_exists(pid)
    assert (child.snapshot().state, child.snapshot().pid, child.snapshot().restarts) == ("stopped", None, 0)


async def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, timeout_factor: float) -> None:
    child = Child("r", DEAF, env={}, logs=tmp_path)
    child.start()
    await until(lambda: child.last_words() == "deaf", timeout_factor)
    await child.stop(0.2)
    assert child.returncode == -signal.SIGKILL and child.snapshot().state == "stopped"


async def test_a_process_that_waits_for_its_restart_is_stopped_at_once(tmp_path: Path, timeout_factor: float) -> None:
    child = Child("r", python("exit(1)"), env={}, logs=tmp_path)
    child.start()
    await until(lambda: child.snapshot().state == "restarting", timeout_factor)
    await child.stop(10 * timeout_factor)
    assert child.snapshot().pid is None and child.snapshot().state == "stopped"
