"""The rig of a bench: topics on a fresh broker, every role as a process, and a producer to send load with."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from rich.console import Console

from tonewatch.stream import topics
from tonewatch.stream.bench.processes import WorkerPool
from tonewatch.stream.kafka.clients import make_producer, start
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.consumer_lag import FlowWatcher
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis
from tonewatch.stream.monitor.app import TABLE
from tonewatch.stream.settings import MonitorSettings, plain_settings

SESSION_S = 6.0
PARTITIONS = 4
DRAIN_S = 180.0
LOOK_EVERY_S = 1.0
APP_ID = MonitorSettings.model_fields["app_id"].default
CHANGELOG = topics.changelog_topics(APP_ID, (TABLE,))[0].name

Broker = ApacheKafka | EmbeddedBroker

_out = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Rig:
    """What runs. `producer` writes calls, as a telephone system's bridge would."""

    kafka: Broker
    redis: EmbeddedRedis
    workers: WorkerPool
    producer: AIOKafkaProducer

    @property
    def bootstrap(self) -> str:
        return self.kafka.bootstrap

    async def drained(self, when: str, bound_s: float = DRAIN_S) -> int:
        """Wait until every group has members and has read all there is; the records that are left after `bound_s`.

        `when` says in the output which wait was too long.
        """
        watcher = FlowWatcher(self.bootstrap)
        await watcher.start()
        deadline, left = time.monotonic() + bound_s, -1
        try:
            while time.monotonic() < deadline:
                flows = await watcher.look()
                left = sum(group.lag or 0 for group in flows.groups)
                if flows.ready() and flows.drained():
                    return 0
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await watcher.stop()
        groups = ", ".join(f"{group.name} {group.members} {group.lag}" for group in flows.groups)
        _out.print(f"{when}: not drained after {bound_s:.0f} s ({groups})")
        # A group without members can have no lag and still read nothing: that counts as one record.
        return max(1, left)


@contextlib.contextmanager
def scratch(keep: Path | None = None) -> Iterator[Path]:
    """A folder for a bench's logs and archive, copied to `keep` at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tonewatch-bench-"))
    try:
        yield folder
    finally:
        if keep is not None:
            shutil.copytree(folder, keep, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def make_rig(
    kafka: Broker,
    redis: EmbeddedRedis,
    folder: Path,
    roles: Sequence[tuple[str, str]],
    *,
    linger_ms: int = 0,
    interpreter: str | None = None,
    **settings: str,
) -> AsyncIterator[Rig]:
    """`roles`: of each process its name and its role. All of them are stopped at the end.

    `interpreter`: of another release, for all of them. `settings` go into the environment of every process.
    """
    servers = {**kafka.environment(), **redis.environment()}
    idempotent = servers["TONEWATCH_KAFKA_IDEMPOTENT"] == "true"
    replication = kafka.replication if isinstance(kafka, ApacheKafka) else 1
    changelog = topics.changelog_topics(APP_ID, (TABLE,))
    await topics.apply(kafka.bootstrap, partitions=PARTITIONS, replication=replication, extra=changelog)
    client = plain_settings(kafka.bootstrap, kafka_idempotent=idempotent)
    producer = make_producer(client, linger_ms=linger_ms, audio=True, gives_up=False)
    await start(producer, client)
    workers = WorkerPool({**_environment(servers, folder), **settings}, folder)
    for name, role in roles:
        workers.start_worker(name, role, interpreter=interpreter)
    try:
        yield Rig(kafka, redis, workers, producer)
    finally:
        await workers.close()
        with contextlib.suppress(KafkaError, TimeoutError):
            await producer.stop()


def _environment(servers: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What every role finds in its environment; no speech-to-text and no language model."""
    return {
        **os.environ,
        **servers,
        "TONEWATCH_KAFKA_PARTITIONS": str(PARTITIONS),
        "TONEWATCH_KAFKA_SESSION_TIMEOUT_MS": str(round(SESSION_S * 1000)),
        "TONEWATCH_DATABASE": f"sqlite:///{folder / 'archive.db'}",
        "TONEWATCH_STORE": str(folder / "audio"),
        "TONEWATCH_ASR": "false",
        "TONEWATCH_LLM": "none",
        # All processes share the cores; each would otherwise start a thread for every one of them.
        "OMP_NUM_THREADS": "1",
    }
