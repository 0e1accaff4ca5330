"""`tonewatch bench garbage`: fuzzed records on every topic and fuzzed frames on every door of a running rig."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from aiokafka import AIOKafkaProducer
from rich.console import Console

from tonewatch.stream.bench.doors import knock_http, knock_websocket, open_audio
from tonewatch.stream.bench.evidence import gather
from tonewatch.stream.bench.fuzz import KINDS, Fuzzer, bomb, is_malformed
from tonewatch.stream.bench.load import Load, record
from tonewatch.stream.bench.rig import CHANGELOG, DRAIN_S, Rig, make_rig, scratch
from tonewatch.stream.demo.truth import DemoCalls, default_folder, find_calls
from tonewatch.stream.kafka.dead_letters import letters
from tonewatch.stream.local.apache_kafka import ApacheKafka, find_jars
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis, free_port, port_is_busy
from tonewatch.stream.topics import TOPICS

ROLES = ("listen", "monitor", "explain", "archive")
DOORS = ("websocket", "http", "audio")
SECONDS_EACH = 0.1
"""Time allowed for each input: a dead letter waits for Kafka, and up to three readers write one."""

BOMB_BYTES = 64 * 1_048_576
"""Of zeros, in a record of some kilobytes: eight times what a consumer unpacks."""

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
    wrong = (found.malformed_without_letter, found.wrong_dead_letters, found.failed, found.crashes, found.hangs)
    if any(wrong) or found.doors_wrong or found.good_calls_lost:
        raise typer.Exit(1)


async def _run(count: int, seed: int, keep: Path | None) -> tuple[GarbageReport, list[str]]:
    with (
        scratch(keep) as folder,
        ApacheKafka() if find_jars() else EmbeddedBroker() as kafka,
        EmbeddedRedis() as redis,
    ):
        port, fuzzer = free_port(), Fuzzer(seed)
        workers = [(role, role) for role in (*ROLES, "dashboard")]
        async with make_rig(kafka, redis, folder, workers, linger_ms=20, TONEWATCH_DASHBOARD_PORT=str(port)) as rig:
            await rig.drained("before the first record")
            good = await _good_calls(rig)
            written = asyncio.Event()
            calling = asyncio.create_task(good.keep_up(MEANWHILE, written))
            async with _wide_producer(kafka) as producer:
                bombs = await _bombs(producer)
                malformed, told = await _records(producer, fuzzer, count * 4 // 5)
            notes, knocked = await _doors(port, fuzzer, count - count * 4 // 5)
            written.set()
            await calling
            hangs = await _still_works(rig, DRAIN_S + SECONDS_EACH * count)
            lost = await _lost(rig, good)
            malformed |= bombs
        answered = await _letters(kafka.bootstrap, malformed)
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
            good_calls_lost=lost,
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


async def _letters(bootstrap: str, malformed: set[Offset]) -> _Answered:
    found = [letter async for letter in letters(bootstrap, TOPICS)]
    without = malformed - {(letter.topic, letter.partition, letter.offset) for letter in found}
    decodable = [one for one in found if one.reason in REFUSED]
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


async def _good_calls(rig: Rig) -> Load:
    known = find_calls(default_folder())
    one = DemoCalls(tuple(f for f in known.files if f.stem == "billing_dispute"), known.truths, known.about)
    return Load(rig.producer, await record(one), 1)


async def _lost(rig: Rig, load: Load) -> int:
    """Of the calls that were sent beside the garbage: those without an alert that was resolved."""
    heard = await gather(rig.bootstrap, CHANGELOG)
    found = [heard.of(call.call_id).alerts for call in load.sent]
    return sum(not alerts or any(states[-1].state != "resolved" for states in alerts.values()) for alerts in found)


async def _still_works(rig: Rig, bound_s: float) -> int:
    """All of it is read, and a good call still goes through; otherwise something hangs."""
    hangs = int(await rig.drained("after the last record", bound_s) > 0)
    load = await _good_calls(rig)
    await load.reference()
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        heard = (await gather(rig.bootstrap, CHANGELOG)).of(load.sent[0].call_id)
        if heard.alerts and all(states[-1].state == "resolved" for states in heard.alerts.values()):
            return hangs
        await asyncio.sleep(2.0)
    _out.print(f"a good call did not come through; the processes: {', '.join(rig.workers.workers)}")
    return hangs + 1
