"""`tonewatch bench kill`: faults on a rig under load; its topics are compared with those of a run without faults."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from tonewatch.stream.bench.checker import KillReport, Tally, check, recoveries, report
from tonewatch.stream.bench.evidence import Evidence, gather
from tonewatch.stream.bench.faults import Fault, Faults
from tonewatch.stream.bench.load import Load, record
from tonewatch.stream.bench.processes import WorkerPool
from tonewatch.stream.bench.rig import CHANGELOG, SESSION_S, Rig, make_rig, scratch
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.servers import EmbeddedRedis

WORKERS = (
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


async def _run(asked: Plan) -> tuple[KillReport, Tally, int]:
    with scratch(asked.keep) as folder, ApacheKafka(brokers=asked.brokers) as kafka, EmbeddedRedis() as redis:
        async with make_rig(kafka, redis, folder, WORKERS) as rig:
            load = Load(rig.producer, await record(find_calls(default_folder())), asked.seed)
            await rig.drained("before the first call")
            _out.print("each call once, without faults")
            await load.reference()
            await rig.drained("after the run without faults")
            references, load.sent = list(load.sent), []
            faults = await _disturb(asked, rig, kafka, load)
            behind = await rig.drained("after the last call")
        evidence = await gather(kafka.bootstrap, CHANGELOG)
        by_stem = {call.stem: evidence.of(call.call_id) for call in references}
        tallies = check(load.sent, evidence, by_stem, faults)
        took_s = recoveries(evidence, load.sent, faults)
        _tell(rig.workers, load, evidence, behind)
        broker = f"Apache Kafka {kafka.version()}, {asked.brokers} node{'s' * (asked.brokers > 1)}"
        return report(broker, asked.minutes, faults, tallies, took_s), tallies[0], behind


async def _disturb(asked: Plan, rig: Rig, kafka: ApacheKafka, load: Load) -> list[Fault]:
    """Load and faults at once, for as long as was asked; then the calls end by themselves."""
    over = asyncio.Event()
    faults = Faults(rig.workers, kafka, rig.redis.url, seed=asked.seed, session_s=SESSION_S, pause_s=asked.pause_s)
    began_s = time.monotonic()

    def seen(fault: Fault) -> None:
        number = len(faults.made)
        _out.print(f"{time.monotonic() - began_s:7.1f} s  {number:4d}  {fault.kind}: {fault.what}")

    asyncio.get_running_loop().call_later(60 * asked.minutes, over.set)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.keep_up(asked.calls, over))
        tasks.create_task(faults.run(over, seen))
    return faults.made


def _tell(workers: WorkerPool, load: Load, evidence: Evidence, behind: int) -> None:
    _out.print(
        f"{len(load.sent)} calls; processes that ended by themselves: {workers.unasked_deaths()}; behind: {behind}"
    )
    for name, count in sorted(evidence.dead_letters.items()):
        _out.print(f"dead letters: {name} {count}")
