"""The floods of a garbage bench, one after the other, and what the good calls beside them felt of it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
from aiokafka import AIOKafkaProducer

from tonewatch.stream.bench.evidence import Evidence
from tonewatch.stream.bench.floods import FLOODS, Offset
from tonewatch.stream.bench.processes import WorkerPool
from tonewatch.stream.bench.rig import Rig
from tonewatch.stream.bench.soak import read_process
from tonewatch.stream.kafka.dead_letters import DeadLetter
from tonewatch.stream.local.consumer_lag import FlowWatcher
from tonewatch.stream.topics import ALERTS, CALLS, SEGMENTS

FLOOD_RECORDS: Final = 10_000
FELT_S: Final = 15.0
"""How long after its last record a flood is felt."""

DRAINED_S: Final = 120.0
A_RECORD_S: Final = 0.03
"""How long a flood may take until it was read, and so much more for each of its records: new calls are admitted at a
bounded rate, and ten thousand that nobody has heard of are judged one after the other."""

SETTLED_RECORDS: Final = 1_000
LATEST_TONE_S: Final = 3.0
"""From the end of the words to the tone, of a call that is heard while others flood."""

LOOK_EVERY_S: Final = 1.0


class FloodOutcome(msgspec.Struct, kw_only=True):
    """One flood. `refused`: dead letters by reason; `taken`: calls of it that were followed or shown.

    `good_tones` of good calls came while it was felt, the latest of them `latest_tone_s` after the words, the median
    `median_tone_s`. `unaccounted` records were neither refused nor is there anything of their call.
    """

    name: str
    records: int
    seconds: float
    refused: dict[str, int]
    taken: int
    unaccounted: int
    good_tones: int
    median_tone_s: float
    latest_tone_s: float
    left_unread: int


@dataclass
class Written:
    """A flood as it was written; times are the wall clock."""

    name: str
    records: list[tuple[Offset, str]] = field(default_factory=list)
    began_s: float = 0.0
    ended_s: float = 0.0
    left: int = 0


async def flood(
    rig: Rig, producer: AIOKafkaProducer, count: int, names: Sequence[str] = tuple(FLOODS)
) -> list[Written]:
    """Each of the floods, and the next one when it was read and is not felt any more."""
    done = []
    for name in names:
        written = Written(name, began_s=time.time())
        await _write(producer, written, min(count, FLOOD_RECORDS))
        written.ended_s = time.time()
        await asyncio.sleep(FELT_S)
        written.left = await _settled(rig, DRAINED_S + A_RECORD_S * len(written.records))
        done.append(written)
    return done


async def _settled(rig: Rig, bound_s: float) -> int:
    """Wait until the groups are near the ends of their topics; how many records they are not, after `bound_s`.

    Calls that go on hold some records back at all times: those of segments that are still open.
    """
    watcher = FlowWatcher(rig.bootstrap)
    await watcher.start()
    deadline = time.monotonic() + bound_s
    try:
        while True:
            flows = await watcher.look()
            left = sum(group.lag or 0 for group in flows.groups)
            if flows.groups and left <= SETTLED_RECORDS:
                return 0
            if time.monotonic() > deadline:
                return max(1, left)
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await watcher.stop()


async def _write(producer: AIOKafkaProducer, written: Written, count: int) -> None:
    waiting = []
    for one in FLOODS[written.name](count):
        waiting.append((one.call_id, await producer.send(one.topic, one.value, key=one.key)))
    for call_id, delivery in waiting:
        at = await delivery
        written.records.append(((at.topic, at.partition, at.offset), call_id))


def measure(
    floods: Sequence[Written],
    letters: Sequence[DeadLetter],
    found: Evidence,
    good: Sequence[str],
    archived: Collection[str] = (),
) -> list[FloodOutcome]:
    """What became of each, by what the topics hold after all of them. `good`: ids of the calls whose tones count;
    `archived`: those of the calls of whom the archive has an alert."""
    reasons = {(one.topic, one.partition, one.offset): one.reason for one in letters}
    # Of each topic by what its reader does: a flood's own records are no sign of anything.
    taken = {
        CALLS.name: {call_id for call_id, call in found.calls.items() if call.is_opened},
        SEGMENTS.name: {call_id for call_id, call in found.calls.items() if call.is_shown},
        ALERTS.name: set(archived),
    }
    return [_outcome(one, reasons, taken, _delays(found, good, one.began_s, one.ended_s + FELT_S)) for one in floods]


def _outcome(
    written: Written, reasons: dict[Offset, str], taken: dict[str, set[str]], delays_s: list[float]
) -> FloodOutcome:
    calls = {(offset[0], call_id) for offset, call_id in written.records}
    return FloodOutcome(
        name=written.name,
        records=len(written.records),
        seconds=round(written.ended_s - written.began_s, 1),
        refused=dict(Counter(reasons[offset] for offset, _ in written.records if offset in reasons)),
        taken=sum(call_id in taken[topic] for topic, call_id in calls),
        unaccounted=sum(
            offset not in reasons and call_id not in taken[offset[0]] for offset, call_id in written.records
        ),
        good_tones=len(delays_s),
        median_tone_s=round(median(delays_s), 2) if delays_s else 0.0,
        latest_tone_s=round(max(delays_s, default=0.0), 2),
        left_unread=written.left,
    )


def archived_calls(database: Path) -> set[str]:
    """The calls of whom an archive in SQLite has an alert."""
    with contextlib.closing(sqlite3.connect(database)) as link:
        return {str(call_id) for (call_id,) in link.execute("SELECT DISTINCT call_id FROM alerts")}


def _delays(found: Evidence, good: Sequence[str], from_s: float, to_s: float) -> list[float]:
    """Of the words that were spoken in this time: how long until their first tone was written."""
    tones = (counted[0] for call_id in good for counted in found.of(call_id).counted.values())
    return [one.written_at_s - one.spoken_at_s for one in tones if from_s <= one.spoken_at_s <= to_s]


def is_clean(one: FloodOutcome) -> bool:
    """All of it accounted for and read, and the good calls did not wait."""
    return not one.unaccounted and not one.left_unread and one.good_tones > 0 and one.latest_tone_s < LATEST_TONE_S


async def watch_memory(workers: WorkerPool, most_mb: dict[str, float]) -> None:
    """Until cancelled: the most resident memory of each process, into `most_mb`."""
    while True:
        for name, worker in workers.workers.items():
            if worker.pid is not None:
                with contextlib.suppress(OSError):
                    most_mb[name] = max(most_mb.get(name, 0.0), round(read_process(worker.pid)[0], 1))
        await asyncio.sleep(LOOK_EVERY_S)
