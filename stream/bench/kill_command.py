"""`tonewatch bench kill`: a house under load is shot at, and its topics are compared with a run without faults."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from tonewatch.stream import topics
from tonewatch.stream.apache_kafka import ApacheKafka
from tonewatch.stream.bench.checker import Report, Tally, check, recoveries, report
from tonewatch.stream.bench.crew import Crew
from tonewatch.stream.bench.evidence import Evidence, gather
from tonewatch.stream.bench.faults import Fault, Faults
from tonewatch.stream.bench.load import Load, record
from tonewatch.stream.demo.flows import FlowWatcher
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.embedded import EmbeddedRedis
from tonewatch.stream.kafka import make_producer, start
from tonewatch.stream.monitor import TABLE
from tonewatch.stream.settings import KafkaSettings, MonitorSettings

SESSION_S = 6.0
PARTITIONS = 4
DRAIN_S = 180.0
APP_ID = MonitorSettings.model_fields["app_id"].default
CHANGELOG = topics.changelog_topics(APP_ID, (TABLE,))[0].name
CREW = (
    ("listen-1", "listen"),
    ("listen-2", "listen"),
    ("monitor-1", "monitor"),
    ("monitor-2", "monitor"),
    ("explain-1", "explain"),
    ("archive-1", "archive"),
)

_out = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    minutes: float
    calls: int
    seed: int
    brokers: int
    pause_s: tuple[float, float]
    keep: Path | None


def kill(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long faults are made.")] = 5.0,
    calls: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 6,
    seed: Annotated[int, typer.Option(help="What is drawn, and in which order.")] = 1,
    brokers: Annotated[int, typer.Option(min=1, max=3, help="Nodes of the Kafka cluster.")] = 1,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
    pause: Annotated[float, typer.Option(min=0.5, help="Seconds between two faults, on average.")] = 6.0,
    keep: Annotated[Path | None, typer.Option(help="Keep the logs of all processes in this folder.")] = None,
) -> None:
    """Kill, stop and restart everything at random on a real Apache Kafka, and prove that nothing was lost."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # It says much while there is no broker.
    asked = Plan(minutes, calls, seed, brokers, (0.5 * pause, 1.5 * pause), keep)
    found, total, behind = asyncio.run(_run(asked))
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    if json is not None:
        json.write_text(text + "\n")
    typer.echo(text)
    for note in total.notes[:40]:
        _out.print(note)
    if not total.clean() or behind:
        raise typer.Exit(1)


async def _run(asked: Plan) -> tuple[Report, Tally, int]:
    folder = Path(tempfile.mkdtemp(prefix="tonewatch-bench-"))
    try:
        with ApacheKafka(brokers=asked.brokers) as kafka, EmbeddedRedis() as redis:
            return await _prove(asked, kafka, redis, folder)
    finally:
        if asked.keep is not None:
            shutil.copytree(folder, asked.keep, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _prove(asked: Plan, kafka: ApacheKafka, redis: EmbeddedRedis, folder: Path) -> tuple[Report, Tally, int]:
    env = house_environment({**kafka.environment(), **redis.environment()}, folder)
    settings = KafkaSettings(kafka=kafka.bootstrap, kafka_idempotent=True)
    await topics.apply(
        kafka.bootstrap,
        partitions=PARTITIONS,
        replication=kafka.replication,
        extra=topics.changelog_topics(APP_ID, (TABLE,)),
    )
    producer = make_producer(settings, linger_ms=0)
    await start(producer, settings)
    crew = Crew(env, folder)
    for name, role in CREW:
        crew.hire(name, role)
    load = Load(producer, await record(find_calls(default_folder())), asked.seed)
    try:
        await settled(kafka.bootstrap, "before the first call")
        _out.print("each call once, without faults")
        await load.reference()
        await settled(kafka.bootstrap, "after the run without faults")
        references, load.sent = list(load.sent), []
        faults = await _shoot(asked, kafka, redis, crew, load)
        behind = await settled(kafka.bootstrap, "after the last call")
    finally:
        await crew.close()
        with contextlib.suppress(KafkaError):
            await producer.stop()
    evidence = await gather(kafka.bootstrap, CHANGELOG)
    by_stem = {call.stem: evidence.of(call.call_id) for call in references}
    tallies = check(load.sent, evidence, by_stem, faults)
    took_s = recoveries(evidence, load.sent, faults)
    _tell(crew, load, evidence, behind)
    broker = f"Apache Kafka {kafka.version()}, {asked.brokers} node{'s' * (asked.brokers > 1)}"
    return report(broker, asked.minutes, faults, tallies, took_s), tallies[0], behind


async def _shoot(asked: Plan, kafka: ApacheKafka, redis: EmbeddedRedis, crew: Crew, load: Load) -> list[Fault]:
    """Load and faults at once, for as long as was asked; then the calls end by themselves."""
    over = asyncio.Event()
    shooter = Faults(crew, kafka, redis.url, seed=asked.seed, session_s=SESSION_S, pause_s=asked.pause_s)
    began_s = time.monotonic()

    def seen(fault: Fault) -> None:
        number = len(shooter.made)
        _out.print(f"{time.monotonic() - began_s:7.1f} s  {number:4d}  {fault.kind}: {fault.what}")

    asyncio.get_running_loop().call_later(60 * asked.minutes, over.set)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.keep_up(asked.calls, over))
        tasks.create_task(shooter.run(over, seen))
    return shooter.made


async def settled(bootstrap: str, when: str, patience_s: float = DRAIN_S) -> int:
    """Wait until every group has members and has read all there is; the records that are left after `patience_s`."""
    watcher = FlowWatcher(bootstrap)
    await watcher.start()
    deadline, left = time.monotonic() + patience_s, -1
    try:
        while time.monotonic() < deadline:
            flows = await watcher.look()
            left = sum(group.lag or 0 for group in flows.groups)
            if flows.ready() and flows.drained():
                return 0
            await asyncio.sleep(1.0)
    finally:
        await watcher.stop()
    groups = ", ".join(f"{group.name} {group.members} {group.lag}" for group in flows.groups)
    _out.print(f"{when}: not settled after {patience_s:.0f} s ({groups})")
    return max(1, left)


def house_environment(servers: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What every role of a bench finds in its environment; no speech-to-text and no language model."""
    return {
        **os.environ,
        **servers,
        "TONEWATCH_KAFKA_PARTITIONS": str(PARTITIONS),
        "TONEWATCH_KAFKA_SESSION_TIMEOUT_MS": str(round(SESSION_S * 1000)),
        "TONEWATCH_DATABASE": f"sqlite:///{folder / 'archive.db'}",
        "TONEWATCH_STORE": str(folder / "audio"),
        "TONEWATCH_ASR": "false",
        "TONEWATCH_LLM": "none",
        "OMP_NUM_THREADS": "1",
    }


def _tell(crew: Crew, load: Load, evidence: Evidence, behind: int) -> None:
    _out.print(f"{len(load.sent)} calls; processes that ended by themselves: {crew.unasked_deaths()}; behind: {behind}")
    for name, count in sorted(evidence.dead_letters.items()):
        _out.print(f"dead letters: {name} {count}")
