"""The demo's run: servers up, roles ready, calls replayed and watched, all of it down again."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic_settings import BaseSettings
from redis.exceptions import RedisError

from tonewatch.stream.board.redis_client import connect
from tonewatch.stream.board.view import COUNTERS_KEY
from tonewatch.stream.demo.board_watch import BoardWatch, follow
from tonewatch.stream.demo.processes import Addresses, DemoProcesses
from tonewatch.stream.demo.state import Status
from tonewatch.stream.demo.summary import Summary, Timings, summarise
from tonewatch.stream.demo.truth import DemoCalls
from tonewatch.stream.demo.view import View
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.local.consumer_lag import Flows, FlowWatcher
from tonewatch.stream.local.servers import HOST, port_is_busy
from tonewatch.stream.local.supervisor import Supervisor
from tonewatch.stream.service.process import cancel
from tonewatch.stream.settings import KafkaSettings, RedisSettings, load

TICK_S = 1.0
SHED_COUNTERS = ["shed_llm", "shed_asr"]
READY_S = 90.0
SETTLE_S = 10.0
PAUSE_BETWEEN_ROUNDS_S = 8.0


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    calls: DemoCalls
    port: int
    speed: float
    llm: str
    verbose: bool
    seconds: float | None
    kept: Path | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"


@dataclass
class Show:
    """One run of the demo. `view` shows each status; `environment` is what the user set."""

    options: Options
    environment: Mapping[str, str]
    view: View
    phase: str = "starting"
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._watch = BoardWatch(started_ms=time.time_ns() // 1_000_000)
        self._flows = Flows()
        self._shed = 0
        self._stop = asyncio.Event()
        self._played_at: float | None = None
        self._round_at = 0.0
        self._ready_s: float | None = None
        self._call_ids: dict[str, str] = {}
        self._watching: tuple[asyncio.Task[None], ...] = ()
        self._processes = DemoProcesses(on_failure=self._failed, kept=self.options.kept)

    async def run(self) -> Summary:
        """Until the time is over or a signal interrupts.

        Raises:
            TonewatchError: something is missing, or died for good.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupt)
        try:
            addresses = self._processes.open_servers(
                self.environment, port=self.options.port, llm=self.options.llm, verbose=self.options.verbose
            )
            return await self._run_in(addresses)
        finally:
            self.phase = "stopping"
            self.view.show(self.status())
            await self._processes.close()

    def _interrupt(self) -> None:
        if self._stop.is_set():
            self._processes.kill()
        self._stop.set()

    def _failed(self, child: Supervisor, what: str) -> None:
        words = child.last_words() or "no output"
        self.notes.append(f"{child.name} died with status {child.returncode}, {what}: {words}")
        self.view.tell(self.notes[-1])
        if child.name == "replay":
            self.failures.append(f"The replay failed: {words}")

    async def _run_in(self, addresses: Addresses) -> Summary:
        self.view.tell(addresses.kafka_words)
        await self._processes.apply_topics()
        self._processes.start_roles()
        watcher = FlowWatcher(load(KafkaSettings, **_settings(addresses.env, KafkaSettings)))
        await watcher.start()
        self._watching = (
            asyncio.create_task(follow(HOST, self.options.port, self._watch)),
            asyncio.create_task(self._look(watcher, load(RedisSettings, **_settings(addresses.env, RedisSettings)))),
        )
        try:
            await self._until_ready()
            await self._play()
            await self._settle()
            return self._summary()
        finally:
            await cancel(self._watching)
            await asyncio.gather(*self._watching, return_exceptions=True)
            await watcher.stop()

    async def _look(self, watcher: FlowWatcher, settings: RedisSettings) -> None:
        """Once a tick: ask Kafka and Redis, show what is known."""
        client = connect(settings, socket_timeout=2, socket_connect_timeout=2)
        try:
            while True:
                flows = await watcher.look()
                # A broker that does not answer right now gives an empty look; the picture keeps the last one.
                self._flows = flows if flows.topics else self._flows
                with contextlib.suppress(RedisError):
                    counts = await client.hmget(COUNTERS_KEY, SHED_COUNTERS)
                    self._shed = sum(int(count) for count in counts if count)
                self.view.show(self.status())
                self.view.follow_logs(self._processes.logs)
                await asyncio.sleep(TICK_S)
        finally:
            await client.aclose()

    async def _until_ready(self) -> None:
        """Every group has its partitions and the board answers: from then on delays are those of the system."""
        deadline = time.monotonic() + READY_S
        while not (self._flows.ready() and self._watch.connected):
            await self._tick()
            if self._stop.is_set():
                return
            if time.monotonic() > deadline:
                waiting = [group.name for group in self._flows.groups if group.members != "Stable"]
                board = [] if port_is_busy(self.options.port) else ["the board"]
                raise TonewatchError(
                    f"Not ready after {READY_S:.0f} s: {', '.join(waiting + board) or 'the websocket'}. "
                    f"Try again on a less busy machine, or look at the logs with --verbose."
                )
        self._ready_s = time.monotonic() - self._began

    async def _tick(self, seconds: float = 0.1) -> None:
        """Wait a little; end when the demo cannot go on."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        for task in self._watching:
            # A watcher never ends by itself: its error is the demo's.
            if task.done():
                task.result()
        if (why := self._processes.lost()) and not self._stop.is_set():
            raise TonewatchError(why)

    async def _play(self) -> None:
        """Replay the calls; again and again without a time limit, until interrupted."""
        run_id = secrets.token_hex(2)
        number = 0
        self._played_at = time.monotonic()
        while not self._over():
            number += 1
            self.phase = "calls under way" if number == 1 else f"calls under way, round {number}"
            suffix = f"{run_id}{number}"
            self._round_at, self._watch.suffix = time.monotonic(), suffix
            # Verdicts are about this round; alerts of earlier ones are shown and not judged.
            self._call_ids = {path.name: f"{path.stem}-{suffix}" for path in self.options.calls.files}
            replay = self._processes.start_replay(self.options.calls, speed=self.options.speed, suffix=suffix)
            ended = asyncio.create_task(replay.finished())
            while not (ended.done() or self._over()):
                await self._tick()
            if not ended.done():
                await self._processes.stop_child("replay")
            await ended
            if self.options.seconds is not None:
                await self._rest_of_the_time()
                return
            if self.options.calls.is_own:
                self.phase = "your calls are over, the board stays until Ctrl-C"
                await self._rest_of_the_time()
                return
            self.phase = "a pause before the calls come again"
            await self._pause(PAUSE_BETWEEN_ROUNDS_S)

    def _over(self) -> bool:
        if self._stop.is_set():
            return True
        return self.options.seconds is not None and self._played_s() >= self.options.seconds

    def _played_s(self) -> float:
        return 0.0 if self._played_at is None else time.monotonic() - self._played_at

    async def _rest_of_the_time(self) -> None:
        while not self._over():
            await self._tick()

    async def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stop.is_set():
            await self._tick()

    async def _settle(self) -> None:
        """What was said must be judged and shown before the end is summed up."""
        self.phase = "waiting for the last answers"
        until = time.monotonic() + SETTLE_S
        await self._pause(TICK_S)
        while time.monotonic() < until and not self._stop.is_set() and not self._flows.drained():
            await self._tick()

    def status(self) -> Status:
        """What is known at this moment."""
        return Status(
            address=self.options.address,
            phase=self.phase,
            elapsed_s=self._played_s() if self._played_at is not None else time.monotonic() - self._began,
            limit_s=self.options.seconds if self._played_at is not None else None,
            processes=self._processes.processes(),
            topics=self._flows.topics,
            groups=self._flows.groups,
            calls=self._watch.calls(),
            alerts=self._watch.alerts(),
            delays=self._watch.delays(),
            dead_letters=self._flows.dead_letters,
            shed=self._shed,
            segments=self._watch.tones,
            notes=tuple(self.notes),
            is_own=self.options.calls.is_own,
        )

    def _summary(self) -> Summary:
        """Of the newest round of calls."""
        limit = self.options.seconds
        watched_s = time.monotonic() - self._round_at if self._played_at is not None else 0.0
        failures = list(self.failures)
        if limit is not None and self._stop.is_set():
            failures.append(f"Interrupted after {watched_s:.0f} s.")
        return summarise(
            self.options.calls.truths,
            self._call_ids,
            self.status(),
            watched_s=watched_s if limit is None else min(watched_s, limit),
            speed=self.options.speed,
            timings=Timings(self._ready_s, self._watch.first_tone_s, self._watch.first_alert_s),
            failures=failures,
        )


def _settings(env: Mapping[str, str], kind: type[BaseSettings]) -> dict[str, str]:
    """What the roles find in their environment of these settings: the demo looks at the same servers as they do."""
    named = {name: f"TONEWATCH_{name.upper()}" for name in kind.model_fields}
    return {name: env[variable] for name, variable in named.items() if variable in env}
