"""A child process: in a session of its own, bound to its parent's life, logged to a file, stopped within a bound.

Every process that Tonewatch starts is one of these: the embedded servers and Apache Kafka use it as it is, the demo and
the benches keep it alive with `tonewatch.stream.local.supervisor`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

POLL_S = 0.05
_PR_SET_PDEATHSIG = 1
# Runs before the real program, so that no code of ours runs between fork and exec (which is unsafe with threads).
_SHIM = (
    "import ctypes,os,signal,sys\n"
    f"ctypes.CDLL(None).prctl({_PR_SET_PDEATHSIG},signal.SIGKILL)\n"
    # The parent may have died before the prctl: then no signal would ever come.
    "if os.getppid()!=int(sys.argv[1]):sys.exit(1)\n"
    "os.execv(sys.argv[2],sys.argv[2:])\n"
)


def bound_to_parent(argv: Sequence[str]) -> list[str]:
    """`argv` changed so that the program is killed when the thread that starts it ends (Linux; elsewhere unchanged).

    `argv[0]` must be a path.
    """
    if not sys.platform.startswith("linux"):
        return list(argv)
    return [sys.executable, "-I", "-S", "-c", _SHIM, str(os.getpid()), *argv]


def tonewatch(*arguments: str, interpreter: str | None = None) -> list[str]:
    """The command line of a role, run by the interpreter that runs this or by that of another environment."""
    # -P: the current folder may hold a `stream` or a `models` of the user's, which must not be imported.
    return [interpreter or sys.executable, "-P", "-m", "tonewatch.stream.cli", *arguments]


def tail(log: Path, lines: int = 5, *, start: int = 0) -> str:
    """The last lines of a log file, of those after byte `start`, joined by ' | '; empty when there are none."""
    try:
        text = log.read_bytes()[start:].decode(errors="replace")
    except OSError:
        return ""
    return " | ".join(text.strip().splitlines()[-lines:])


class Child:
    """One program. It may be started again after its end: every life appends to the same log.

    Start it from a thread that lives as long as the program is needed (see `bound_to_parent`). Without `env` the
    program inherits the environment. `clock` is monotonic seconds.
    """

    def __init__(
        self,
        argv: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.log = log
        self._argv = list(argv)
        self._env = env
        self._folder = folder
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Of the process that runs; null while none does."""
        return self._process.pid if self._process is not None and self.alive() else None

    @property
    def returncode(self) -> int | None:
        """Exit status of the newest life, negative for a signal; null before its end."""
        return self._process.poll() if self._process is not None else None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def uptime_s(self) -> float:
        return self._clock() - self._started_at if self.alive() else 0.0

    def start(self) -> None:
        """Begin a life.

        Raises:
            OSError: the interpreter (elsewhere than on Linux: the program) cannot be executed.
        """
        with self.log.open("ab") as sink:
            self._log_start = sink.tell()
            self._process = subprocess.Popen(
                bound_to_parent(self._argv),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=self._env,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C reaches the parent only, which stops its children in order.
            )
        self._started_at = self._clock()

    def signal(self, how: Signals) -> None:
        """Send a signal to the program and all that it started; nothing happens after its end."""
        if self._process is not None and self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)

    def wait(self, bound_s: float | None = None) -> int | None:
        """Wait for the end of this life; the exit status, or null after `bound_s`."""
        if self._process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(bound_s)
        return self._process.returncode

    async def ended(self) -> int | None:
        """As `wait`, without holding up the event loop; may be cancelled."""
        # A look every POLL_S: a thread that waits could not be cancelled, and asyncio's own subprocesses have no
        # synchronous half, which the servers need.
        while self.alive():
            await asyncio.sleep(POLL_S)
        return self.returncode

    def stop(self, bound_s: float, how: Signals = SIGTERM) -> None:
        """Ask the program to end, and kill it after `bound_s`."""
        self.signal(how)
        if self.wait(bound_s) is None:
            self.signal(SIGKILL)
            self.wait()

    def last_words(self, lines: int = 5) -> str:
        """The end of what the program wrote in this life."""
        return tail(self.log, lines, start=self._log_start)
