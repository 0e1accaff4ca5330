"""All processes of the demo: what is started, in which order, with which environment, and how it is stopped."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import shutil
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tonewatch.stream.demo.truth import DemoCalls
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.local.child import tonewatch
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis
from tonewatch.stream.local.supervisor import Backoff, Process, Supervisor

ROLES = ("listen", "monitor", "explain", "archive", "dashboard")
STOP_S = 10.0
TOPICS_S = 60.0
PARTITIONS = "4"


@dataclass(frozen=True)
class Addresses:
    """Of Kafka and Redis, and what each role finds in its environment."""

    kafka: str
    redis: str
    env: Mapping[str, str]

    @property
    def kafka_words(self) -> str:
        """Where the calls and alerts are to be had by programs beside the demo, as a line to be pasted into a shell."""
        needed = ("TONEWATCH_KAFKA", "TONEWATCH_KAFKA_IDEMPOTENT")
        said = " ".join(f"{name}={shlex.quote(self.env[name])}" for name in needed if self.env.get(name))
        return f"Kafka: {self.kafka} (export {said})"


def role_environment(
    given: Mapping[str, str],
    servers: Mapping[str, str],
    *,
    folder: Path,
    port: int,
    llm: str,
    verbose: bool,
    kept: Path | None = None,
) -> dict[str, str]:
    """The environment of every role: what the user set wins over the demo's defaults, the demo's options over both.

    `kept` is the folder of an archive that outlives the demo; without it the archive lies in `folder`.
    """
    archive = {
        "TONEWATCH_DATABASE": f"sqlite:///{(kept or folder) / 'archive.db'}",
        "TONEWATCH_STORE": str((kept or folder) / "audio"),
    }
    defaults = {
        "TONEWATCH_KAFKA_PARTITIONS": PARTITIONS,
        **archive,
        "TONEWATCH_DASHBOARD_REVIEW": "1",
        # So that the desk has quiet calls to hear, and both parties in all of them.
        "TONEWATCH_ARCHIVE_SAMPLE": "1",
        "TONEWATCH_ARCHIVE_AGENT": "true",
        "OMP_NUM_THREADS": "1",
        "TONEWATCH_LOG_LEVEL": "DEBUG" if verbose else "INFO",
    }
    own = {
        "TONEWATCH_DASHBOARD_PORT": str(port),
        "TONEWATCH_DASHBOARD_HOST": "127.0.0.1",
        # One click signs in, on this machine alone; a board that is started again knows who was signed in.
        "TONEWATCH_DASHBOARD_DEMO": "true",
        "TONEWATCH_DASHBOARD_USER_HEADER": "",
        "TONEWATCH_DASHBOARD_HOSTS": "",
        "TONEWATCH_DASHBOARD_PUBLIC_URL": "",
        "TONEWATCH_DASHBOARD_PROXIES": "",
        "TONEWATCH_DASHBOARD_SESSION_SECRET": secrets.token_hex(32),
        "TONEWATCH_DASHBOARD_SESSION_SECRET_FILE": "",
        "TONEWATCH_METRICS_PORT": "0",
        "TONEWATCH_WEB_PORT": "0",
        "TONEWATCH_LLM": llm,
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder),
        **(archive if kept else {}),
    }
    # The order is the rule: a later one wins.
    return {**defaults, **given, **servers, **own}


class DemoProcesses:
    """Servers, roles and replays of one demo; everything it made but what lies in `kept` is gone after `close`."""

    def __init__(
        self,
        *,
        on_failure: Callable[[Supervisor, str], None],
        backoff: Callable[[], Backoff] = Backoff,
        kept: Path | None = None,
    ) -> None:
        self._kept = kept
        self.folder = Path(tempfile.mkdtemp(prefix="tonewatch-demo-"))
        self.logs = self.folder / "logs"
        self.children: list[Supervisor] = []
        self.broker: EmbeddedBroker | None = None
        self.redis: EmbeddedRedis | None = None
        self._on_failure = on_failure
        self._backoff = backoff
        self._env: Mapping[str, str] = {}

    def open_servers(self, given: Mapping[str, str], *, port: int, llm: str, verbose: bool) -> Addresses:
        """Start the servers that the environment does not name.

        Raises:
            DependencyError, BrokerError, StoreError: one of them is missing or does not start.
        """
        self.logs.mkdir()
        servers: dict[str, str] = {}
        if not given.get("TONEWATCH_KAFKA"):
            self.broker = EmbeddedBroker()
            self.broker.start()
            servers |= self.broker.environment()
        if not given.get("TONEWATCH_REDIS"):
            self.redis = EmbeddedRedis()
            self.redis.start()
            servers |= self.redis.environment()
        self._env = role_environment(
            given, servers, folder=self.folder, port=port, llm=llm, verbose=verbose, kept=self._kept
        )
        return Addresses(self._env["TONEWATCH_KAFKA"], self._env["TONEWATCH_REDIS"], self._env)

    async def apply_topics(self) -> None:
        """Create the topics and wait until they are there.

        Raises:
            TonewatchError: that failed; the text carries the last words.
        """
        child = self._child("topics", tonewatch("topics", "apply"), once=True)
        child.start()
        async with asyncio.timeout(TOPICS_S):
            status = await child.finished()
        if status:
            raise TonewatchError(f"tonewatch topics apply failed: {child.last_words()}")

    def start_roles(self) -> None:
        for role in ROLES:
            self._child(role, tonewatch(role)).start()

    def start_replay(self, calls: DemoCalls, *, speed: float, suffix: str) -> Supervisor:
        """Replay all calls at once; their ids end in `suffix`."""
        about = ("--about", str(calls.about)) if calls.about else ()
        notice = ("--notice-given",) if calls.notice_given else ()
        channels = ("--channels", calls.channels) if calls.channels else ()
        words = (
            "replay",
            *map(str, calls.files),
            *about,
            *notice,
            *channels,
            "--speed",
            f"{speed:g}",
            "--suffix",
            suffix,
        )
        # Each round of calls is a replay of its own; the one before it has ended.
        self.children = [child for child in self.children if child.name != "replay"]
        # SIGINT lets a replay end its calls properly; SIGTERM would break them off.
        child = self._child("replay", tonewatch(*words), once=True, stop_signal=signal.SIGINT)
        child.start()
        return child

    def _child(
        self, name: str, argv: Sequence[str], *, once: bool = False, stop_signal: signal.Signals = signal.SIGTERM
    ) -> Supervisor:
        child = Supervisor(
            name,
            argv,
            env=self._env,
            logs=self.logs,
            once=once,
            stop_signal=stop_signal,
            backoff=self._backoff(),
            on_failure=self._on_failure,
        )
        self.children.append(child)
        return child

    def processes(self) -> tuple[Process, ...]:
        """Every process, servers first."""
        servers = [
            Process(server.name, "running" if server.alive() else "failed", server.pid, server.uptime_s())
            for server in (self.broker, self.redis)
            if server is not None
        ]
        return (*servers, *(child.snapshot() for child in self.children))

    def lost(self) -> str | None:
        """Why the demo cannot go on, or None: a server died, or a role never comes up."""
        for server in (self.broker, self.redis):
            if server is not None and not server.alive():
                return f"The embedded {server.name} died."
        failed = next((child for child in self.children if child.failed and child.name in ROLES), None)
        if failed is None:
            return None
        return f"tonewatch {failed.name} does not stay up. Its last words: {failed.last_words(3)}"

    async def stop_child(self, name: str, bound_s: float = STOP_S) -> None:
        for child in self.children:
            if child.name == name:
                await child.stop(bound_s)

    async def close(self) -> None:
        """Stop all of it in reverse order within `STOP_S`, and remove the folder."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + STOP_S
        # The replay first, so that its calls are ended in order while Kafka and its readers are there.
        for child in reversed(self.children):
            await child.stop(max(0.1, deadline - loop.time()))
        self.close_servers()

    def close_servers(self) -> None:
        for server in (self.redis, self.broker):
            if server is not None:
                server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill every child now: the second Ctrl-C."""
        for child in self.children:
            child.signal(signal.SIGKILL)
        for server in (self.redis, self.broker):
            if server is not None:
                server.kill()
