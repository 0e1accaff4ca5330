"""`tonewatch bench upgrade`: workers of a former release replaced one by one under live calls, and the way back.

A former release cannot read what a newer one wrote: on the way back all workers stop, what it cannot read is forgotten
(`way_back.py`), and only the calls that begin afterwards are compared.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from tonewatch.stream.bench.checker import Tally, compare
from tonewatch.stream.bench.evidence import Evidence, gather
from tonewatch.stream.bench.kill_command import WORKERS
from tonewatch.stream.bench.load import Load, SentCall, record
from tonewatch.stream.bench.processes import WorkerPool
from tonewatch.stream.bench.rig import CHANGELOG, Rig, make_rig, scratch
from tonewatch.stream.bench.way_back import forget
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.consumer_lag import GROUPS
from tonewatch.stream.local.servers import EmbeddedRedis

ROLES = dict(WORKERS)
READERS_FIRST = ("archive-1", "explain-1", "monitor-1", "monitor-2", "listen-1", "listen-2")
"""Whoever reads a topic before whoever writes it: only the newer release knows the former names and the new ones."""

_out = Console(stderr=True, highlight=False, soft_wrap=True)


class UpgradeReport(msgspec.Struct, kw_only=True):
    """`tonewatch bench upgrade --json`. `replaced`: workers in their order; counts are over the calls that ran then."""

    broker: str
    replaced: list[str]
    calls: int
    segments_expected: int
    segments_missing: int
    segments_doubled: int
    alerts_expected: int
    alerts_missing: int
    alerts_doubled: int
    alerts_differing: int
    unasked_deaths: int
    behind: int
    dead_letters: dict[str, int]


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    former: Path
    calls: int
    pause_s: float
    seed: int
    back: bool
    keep: Path | None


@dataclass
class Sent:
    """The calls before, during and after the replacements."""

    former: list[SentCall]
    disturbed: list[SentCall]
    present: list[SentCall]


def upgrade(
    former: Annotated[Path, typer.Argument(help="Python of an environment in which a former release is installed.")],
    calls: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 4,
    pause: Annotated[float, typer.Option(min=1.0, help="Seconds between two replacements.")] = 15.0,
    seed: Annotated[int, typer.Option(help="Which calls are drawn.")] = 1,
    back: Annotated[bool, typer.Option("--back", help="From this release to the former one.")] = False,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the logs of all processes in this folder.")] = None,
) -> None:
    """Replace every worker of a former release under live calls, and prove that nothing was lost or doubled."""
    if not former.is_file():
        raise typer.BadParameter(f"there is no interpreter at {former}", param_hint="FORMER")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found, notes = asyncio.run(_run(Plan(former, calls, pause, seed, back, keep)))
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    if json is not None:
        json.write_text(text + "\n")
    typer.echo(text)
    for note in notes[:40]:
        _out.print(note)
    if notes or found.behind:
        raise typer.Exit(1)


async def _run(asked: Plan) -> tuple[UpgradeReport, list[str]]:
    former = str(asked.former.absolute())  # Not resolved: an environment's interpreter is a link out of it.
    with scratch(asked.keep) as folder, ApacheKafka() as kafka, EmbeddedRedis() as redis:
        async with make_rig(kafka, redis, folder, WORKERS, interpreter=None if asked.back else former) as rig:
            load = Load(rig.producer, await record(find_calls(default_folder())), asked.seed)
            sent = await (_go_back(asked, rig, load, former) if asked.back else _upgrade(asked, rig, load))
            behind = await rig.drained("after the last call")
        evidence = await gather(kafka.bootstrap, CHANGELOG)
        counted = tally(sent, evidence)
        broker = f"Apache Kafka {kafka.version()}"
        return _report(broker, sent, counted, rig.workers, behind, evidence), counted.notes


async def _upgrade(asked: Plan, rig: Rig, load: Load) -> Sent:
    """Each call once before, calls over and over while the workers are replaced, each call once afterwards."""
    before = await _once(rig, load, "before")
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.keep_up(asked.calls, over))
        await asyncio.sleep(asked.pause_s)
        for name in READERS_FIRST:
            took_s = await rig.workers.stop_worker(name)
            rig.workers.start_worker(name, ROLES[name])
            _out.print(f"{name} was replaced in {took_s:.1f} s")
            await asyncio.sleep(asked.pause_s)
        over.set()
    await rig.drained("after the calls meanwhile")
    disturbed, load.sent = load.sent, []
    await load.reference("after")
    return Sent(before, disturbed, load.sent)


async def _go_back(asked: Plan, rig: Rig, load: Load, former: str) -> Sent:
    """Each call once, calls while everything goes over to the former release, each call once by that."""
    before = await _once(rig, load, "before")
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.keep_up(asked.calls, over))
        await asyncio.sleep(asked.pause_s)
        await asyncio.gather(*(rig.workers.stop_worker(name) for name in READERS_FIRST))
        await forget(rig.bootstrap, rig.redis.url, GROUPS, CHANGELOG)
        for name in READERS_FIRST:
            rig.workers.start_worker(name, ROLES[name], interpreter=former)
        _out.print("the former release has taken over")
        over.set()
    await rig.drained("after the calls meanwhile")
    load.sent = []
    await load.reference("after")
    return Sent(before, load.sent, before)


async def _once(rig: Rig, load: Load, name: str) -> list[SentCall]:
    await rig.drained("before the first call")
    await load.reference(name)
    await rig.drained(f"after the calls {name}")
    sent, load.sent = load.sent, []
    return sent


def tally(sent: Sent, evidence: Evidence) -> Tally:
    """A call must be as one of the two releases left it: their sentences may differ, and so may a last digit."""
    references = [{call.stem: evidence.of(call.call_id) for call in calls} for calls in (sent.former, sent.present)]
    total = Tally()
    for call in sent.disturbed:
        found = evidence.of(call.call_id)
        wrong = min((compare(call.call_id, call.started_s, found, of[call.stem]) for of in references), key=len)
        total.segments_expected += len(references[0][call.stem].segments)
        total.alerts_expected += len(references[0][call.stem].alerts)
        for one in wrong:
            setattr(total, one.what, getattr(total, one.what) + 1)
            total.notes.append(one.note)
    return total


def _report(
    broker: str,
    sent: Sent,
    counted: Tally,
    workers: WorkerPool,
    behind: int,
    evidence: Evidence,
) -> UpgradeReport:
    counts = {name: value for name, value in vars(counted).items() if isinstance(value, int)}
    return UpgradeReport(
        broker=broker,
        replaced=list(READERS_FIRST),
        calls=len(sent.disturbed),
        unasked_deaths=workers.unasked_deaths(),
        behind=behind,
        dead_letters=evidence.dead_letters,
        **counts,
    )
