"""A broker that is killed at a random moment of a monitor's start: does the monitor read, and how soon?

    .venv/bin/python tests/bench/joining.py [--times 20] [--seed 1]

One Apache Kafka, one monitor at a time. What is measured is the time from the broker's return until the monitor has
committed a record that was written then; a monitor that ended itself is started again, as a supervisor would.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import platform
import random
import sys
import time
from pathlib import Path
from statistics import median

from tonewatch.stream.bench.rig import Rig, house, scratch
from tonewatch.stream.codec import encode
from tonewatch.stream.kafka.clients import deliver
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.consumer_lag import FlowWatcher
from tonewatch.stream.local.servers import EmbeddedRedis
from tonewatch.stream.messages import CallOpened
from tonewatch.stream.topics import SEGMENTS

GIVE_UP_S = 120.0
BEGIN_S = (1.5, 6.0)
"""From the start of the process: its packages are read for the first second."""

AWAY_S = (0.5, 4.0)


async def committed_after_s(home: Rig, call_id: str) -> float:
    """Infinite where the record lies unread for GIVE_UP_S."""
    message = CallOpened(call_id=call_id, roles=("customer", "agent"), notice_given=True)
    began_s = time.monotonic()
    await deliver(home.producer, SEGMENTS.name, encode(message), key=call_id.encode())
    watcher = FlowWatcher(home.bootstrap)
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


async def measure(times: int, draw: random.Random, folder: Path) -> list[float]:
    found = []
    with ApacheKafka() as kafka, EmbeddedRedis() as redis:
        for number in range(times):
            async with house(kafka, redis, folder, [(f"monitor-{number}", "monitor")]) as home:
                await asyncio.sleep(draw.uniform(*BEGIN_S))
                await asyncio.to_thread(kafka.kill)
                await asyncio.sleep(draw.uniform(*AWAY_S))
                await asyncio.to_thread(kafka.revive)
                found.append(await committed_after_s(home, f"call-{number}"))
                deaths = home.workers.unasked_deaths()
            sys.stdout.write(f"{number}: {found[-1]:.1f} s, ended by itself {deaths} times\n")
            sys.stdout.flush()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with scratch() as folder:
        found = asyncio.run(measure(options.times, random.Random(options.seed), folder))
    read = sorted(one for one in found if one < GIVE_UP_S)
    sys.stdout.write(f"{platform.machine()}, Python {platform.python_version()}: {len(read)} of {len(found)} read")
    sys.stdout.write(f", median {median(read):.1f} s, at most {read[-1]:.1f} s\n" if read else "\n")


if __name__ == "__main__":
    main()
