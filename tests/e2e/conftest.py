from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import redis
from playwright.sync_api import Browser, Page, sync_playwright

from tonewatch.dashboard import audit
from tonewatch.stream import topics
from tonewatch.stream.local.servers import in_own_loop

from ..browser import FLAGS
from .served_board import Process, Server, open_board, running

MARK = "TONEWATCH_TEST_MARK"
SETTINGS = ("TONEWATCH_KAFKA", "TONEWATCH_REDIS")


@dataclass
class Demo:
    """One `tonewatch demo` as a user starts it; what it starts inherits its mark and its folder for temporary files."""

    port: int
    folder: Path
    timeout_factor: float
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str) -> None:
        self.temp.mkdir()
        env = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tonewatch.stream.cli", "demo", "--port", str(self.port), *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**env, MARK: self.mark, "TMPDIR": str(self.temp)},
                start_new_session=True,
            )

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    @property
    def log(self) -> Path:
        return self.folder / "output.txt"

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str, seconds: float) -> None:
        """Until the demo has said `text`."""
        deadline = time.monotonic() + seconds * self.timeout_factor
        while text not in self.output():
            assert self.running(), self.output()
            assert time.monotonic() < deadline, f"no '{text}' within {seconds} s:\n{self.output()}"
            time.sleep(0.1)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def exit_status(self, seconds: float) -> int:
        assert self.process is not None
        return self.process.wait(seconds * self.timeout_factor)

    def processes(self) -> list[str]:
        """Names of the processes that this demo left running."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
        return found

    def children(self) -> list[psutil.Process]:
        """The processes that the demo started itself."""
        assert self.process is not None
        return list(psutil.Process(self.process.pid).children())

    def end(self) -> None:
        if self.running():
            self.signal(signal.SIGKILL)
            self.exit_status(10)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """For a module, not longer: Playwright keeps its event loop in this thread, where other modules have theirs."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield started
        started.close()


@pytest.fixture
def demo(tmp_path: Path, free_port: int, timeout_factor: float) -> Iterator[Demo]:
    """A demo that was not started yet; killed at the end of the test if it still runs."""
    run = Demo(free_port, tmp_path, timeout_factor)
    yield run
    run.end()


@pytest.fixture
def until(timeout_factor: float) -> Callable[[Callable[[], bool], float], None]:
    """Wait until something is true, or fail after so many seconds."""

    def wait(condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds * timeout_factor
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    return wait


@pytest.fixture
def no_wait_for_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of these boards have no Kafka: at its end each would wait for one, to tell it who had looked."""
    monkeypatch.setattr(audit, "CLOSE_S", 0.0)


@pytest.fixture
def empty_board(own_redis_url: str) -> str:
    """URL of a Redis that holds no call."""
    with redis.Redis.from_url(own_redis_url, protocol=2) as client:
        client.flushall()
    return own_redis_url


@pytest.fixture
def server(empty_board: str, no_wait_for_the_audit: None, free_port: int, timeout_factor: float) -> Iterator[Server]:
    yield from running(Server(free_port, empty_board, timeout_factor))


@pytest.fixture
def server_with_kafka(
    empty_board: str, no_wait_for_the_audit: None, free_port: int, timeout_factor: float, broker: str
) -> Iterator[Server]:
    """Takes what people do with alerts."""
    in_own_loop(lambda: bool(asyncio.run(topics.apply(broker, partitions=1, replication=1))))
    yield from running(Server(free_port, empty_board, timeout_factor), kafka=broker, kafka_idempotent=False)


@pytest.fixture
def process(empty_board: str, free_port: int, timeout_factor: float) -> Iterator[Process]:
    yield from running(Process(free_port, empty_board, timeout_factor))


@pytest.fixture
def page(browser: Browser, server: Server, timeout_factor: float) -> Iterator[Page]:
    with open_board(browser, server, timeout_factor) as opened:
        yield opened


@pytest.fixture
def page_with_kafka(browser: Browser, server_with_kafka: Server, timeout_factor: float) -> Iterator[Page]:
    with open_board(browser, server_with_kafka, timeout_factor) as opened:
        yield opened


@pytest.fixture
def page_of_process(browser: Browser, process: Process, timeout_factor: float) -> Iterator[Page]:
    with open_board(browser, process, timeout_factor) as opened:
        yield opened
