"""`tonewatch bench soak`: a steady load for long, and whether memory, open files, lag and delay stay as they were."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import platform
import time
from pathlib import Path
from statistics import median
from typing import Annotated

import msgspec
import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console

from tonewatch.stream import topics
from tonewatch.stream.bench.load import Load, record
from tonewatch.stream.bench.processes import WorkerPool
from tonewatch.stream.bench.rig import PARTITIONS, make_rig, scratch
from tonewatch.stream.bench.soak import Sample, Series, judge, plots, read_process
from tonewatch.stream.codec import decode_tone
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.consumer_lag import FlowWatcher
from tonewatch.stream.local.servers import EmbeddedRedis
from tonewatch.stream.messages import Tone

WORKERS = (("listen-1", "listen"), ("monitor-1", "monitor"), ("explain-1", "explain"), ("archive-1", "archive"))

_out = Console(stderr=True, highlight=False, soft_wrap=True)


class SoakReport(msgspec.Struct, frozen=True):
    """What `--json` holds. `deaths`: processes that ended by themselves; `behind`: records unread at the end."""

    machine: str
    broker: str
    minutes: float
    calls: int
    calls_sent: int
    deaths: int
    behind: int
    flat: bool
    series: list[Series]
    samples: list[Sample]


def soak(
    minutes: Annotated[float, typer.Option(min=0.2, help="How long calls are sent.")] = 60.0,
    calls: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 5,
    every: Annotated[float, typer.Option(min=1.0, help="Seconds between two looks.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Which calls are drawn, and in which order.")] = 1,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the plots to this file.")] = None,
) -> None:
    """A steady load on a real Apache Kafka, and whether memory, open files, lag and delay stay flat."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found = asyncio.run(_run(minutes, calls, every, seed))
    text = msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
    if json is not None:
        json.write_text(text + "\n")
    if svg is not None:
        svg.write_text(plots(found.samples, found.series))
    for one in found.series:
        verdict = "flat" if one.is_flat else "NOT FLAT"
        typer.echo(
            f"{one.name:26} mean {one.mean:9.2f} {one.unit:7} grew {one.grown:8.2f} of {one.bound:7.2f}  {verdict}"
        )
    if not found.flat or found.deaths or found.behind:
        raise typer.Exit(1)


async def _run(minutes: float, calls: int, every_s: float, seed: int) -> SoakReport:
    with scratch() as folder, ApacheKafka(brokers=1) as kafka, EmbeddedRedis() as redis:
        async with make_rig(kafka, redis, folder, WORKERS) as rig:
            load = Load(rig.producer, await record(find_calls(default_folder())), seed)
            await rig.drained("before the first call")
            over = asyncio.Event()
            asyncio.get_running_loop().call_later(60 * minutes, over.set)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(load.keep_up(calls, over))
                looking = tasks.create_task(_look(rig.bootstrap, rig.workers, every_s, over))
            behind = await rig.drained("after the last call")
            deaths = rig.workers.unasked_deaths()
        samples = looking.result()
        found = judge(samples)
        broker = f"Apache Kafka {kafka.version()}, 1 node"
        flat = all(one.is_flat for one in found)
        machine = f"{platform.machine()}, Python {platform.python_version()}"
        return SoakReport(machine, broker, minutes, calls, len(load.sent), deaths, behind, flat, found, samples)


async def _look(bootstrap: str, workers: WorkerPool, every_s: float, over: asyncio.Event) -> list[Sample]:
    """A sample every `every_s` until the load is over."""
    watcher = FlowWatcher(bootstrap)
    await watcher.start()
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await reader.start()
    reader.assign([TopicPartition(topics.TONE.name, number) for number in range(PARTITIONS)])
    await reader.seek_to_end()
    began_s, samples = time.monotonic(), list[Sample]()
    try:
        while not over.is_set():
            await asyncio.sleep(every_s)
            flows = await watcher.look()
            memory, files = _processes(workers)
            lag = sum(group.lag or 0 for group in flows.groups)
            at_s = round(time.monotonic() - began_s, 1)
            samples.append(Sample(at_s, memory, files, lag, await _delay(reader)))
            _out.print(f"{at_s:7.1f} s  lag {lag}  delay {samples[-1].delay_s} s  {memory}")
    finally:
        await reader.stop()
        await watcher.stop()
    return samples


def _processes(workers: WorkerPool) -> tuple[dict[str, float], dict[str, int]]:
    memory: dict[str, float] = {}
    files: dict[str, int] = {}
    for name, worker in workers.workers.items():
        if worker.pid is not None:
            with contextlib.suppress(OSError):
                megabytes, files[name] = read_process(worker.pid)
                memory[name] = round(megabytes, 1)
    return memory, files


async def _delay(reader: AIOKafkaConsumer) -> float | None:
    """Median over the tones since the look before, from the end of the words to the record."""
    delays_s = []
    for records in (await reader.getmany(timeout_ms=200)).values():
        for one in records:
            event = decode_tone(one.value)
            if isinstance(event, Tone) and event.spoken_at_ms:
                delays_s.append((one.timestamp - event.spoken_at_ms) / 1000)
    return round(median(delays_s), 3) if delays_s else None
