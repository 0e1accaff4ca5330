"""What every test may ask for: a real broker, a real Redis, a browser, the shared recordings, a clock."""

from __future__ import annotations

import asyncio
import os
import shutil
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tonewatch.stream.local.apache_kafka import HOW_TO_GET_IT, ApacheKafka, find_jars
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis
from tonewatch.stream.local.servers import free_port as any_free_port

# No test's pass may depend on how fast the machine is.
settings.register_profile("tonewatch", deadline=None)
settings.load_profile("tonewatch")


class Clock:
    """A clock in seconds that is moved by hand; what sleeps on it moves it, at once."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds

    async def sleep(self, seconds: float) -> None:
        """In place of `asyncio.sleep`; other tasks get their turn."""
        self.advance(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    """A clock at zero."""
    return Clock()


ROOT = Path(__file__).resolve().parents[1]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

HOW_TO_GET_CHROMIUM = (
    "no Chromium found: install it (Debian: apt-get install chromium) or set TONEWATCH_CHROMIUM to its path"
)


@pytest.fixture(scope="session")
def timeout_factor() -> float:
    """The factor TONEWATCH_TEST_TIMEOUT_FACTOR, by which a test stretches its time-outs on a slow machine."""
    return float(os.environ.get("TONEWATCH_TEST_TIMEOUT_FACTOR", "1"))


@pytest.fixture(scope="session")
def broker(timeout_factor: float) -> Iterator[str]:
    """Bootstrap address of one embedded broker, shared by the whole run: use names of your own in it."""
    with EmbeddedBroker(start_s=30 * timeout_factor) as server:
        yield server.bootstrap


@pytest.fixture(scope="module", params=["embedded", "kafka"])
def own_broker(request: pytest.FixtureRequest, timeout_factor: float) -> Iterator[str]:
    """Bootstrap address of a broker that only this module of tests uses: for the topics with fixed names.

    Every test with it runs twice, on the embedded broker and on Apache Kafka; what a client must know of the broker
    besides its address stands in the environment meanwhile.
    """
    server = (
        EmbeddedBroker(start_s=30 * timeout_factor) if request.param == "embedded" else _apache_kafka(timeout_factor)
    )
    with server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("TONEWATCH_KAFKA_IDEMPOTENT", server.environment()["TONEWATCH_KAFKA_IDEMPOTENT"])
        yield server.bootstrap


@pytest.fixture
def kafka_cluster(timeout_factor: float) -> Iterator[ApacheKafka]:
    """One node of Apache Kafka for one test, which may kill it."""
    with _apache_kafka(timeout_factor) as server:
        yield server


def _apache_kafka(timeout_factor: float, brokers: int = 1) -> ApacheKafka:
    if find_jars() is None:
        pytest.skip(HOW_TO_GET_IT)
    return ApacheKafka(brokers=brokers, start_s=60 * timeout_factor)


@pytest.fixture(scope="session")
def redis_url(timeout_factor: float) -> Iterator[str]:
    """URL of one embedded Redis, shared by the whole run."""
    with EmbeddedRedis(start_s=30 * timeout_factor) as server:
        yield server.url


@pytest.fixture(scope="module")
def own_redis_url(timeout_factor: float) -> Iterator[str]:
    """URL of a Redis that only this module of tests uses: for the keys with fixed names."""
    with EmbeddedRedis(start_s=30 * timeout_factor) as server:
        yield server.url


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on."""
    return any_free_port()


@pytest.fixture
def asked() -> Callable[[int, str], tuple[int, str]]:
    """What a metrics port answers: the status and the text; 0 where nobody does."""
    return _asked


def _asked(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


@pytest.fixture
def unique() -> Callable[[str], str]:
    """A name that no other test uses: `unique("group")` -> `group-3f2a...`."""
    return lambda stem: f"{stem}-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; skips, and says how to get one, when there is none."""
    found = chromium_path()
    if found is None:
        pytest.skip(HOW_TO_GET_CHROMIUM)
    return found


def chromium_path() -> str | None:
    """TONEWATCH_CHROMIUM, or the first browser on PATH."""
    named = os.environ.get("TONEWATCH_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the shared recordings; skips when it is not there."""
    folder = Path(os.environ.get("TONEWATCH_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared recordings at {folder}: set TONEWATCH_DATA")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once how to get a browser when the end-to-end tests went without one."""
    if chromium_path() is None:
        terminalreporter.write_line(f"end-to-end tests: {HOW_TO_GET_CHROMIUM}", yellow=True)
