"""`tonewatch bench joining`: a broker is killed at a random moment of a monitor's start; how soon does it read?

One Apache Kafka, one monitor at a time. What is measured is the time from the broker's return until the monitor has
committed a record that was written then; a monitor that ended itself is started again, as a supervisor would.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import random
import time
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from tonewatch.stream.bench.rig import Rig, make_rig, scratch
from tonewatch.stream.codec import encode
from tonewatch.stream.kafka.clients import deliver
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.consumer_lag import FlowWatcher
from tonewatch.stream.local.servers import EmbeddedRedis
from tonewatch.stream.messages import CallAttributes, CallOpened
from tonewatch.stream.topics import SEGMENTS

GIVE_UP_S = 120.0
BEGIN_S = (1.5, 6.0)
"""From the start of the process: its packages are read for the first second."""

AWAY_S = (0.5, 4.0)


def joining(
    times: Annotated[int, typer.Option(min=1, help="Monitors that are started, one after the other.")] = 20,
    seed: Annotated[int, typer.Option(help="Which moments are drawn.")] = 1,
) -> None:
    """Kill the broker while a monitor joins its group, and measure how soon the monitor reads after its return."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # It says much while there is no broker.
    with scratch() as folder:
        found = asyncio.run(_measure(times, random.Random(seed), folder))
    read = sorted(one for one in found if one < GIVE_UP_S)
    how_soon = f", median {median(read):.1f} s, at most {read[-1]:.1f} s" if read else ""
    typer.echo(f"{platform.machine()}, Python {platform.python_version()}: {len(read)} of {len(found)} read{how_soon}")
    if len(read) < len(found):
        raise typer.Exit(1)


async def _measure(times: int, draw: random.Random, folder: Path) -> list[float]:
    found = []
    with ApacheKafka() as kafka, EmbeddedRedis() as redis:
        for number in range(times):
            async with make_rig(kafka, redis, folder, [(f"monitor-{number}", "monitor")]) as rig:
                await asyncio.sleep(draw.uniform(*BEGIN_S))
                await asyncio.to_thread(kafka.kill)
                await asyncio.sleep(draw.uniform(*AWAY_S))
                await asyncio.to_thread(kafka.revive)
                found.append(await _committed_after_s(rig, f"call-{number}"))
                deaths = rig.workers.unasked_deaths()
            typer.echo(f"{number}: {found[-1]:.1f} s, ended by itself {deaths} times")
    return found


async def _committed_after_s(rig: Rig, call_id: str) -> float:
    """Infinite where the record lies unread for GIVE_UP_S."""
    message = CallOpened(call_id=call_id, call=CallAttributes(roles=("customer", "agent")), notice_given=True)
    began_s = time.monotonic()
    await deliver(rig.producer, SEGMENTS.name, encode(message), key=call_id.encode())
    watcher = FlowWatcher(rig.bootstrap)
    await watcher.start()
    try:
        while time.monotonic() - began_s < GIVE_UP_S:
            groups = {group.name: group for group in (await watcher.look()).groups}
            if "tonewatch-monitor" in groups and groups["tonewatch-monitor"].lag == 0:
                return time.monotonic() - began_s
            await asyncio.sleep(0.2)
    finally:
        await watcher.stop()
    return float("inf")
