"""`tonewatch bench garbage`: fuzzed records on every topic and fuzzed frames on every door of a running house."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from tonewatch.stream import topics
from tonewatch.stream.apache_kafka import ApacheKafka, find_jars
from tonewatch.stream.bench.crew import Crew
from tonewatch.stream.bench.doors import knock_http, knock_websocket, open_audio
from tonewatch.stream.bench.evidence import gather
from tonewatch.stream.bench.fuzz import KINDS, Fuzzer, is_malformed
from tonewatch.stream.bench.kill_command import APP_ID, CHANGELOG, DRAIN_S, house_environment, settled
from tonewatch.stream.bench.load import Load, record
from tonewatch.stream.dead_letters import letters
from tonewatch.stream.demo.truth import DemoCalls, default_folder, find_calls
from tonewatch.stream.embedded import EmbeddedBroker, EmbeddedRedis, free_port, port_is_busy
from tonewatch.stream.kafka import make_producer, start
from tonewatch.stream.monitor import TABLE
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import TOPICS

ROLES = ("listen", "monitor", "explain", "archive")
DOORS = ("websocket", "http", "audio")
SECONDS_EACH = 0.1
"""Patience for each input: a dead letter waits for Kafka, and up to three readers write one."""

OUR_FAULT = "failed"
"""Reason of a dead letter whose record made our own code raise."""

Place = tuple[str, int, int]

_out = Console(stderr=True, highlight=False, soft_wrap=True)


class Report(msgspec.Struct, kw_only=True):
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
    if any(wrong) or found.doors_wrong:
        raise typer.Exit(1)


async def _run(count: int, seed: int, keep: Path | None) -> tuple[Report, list[str]]:
    folder = Path(tempfile.mkdtemp(prefix="tonewatch-bench-"))
    try:
        with ApacheKafka() if find_jars() else EmbeddedBroker() as kafka, EmbeddedRedis() as redis:
            name = "Apache Kafka" if isinstance(kafka, ApacheKafka) else "embedded"
            env = house_environment({**kafka.environment(), **redis.environment()}, folder)
            return await _feed(count, seed, name, kafka.bootstrap, env, folder)
    finally:
        if keep is not None:
            shutil.copytree(folder, keep, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _feed(
    count: int, seed: int, name: str, bootstrap: str, env: dict[str, str], folder: Path
) -> tuple[Report, list[str]]:
    extra = topics.changelog_topics(APP_ID, (TABLE,))
    await topics.apply(bootstrap, partitions=int(env["TONEWATCH_KAFKA_PARTITIONS"]), replication=1, extra=extra)
    port = free_port()
    crew = Crew({**env, "TONEWATCH_DASHBOARD_PORT": str(port)}, folder)
    for role in (*ROLES, "dashboard"):
        crew.hire(role, role)
    fuzzer = Fuzzer(seed)
    try:
        await settled(bootstrap, "before the first record")
        malformed, told = await _records(bootstrap, env, fuzzer, count * 4 // 5)
        notes, knocked = await _doors(port, fuzzer, count - count * 4 // 5)
        hangs = await _still_works(bootstrap, env, crew, DRAIN_S + SECONDS_EACH * count)
    finally:
        await crew.close()
    found = [letter async for letter in letters(bootstrap, TOPICS)]
    named = {(letter.topic, letter.partition, letter.offset) for letter in found}
    decodable = [one for one in found if one.reason in ("undecodable", "unknown_version")]
    wrong = [one for one in decodable if (one.topic, one.partition, one.offset) not in malformed]
    failed = [one for one in found if one.reason == OUR_FAULT]
    notes += [f"{one.topic} {one.name}: {one.error}" for one in (*wrong, *failed)]
    notes += [f"without a letter: {place}" for place in sorted(malformed - named)[:10]]
    report = Report(
        broker=name,
        inputs=count,
        per_target=dict(told + knocked),
        malformed=len(malformed),
        malformed_without_letter=len(malformed - named),
        wrong_dead_letters=len(wrong),
        failed=len(failed),
        crashes=crew.unasked_deaths(),
        hangs=hangs,
        doors_wrong=sum(1 for note in notes if note.startswith(DOORS)),
        dead_letters=dict(Counter(f"{one.topic} {one.reason}" for one in found)),
    )
    return report, notes


async def _records(bootstrap: str, env: dict[str, str], fuzzer: Fuzzer, count: int) -> tuple[set[Place], Counter[str]]:
    """Where the malformed ones lie, and how many went to each topic."""
    idempotent = env["TONEWATCH_KAFKA_IDEMPOTENT"] == "true"
    producer = make_producer(KafkaSettings(kafka=bootstrap, kafka_idempotent=idempotent), linger_ms=20)
    await start(producer, KafkaSettings(kafka=bootstrap))
    malformed: set[Place] = set()
    told: Counter[str] = Counter()
    waiting = []
    try:
        for number in range(count):
            topic = list(KINDS)[number % len(KINDS)]
            _, value = fuzzer.record(topic)
            sent = await producer.send(topic, value, key=fuzzer.key())
            waiting.append((topic, is_malformed(topic, value), sent))
            told[topic] += 1
            if len(waiting) == 500 or number == count - 1:
                for of, bad, delivery in waiting:
                    written = await delivery
                    if bad:
                        malformed.add((of, written.partition, written.offset))
                waiting.clear()
    finally:
        await producer.stop()
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


async def _still_works(bootstrap: str, env: dict[str, str], crew: Crew, patience_s: float) -> int:
    """All of it is read, and a good call still goes through; otherwise something hangs."""
    hangs = int(await settled(bootstrap, "after the last record", patience_s) > 0)
    known = find_calls(default_folder())
    one = DemoCalls(tuple(f for f in known.files if f.stem == "billing_dispute"), known.truths, known.about)
    idempotent = env["TONEWATCH_KAFKA_IDEMPOTENT"] == "true"
    producer = make_producer(KafkaSettings(kafka=bootstrap, kafka_idempotent=idempotent))
    await start(producer, KafkaSettings(kafka=bootstrap))
    load = Load(producer, await record(one), 1)
    try:
        await load.reference()
    finally:
        with contextlib.suppress(TimeoutError):
            await producer.stop()
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        heard = (await gather(bootstrap, CHANGELOG)).of(load.sent[0].call_id)
        if heard.alerts and all(states[-1].state == "resolved" for states in heard.alerts.values()):
            return hangs
        await asyncio.sleep(2.0)
    _out.print(f"a good call did not come through; the processes: {', '.join(crew.workers)}")
    return hangs + 1
