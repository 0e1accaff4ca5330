"""`tonewatch bench garbage`: fuzzed records on every topic, fuzzed frames on every door, and floods, of a running rig.

Beside all of it good calls go on, some of them broken off in every way that the listener knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from aiokafka import AIOKafkaProducer
from rich.console import Console

from tonewatch.stream.bench.broken_calls import BrokenCalls, alerts_of, are_same, find_breaks
from tonewatch.stream.bench.doors import knock_http, knock_websocket, open_audio
from tonewatch.stream.bench.evidence import Evidence, gather
from tonewatch.stream.bench.flooding import FloodOutcome, archived_calls, flood, is_clean, measure, watch_memory
from tonewatch.stream.bench.fuzz import KINDS, Fuzzer, bomb, is_malformed
from tonewatch.stream.bench.load import Load, record
from tonewatch.stream.bench.rig import CHANGELOG, DRAIN_S, Rig, make_rig, scratch
from tonewatch.stream.demo.truth import DemoCalls, default_folder, find_calls
from tonewatch.stream.kafka.dead_letters import DeadLetter, letters
from tonewatch.stream.local.apache_kafka import ApacheKafka, find_jars
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis, free_port, port_is_busy
from tonewatch.stream.topics import TOPICS

TALKING_S = 15.0
"""Before the first flood: the good calls have tones by then."""

ROLES = ("listen", "monitor", "explain", "archive")
DOORS = ("websocket", "http", "audio")
SECONDS_EACH = 0.1
"""Time allowed for each input: a dead letter waits for Kafka, and up to three readers write one."""

BOMB_BYTES = 64 * 1_048_576
"""Of zeros, in a record of some kilobytes: eight times what a consumer unpacks."""

MEMORY_MB = 700.0
"""What no process may come to need, whatever is sent: a listener with its encoder has 200."""

GOOD_CALL = "billing_dispute"
BROKEN_CALL = "outage_interruptions"

MEANWHILE = 2
"""Good calls at once while the garbage is written."""

REFUSED = ("undecodable", "unknown_version", "too_large", "too_deep", "batch_too_large")
"""Reasons of a dead letter that say that the record itself is malformed."""

OUR_FAULT = "failed"
"""Reason of a dead letter whose record made our own code raise."""

Offset = tuple[str, int, int]
"""Of a record: topic, partition, offset."""

_out = Console(stderr=True, highlight=False, soft_wrap=True)


class GarbageReport(msgspec.Struct, kw_only=True):
    """`crashes` are processes that ended by themselves, `failed` records that made our code raise."""

    broker: str
    inputs: int
    per_target: dict[str, int]
    malformed: int
    malformed_without_letter: int
    wrong_dead_letters: int
    failed: int
    crashes: int
    hangs: int
    doors_wrong: int
    dead_letters: dict[str, int]
    bombs: int = 0
    good_calls: int = 0
    good_calls_lost: int = 0
    floods: list[FloodOutcome] = []
    broken_calls: int = 0
    broken_calls_different: list[str] = []
    most_memory_mb: dict[str, float] = {}

    @property
    def is_clean(self) -> bool:
        wrong = (self.malformed_without_letter, self.wrong_dead_letters, self.failed, self.crashes, self.hangs)
        return not (
            any(wrong)
            or self.doors_wrong
            or self.good_calls_lost
            or self.broken_calls_different
            or not all(is_clean(one) for one in self.floods)
            or any(size > MEMORY_MB for size in self.most_memory_mb.values())
        )


def garbage(
    count: Annotated[int, typer.Option(min=100, help="Inputs in all; a fifth of them on the doors.")] = 10_000,
    seed: Annotated[int, typer.Option(help="What is drawn.")] = 1,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the logs of all processes in this folder.")] = None,
) -> None:
    """Feed nonsense to every topic and door, and see that all of it is refused, counted, and stops nothing."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found, notes = asyncio.run(_run(count, seed, keep))
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    if json is not None:
        json.write_text(text + "\n")
    typer.echo(text)
    for note in notes[:20]:
        _out.print(note)
    if not found.is_clean:
        raise typer.Exit(1)


async def _run(count: int, seed: int, keep: Path | None) -> tuple[GarbageReport, list[str]]:
    with (
        scratch(keep) as folder,
        ApacheKafka() if find_jars() else EmbeddedBroker() as kafka,
        EmbeddedRedis() as redis,
    ):
        port, fuzzer = free_port(), Fuzzer(seed)
        workers = [(role, role) for role in (*ROLES, "dashboard")]
        # A call that says no more holds the commits of its partition until it is closed for that.
        environment = {"TONEWATCH_DASHBOARD_PORT": str(port), "TONEWATCH_CALL_IDLE_S": "20"}
        async with make_rig(kafka, redis, folder, workers, linger_ms=20, **environment) as rig:
            await rig.drained("before the first record")
            good, broken = await _good_calls(rig)
            written, most_mb = asyncio.Event(), dict[str, float]()
            watching = asyncio.create_task(watch_memory(rig.workers, most_mb))
            calling = asyncio.gather(good.keep_up(MEANWHILE, written), good.reference(), broken.send_all())
            await asyncio.sleep(TALKING_S)
            floods = await flood(rig, rig.producer, count)
            async with _wide_producer(kafka) as producer:
                bombs = await _bombs(producer)
                malformed, told = await _records(producer, fuzzer, count * 4 // 5)
            notes, knocked = await _doors(port, fuzzer, count - count * 4 // 5)
            written.set()
            await calling
            hangs = await _still_works(rig, DRAIN_S + SECONDS_EACH * count)
            watching.cancel()
            malformed |= bombs
            found = await gather(rig.bootstrap, CHANGELOG)
            archived = archived_calls(folder / "archive.db")
        dead = [letter async for letter in letters(kafka.bootstrap, TOPICS)]
        answered = _answered(dead, malformed, broken.refused)
        report = GarbageReport(
            broker="Apache Kafka" if isinstance(kafka, ApacheKafka) else "embedded",
            inputs=count,
            per_target=dict(told + knocked),
            malformed=len(malformed),
            malformed_without_letter=answered.missing,
            wrong_dead_letters=answered.wrong,
            failed=answered.failed,
            crashes=rig.workers.unasked_deaths(),
            hangs=hangs,
            doors_wrong=len(notes),
            dead_letters=answered.by_reason,
            bombs=len(bombs),
            good_calls=len(good.sent),
            good_calls_lost=_lost(found, good),
            floods=measure(floods, dead, found, [call.call_id for call in good.sent], archived),
            broken_calls=len(broken.sent),
            broken_calls_different=_different(found, good, broken),
            most_memory_mb=most_mb,
        )
        if not broken.breaks:
            notes.append(
                "no call was broken off: no package brings ways to do so (entry points tonewatch.discontinuities)"
            )
        return report, notes + answered.notes


@dataclass(frozen=True)
class _Answered:
    """What the dead-letter topics hold beside what was malformed."""

    missing: int
    wrong: int
    failed: int
    by_reason: dict[str, int]
    notes: list[str]


def _answered(found: Sequence[DeadLetter], malformed: set[Offset], refused: Container[bytes] = ()) -> _Answered:
    """`refused`: records of good calls that must be refused, wherever they came to lie."""
    without = malformed - {(letter.topic, letter.partition, letter.offset) for letter in found}
    decodable = [one for one in found if one.reason in REFUSED and one.value not in refused]
    wrong = [one for one in decodable if (one.topic, one.partition, one.offset) not in malformed]
    failed = [one for one in found if one.reason == OUR_FAULT]
    notes = [f"{one.topic} {one.name}: {one.error}" for one in (*wrong, *failed)]
    notes += [f"without a letter: {offset}" for offset in sorted(without)[:10]]
    by_reason = dict(Counter(f"{one.topic} {one.reason}" for one in found))
    return _Answered(len(without), len(wrong), len(failed), by_reason, notes)


@contextlib.asynccontextmanager
async def _wide_producer(kafka: ApacheKafka | EmbeddedBroker) -> AsyncIterator[AIOKafkaProducer]:
    """Takes records of any size, and packs them: what the topic bounds is the packed batch."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, compression_type="zstd", linger_ms=20, max_request_size=4 * BOMB_BYTES
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _bombs(producer: AIOKafkaProducer) -> set[Offset]:
    """Where they lie: one in each topic."""
    found = set()
    for topic in KINDS:
        written = await producer.send_and_wait(topic, bomb(BOMB_BYTES), key=b"x")
        found.add((topic, written.partition, written.offset))
    return found


async def _records(producer: AIOKafkaProducer, fuzzer: Fuzzer, count: int) -> tuple[set[Offset], Counter[str]]:
    """Where the malformed ones lie, and how many went to each topic."""
    malformed: set[Offset] = set()
    told: Counter[str] = Counter()
    waiting = []
    for number in range(count):
        topic = list(KINDS)[number % len(KINDS)]
        _, value = fuzzer.record(topic)
        sent = await producer.send(topic, value, key=fuzzer.key())
        waiting.append((topic, is_malformed(topic, value), sent))
        told[topic] += 1
        if len(waiting) == 100 or number == count - 1:
            for of, bad, delivery in waiting:
                written = await delivery
                if bad:
                    malformed.add((of, written.partition, written.offset))
            waiting.clear()
    return malformed, told


async def _doors(port: int, fuzzer: Fuzzer, count: int) -> tuple[list[str], Counter[str]]:
    """What went wrong, and how many knocked at each; without a built page the board has no doors."""
    whole = (await asyncio.to_thread((default_folder() / "calm_enquiry.flac").read_bytes))[:200_000]
    told: Counter[str] = Counter()
    notes = []
    doors = DOORS if port_is_busy(port) else ("audio",)
    for number in range(count):
        door = doors[number % len(doors)]
        told[door] += 1
        if door == "websocket":
            note = await knock_websocket(port, fuzzer)
        elif door == "http":
            note = await knock_http(port, fuzzer)
        else:
            note = await asyncio.to_thread(open_audio, whole, ".flac", fuzzer)
        notes += [note] if note else []
    return notes, told


async def _good_calls(rig: Rig) -> tuple[Load, BrokenCalls]:
    """A call in real time, and the one that is broken off in every way."""
    known = find_calls(default_folder())
    good, breaking = [
        await record(DemoCalls(tuple(f for f in known.files if f.stem == stem), known.truths, known.about))
        for stem in (GOOD_CALL, BROKEN_CALL)
    ]
    return Load(rig.producer, [*good, *breaking], 1), BrokenCalls(rig.producer, breaking[0], find_breaks())


def _lost(found: Evidence, load: Load) -> int:
    """Of the calls that were sent beside the garbage: those without an alert that was resolved."""
    alerts = [found.of(call.call_id).alerts for call in load.sent]
    return sum(not one or any(states[-1].state != "resolved" for states in one.values()) for one in alerts)


def _different(found: Evidence, load: Load, broken: BrokenCalls) -> list[str]:
    """The ways in which a call was broken off and judged as the undisturbed one was not."""
    whole = next(call.call_id for call in load.sent if call.call_id == f"{BROKEN_CALL}-reference")
    expected = alerts_of(found.of(whole))
    return [
        f"{way}: {alerts}, not {expected}"
        for way, call_id in broken.sent.items()
        if not are_same(alerts := alerts_of(found.of(call_id)), expected)
    ]


async def _still_works(rig: Rig, bound_s: float) -> int:
    """All of it is read, and a good call still goes through; otherwise something hangs."""
    hangs = int(await rig.drained("after the last record", bound_s) > 0)
    load, _ = await _good_calls(rig)
    await load.reference("afterwards")
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        if not _lost(await gather(rig.bootstrap, CHANGELOG), load):
            return hangs
        await asyncio.sleep(2.0)
    _out.print(f"a good call did not come through; the processes: {', '.join(rig.workers.workers)}")
    return hangs + 1
