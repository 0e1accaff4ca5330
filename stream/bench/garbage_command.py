"""`tonewatch bench garbage`: fuzzed records on every topic, fuzzed frames on every door, and floods, of a running rig.

Beside all of it good calls go on, some of them broken off in every way that the listener knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from aiokafka import AIOKafkaProducer
from rich.console import Console

from tonewatch.stream.bench.broken_calls import BrokenCalls, alerts_of, are_same, find_breaks
from tonewatch.stream.bench.doors import knock_http, knock_websocket, open_audio
from tonewatch.stream.bench.evidence import Evidence, gather
from tonewatch.stream.bench.flooding import archived_calls, flood, measure, watch_memory
from tonewatch.stream.bench.floods import FLOODS
from tonewatch.stream.bench.fuzz import KINDS, Fuzzer, bomb, is_malformed
from tonewatch.stream.bench.garbage_report import GarbageReport, Offset, answered
from tonewatch.stream.bench.load import Load, record
from tonewatch.stream.bench.rig import CHANGELOG, DRAIN_S, Rig, make_rig, scratch
from tonewatch.stream.demo.board_sign_in import sign_in
from tonewatch.stream.demo.truth import DemoCalls, default_folder, find_calls
from tonewatch.stream.kafka.dead_letters import letters
from tonewatch.stream.local.apache_kafka import ApacheKafka, find_jars
from tonewatch.stream.local.servers import HOST, EmbeddedBroker, EmbeddedRedis, free_port, port_is_busy
from tonewatch.stream.topics import TOPICS

TALKING_S = 15.0
"""Before the first flood: the good calls have tones by then."""

ROLES = ("listen", "monitor", "explain", "archive")
DOORS = ("websocket", "http", "audio")
SECONDS_EACH = 0.1
"""Time allowed for each input: a dead letter waits for Kafka, and up to three readers write one."""

BOMB_BYTES = 64 * 1_048_576
"""Of zeros, in a record of some kilobytes: eight times what a consumer unpacks."""

GOOD_CALL = "billing_dispute"
BROKEN_CALL = "outage_interruptions"

MEANWHILE = 2
"""Good calls at once while the garbage is written."""

_out = Console(stderr=True, highlight=False, soft_wrap=True)


def garbage(
    count: Annotated[int, typer.Option(min=100, help="Inputs in all; a fifth of them on the doors.")] = 10_000,
    seed: Annotated[int, typer.Option(help="What is drawn.")] = 1,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the logs of all processes in this folder.")] = None,
    only: Annotated[str | None, typer.Option("--flood", help="This flood alone, by its name, and no garbage.")] = None,
) -> None:
    """Feed nonsense to every topic and door, and see that all of it is refused, counted, and stops nothing."""
    if only is not None and only not in FLOODS:
        raise typer.BadParameter(f"{only!r} is no flood; there are {', '.join(FLOODS)}", param_hint="--flood")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found, notes = asyncio.run(_run(count, seed, keep, only))
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    if json is not None:
        json.write_text(text + "\n")
    typer.echo(text)
    for note in notes[:20]:
        _out.print(note)
    if not found.is_clean:
        raise typer.Exit(1)


async def _run(count: int, seed: int, keep: Path | None, only: str | None) -> tuple[GarbageReport, list[str]]:
    with (
        scratch(keep) as folder,
        ApacheKafka() if find_jars() else EmbeddedBroker() as kafka,
        EmbeddedRedis() as redis,
    ):
        port, fuzzer = free_port(), Fuzzer(seed)
        workers = [(role, role) for role in (*ROLES, "dashboard")]
        # A call that says no more holds the commits of its partition until it is closed for that.
        environment = {
            "TONEWATCH_DASHBOARD_PORT": str(port),
            "TONEWATCH_DASHBOARD_DEMO": "true",
            "TONEWATCH_CALL_IDLE_S": "20",
        }
        async with make_rig(kafka, redis, folder, workers, linger_ms=20, **environment) as rig:
            await rig.drained("before the first record")
            good, broken = await _good_calls(rig)
            written, most_mb = asyncio.Event(), dict[str, float]()
            watching = asyncio.create_task(watch_memory(rig.workers, most_mb))
            calling = asyncio.gather(good.keep_up(MEANWHILE, written), good.reference())
            await asyncio.sleep(TALKING_S)
            floods = await flood(rig, rig.producer, count, [only] if only else list(FLOODS))
            # After the floods: so many calls at once are more than a small machine hears in time.
            breaking = asyncio.gather(*([] if only else [broken.send_all()]))
            sent = _Sent() if only else await _nonsense(kafka, port, fuzzer, count)
            written.set()
            await asyncio.gather(calling, breaking)
            hangs = await _still_works(rig, DRAIN_S + SECONDS_EACH * count)
            watching.cancel()
            found = await gather(rig.bootstrap, CHANGELOG)
            archived = archived_calls(folder / "archive.db")
        dead = [letter async for letter in letters(kafka.bootstrap, TOPICS)]
        answers = answered(dead, sent.malformed, broken.refused)
        report = GarbageReport(
            broker="Apache Kafka" if isinstance(kafka, ApacheKafka) else "embedded",
            inputs=sum(sent.told.values()),
            per_target=dict(sent.told),
            malformed=len(sent.malformed),
            malformed_without_letter=answers.missing,
            wrong_dead_letters=answers.wrong,
            failed=answers.failed,
            crashes=rig.workers.unasked_deaths(),
            hangs=hangs,
            doors_wrong=len(sent.notes),
            dead_letters=answers.by_reason,
            bombs=sent.bombs,
            good_calls=len(good.sent),
            good_calls_lost=_lost(found, good),
            floods=measure(floods, dead, found, [call.call_id for call in good.sent], archived),
            broken_calls=len(broken.sent),
            broken_calls_different=_different(found, good, broken),
            most_memory_mb=most_mb,
        )
        notes = sent.notes + answers.notes
        if not broken.breaks:
            notes.append(
                "no call was broken off: no package brings ways to do so (entry points tonewatch.discontinuities)"
            )
        return report, notes


@dataclass(frozen=True)
class _Sent:
    """The nonsense: where the malformed records lie, how many went to each target, and what a door did wrong."""

    malformed: set[Offset] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    bombs: int = 0


async def _nonsense(kafka: ApacheKafka | EmbeddedBroker, port: int, fuzzer: Fuzzer, count: int) -> _Sent:
    async with _wide_producer(kafka) as producer:
        bombs = await _bombs(producer)
        malformed, told = await _records(producer, fuzzer, count * 4 // 5)
    notes, knocked = await _doors(port, fuzzer, count - count * 4 // 5)
    return _Sent(malformed | bombs, told + knocked, notes, len(bombs))


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
        sent = await producer.send(topic, value, key=fuzzer.key(topic, value))
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
    # What lies behind the sign-in is to be hit too.
    session = await sign_in(HOST, port) if port_is_busy(port) else ""
    for number in range(count):
        door = doors[number % len(doors)]
        told[door] += 1
        if door == "websocket":
            note = await knock_websocket(port, fuzzer, session)
        elif door == "http":
            note = await knock_http(port, fuzzer, session)
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
