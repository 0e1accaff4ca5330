from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tonewatch.stream.local.child import Child, bound_to_parent, tail, tonewatch

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_role_is_run_by_the_same_interpreter_without_the_current_folder_on_its_path(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise SystemExit('the wrong typer')")
    ran = subprocess.run([*tonewatch(), "--version"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and ran.stdout.startswith("tonewatch ")


def test_a_bound_program_ends_at_once_when_its_parent_is_already_gone() -> None:
    argv = bound_to_parent(["/bin/sh", "-c", "exit 7"])
    argv[argv.index(str(os.getpid()))] = "1"
    assert subprocess.run(argv, check=False).returncode == 1


def test_every_life_appends_to_one_log_and_only_the_newest_speaks(tmp_path: Path) -> None:
    child = Child(python("import os; print(os.environ['WORD'])"), tmp_path / "log", env={"WORD": "hello"})
    child.start()
    child.wait()
    child.start()
    assert child.wait() == 0
    assert (child.last_words(), child.log.read_text()) == ("hello", "hello\nhello\n")


def test_a_child_that_never_lived_has_no_pid_no_status_and_nothing_to_say(tmp_path: Path) -> None:
    child = Child(python("exit(3)"), tmp_path / "log")
    child.signal(signal.SIGKILL)
    child.stop(0.0)
    assert (child.pid, child.returncode, child.wait(), child.uptime_s(), child.last_words()) == (
        None,
        None,
        None,
        0,
        "",
    )


def test_a_program_that_does_not_listen_is_killed_after_the_bound(tmp_path: Path) -> None:
    child = Child(python(DEAF), tmp_path / "log")
    child.start()
    while child.last_words() != "deaf":
        assert child.alive()
    child.stop(0.1)
    assert (child.alive(), child.returncode) == (False, -signal.SIGKILL)


def test_a_signal_reaches_what_the_program_started(tmp_path: Path, timeout_factor: float) -> None:
    child = Child(["/bin/sh", "-c", "sleep 60 & echo $!; wait"], tmp_path / "log")
    child.start()
    while not child.last_words():
        assert child.alive()
    grandchild = psutil.Process(int(child.last_words()))
    child.stop(10 * timeout_factor)
    gone, _ = psutil.wait_procs([grandchild], timeout=10 * timeout_factor)
    assert gone or grandchild.status() == psutil.STATUS_ZOMBIE


async def test_its_end_is_awaited_while_the_loop_goes_on(tmp_path: Path) -> None:
    child = Child(python("exit(5)"), tmp_path / "log")
    child.start()
    ended, _ = await asyncio.gather(child.ended(), asyncio.sleep(0))
    assert ended == 5


def test_tail_gives_the_last_lines_and_nothing_for_a_missing_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\ntwo\nthree\n")
    assert tail(log, lines=2) == "two | three"
    assert tail(log, start=len("one\ntwo\n")) == "three"
    assert tail(tmp_path / "absent") == ""
