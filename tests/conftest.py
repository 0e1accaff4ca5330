"""What every test may ask for: a real broker, a real Redis, a browser, the shared recordings, a clock."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from aiokafka import TopicPartition
from hypothesis import settings

from tonewatch.stream.local.apache_kafka import HOW_TO_GET_IT, ApacheKafka, find_jars
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis
from tonewatch.stream.local.servers import free_port as any_free_port

from .brokers import empty

# No test's pass may depend on how fast the machine is, nor on luck: the same examples each time. Who looks for new ones
# says `HYPOTHESIS_PROFILE=search pytest ...`, and writes down what was found as a test of its own.
settings.register_profile("tonewatch", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tonewatch"))

# Files run side by side, a process each: threads of BLAS and torch beside them only wait for one another. Set before
# numpy is imported; the roles that a test starts inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, those that wait for servers in turns with those that compute: no worker ends on a long one.

    The order within a file stays.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting, computing, short = (
        [file for path, file in files.items() if _kind(file) == kind] for kind in ("waiting", "computing", "short")
    )
    turns = [file for pair in itertools.zip_longest(waiting, computing) for file in pair if file]
    items[:] = [item for file in (*turns, *short) for item in file]
    if os.environ.get("TONEWATCH_TEST_SECOND_TRY"):
        for item in items:
            if any(item.iter_markers("integration")) or any(item.iter_markers("e2e")):
                # Real servers on a machine that others load: one in some thousand is too late. It shows as RERUN.
                item.add_marker(pytest.mark.flaky(reruns=1))


def _kind(file: list[pytest.Item]) -> str:
    marks = {mark.name for item in file for mark in item.iter_markers()}
    return "waiting" if marks & {"integration", "e2e"} else "computing" if "train" in marks else "short"


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


def key_of(value: bytes) -> bytes:
    """The call that a record names, in msgpack or JSON; of what is none somebody's."""
    for decode in (msgspec.msgpack.decode, msgspec.json.decode):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = decode(value)
            if isinstance(found, dict):
                return str(found.get("call_id", "k")).encode()
    return b"k"


@dataclass(frozen=True)
class FakeRecord:
    """As aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    value: bytes
    key: bytes | None = b"k"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0


class FakeKafka:
    """A consumer and a producer without a broker: what is put in comes out of `getmany`, what is sent is kept.

    A record is taken once `gate` is set, as it is at first; `on_send` is called before. Every partition counts as read
    to its end and just polled.
    """

    def __init__(self) -> None:
        self.commits: list[dict[TopicPartition, int]] = []
        self.sent: list[tuple[str, bytes]] = []
        self.paused: set[TopicPartition] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.on_send: Callable[[], None] = lambda: None
        self._batches: list[dict[TopicPartition, list[FakeRecord]]] = []
        self._ends: dict[TopicPartition, int] = {}
        self.written_at_ms = 0

    def put(self, partition: TopicPartition, *records: tuple[int, bytes], key: bytes | None = None) -> None:
        """One batch: offsets and values; without `key` each is keyed by its call."""
        at_ms = self.written_at_ms
        made = [
            FakeRecord(partition.topic, partition.partition, offset, value, key=key or key_of(value), timestamp=at_ms)
            for offset, value in records
        ]
        self._batches.append({partition: made})
        self._ends[partition] = made[-1].offset + 1

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the worker run until `condition` holds."""
        while not condition():
            await asyncio.sleep(0)

    async def getmany(self, *, timeout_ms: int, max_records: int = 500) -> dict[TopicPartition, list[FakeRecord]]:
        await asyncio.sleep(0)
        return self._batches.pop(0) if self._batches else {}

    async def commit(self, offsets: dict[TopicPartition, int] | None = None) -> None:
        self.commits.append(offsets or {})

    async def send(self, topic: str, value: bytes, *, key: bytes | None, **_more: object) -> None:
        await self.gate.wait()
        self.on_send()
        self.sent.append((topic, value))

    def assignment(self) -> set[TopicPartition]:
        return set(self._ends)

    def highwater(self, partition: TopicPartition) -> int:
        return self._ends[partition]

    def last_poll_timestamp(self, partition: TopicPartition) -> int:
        return time.time_ns() // 1_000_000

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self.paused -= set(partitions)


@pytest.fixture
def fake_kafka() -> FakeKafka:
    """A consumer and a producer without a broker."""
    return FakeKafka()


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


@pytest.fixture(scope="session")
def shared_kafka(timeout_factor: float) -> Iterator[ApacheKafka]:
    """One node of Apache Kafka for the whole run, which nobody may kill."""
    with _apache_kafka(timeout_factor) as server:
        yield server


@pytest.fixture(scope="module", params=["embedded", "kafka"])
def own_broker(request: pytest.FixtureRequest, timeout_factor: float) -> Iterator[str]:
    """Bootstrap address of a broker that only this module of tests uses: for the topics with fixed names.

    Every test with it runs twice, on the embedded broker and on Apache Kafka; what a client must know of the broker
    besides its address stands in the environment meanwhile.
    """
    with contextlib.ExitStack() as stack:
        server: EmbeddedBroker | ApacheKafka
        if request.param == "embedded":
            server = stack.enter_context(EmbeddedBroker(start_s=30 * timeout_factor))
        else:
            server = request.getfixturevalue("shared_kafka")
            asyncio.run(empty(server.bootstrap, 60 * timeout_factor))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
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
