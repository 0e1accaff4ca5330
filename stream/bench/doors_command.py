"""`tonewatch bench doors`: many calls at once through each door, at real speed; is anything late, or lost?

One embedded broker, one `tonewatch door` as a process of its own; the calls are played by this process. What is
measured at the end is the record in Kafka: how long after its last sample was spoken a consumer has it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer

from tonewatch.stream import topics
from tonewatch.stream.bench.soak import read_process
from tonewatch.stream.codec import decode_call
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.doors.audiohook.client import AudioHookClient
from tonewatch.stream.doors.freeswitch.client import FreeSwitchClient
from tonewatch.stream.doors.plain.client import PlainClient
from tonewatch.stream.doors.replay import plan
from tonewatch.stream.doors.simulate.client import Caller, Client
from tonewatch.stream.doors.simulate.play import Player
from tonewatch.stream.doors.simulate.source import Tick, ticks
from tonewatch.stream.doors.simulate.troubles import Troubles
from tonewatch.stream.doors.twilio.client import TwilioClient
from tonewatch.stream.kafka.clients import make_consumer
from tonewatch.stream.local.child import Child, tonewatch
from tonewatch.stream.local.servers import EmbeddedBroker, free_port
from tonewatch.stream.messages import AudioChunk, CallEnded, Codec, Role
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS

ROLES: tuple[Role, ...] = ("customer", "agent")
OPEN_S = 60.0
END_S = 60.0
STOP_S = 30.0

DOORS: dict[str, Callable[[Caller], Client]] = {
    "twilio": TwilioClient,
    "websocket": PlainClient,
    "audiohook": AudioHookClient,
    "freeswitch": FreeSwitchClient,
}


@dataclass
class Taken:
    """What came into Kafka, by call."""

    samples: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ended: set[str] = field(default_factory=set)
    delays_s: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """`seconds` of audio in each call. `lost`: samples that never came; `sent_late_s`: how late the players were."""

    calls: int
    seconds: float
    lost: int
    not_ended: int
    delays_s: list[float]
    sent_late_s: list[float]
    door_cpu_s: float
    door_mb: float


def doors(
    door: Annotated[list[str] | None, typer.Option(help=f"Only this one: {', '.join(DOORS)}; may be repeated.")] = None,
    calls: Annotated[int, typer.Option(min=1, help="Two-channel calls at once.")] = 100,
    seconds: Annotated[int, typer.Option(min=1, help="Of each call.")] = 20,
) -> None:
    """Play many calls at once through each door, and measure what is lost, how late it is and what it costs."""
    typer.echo(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    failed = False
    for name in door or DOORS:
        outcome = asyncio.run(measure(name, calls, seconds))
        failed = failed or bool(outcome.lost or outcome.not_ended)
        typer.echo(f"{name}: {described(outcome)}")
    if failed:
        raise typer.Exit(1)


def described(of: Outcome) -> str:
    cores = of.door_cpu_s / of.seconds
    return (
        f"{of.calls} calls of {of.seconds:.0f} s, {of.lost} samples lost, {of.not_ended} calls not ended; in Kafka "
        f"p50 {quantile(of.delays_s, 0.5):.3f} s, p95 {quantile(of.delays_s, 0.95):.3f} s, at most "
        f"{max(of.delays_s, default=0.0):.3f} s after the last sample of a chunk (the players themselves were p95 "
        f"{quantile(of.sent_late_s, 0.95):.3f} s late); the door used {cores:.2f} cores and {of.door_mb:.0f} MB"
    )


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


async def measure(name: str, calls: int, seconds: int) -> Outcome:
    """One door, with all calls beginning within a second."""
    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as folder:
        settings = KafkaSettings(kafka=broker.bootstrap, kafka_idempotent=False)
        await topics.apply(settings)
        port = free_port()
        at = {f"TONEWATCH_DOOR_{name.upper()}": f"127.0.0.1:{port}"}
        environment = {**os.environ, **broker.environment(), **at}
        child = Child(tonewatch("door"), Path(folder) / "door.log", env=environment)
        child.start()
        try:
            await _until_open(port, child)
            return await _played(name, f"ws://127.0.0.1:{port}/{name}", settings, child, calls, seconds)
        finally:
            await asyncio.to_thread(child.stop, STOP_S)


async def _played(name: str, url: str, settings: KafkaSettings, child: Child, calls: int, seconds: int) -> Outcome:
    codecs: tuple[Codec, ...] = ("mulaw", "pcm16")
    heard = {codec: _ticks(codec, seconds) for codec in codecs}
    players = {f"{name}-{number}": Player(url) for number in range(calls)}
    taken, reading = Taken(), make_consumer(settings, [CALLS.name], None)
    await reading.start()
    task = asyncio.create_task(_read(reading, taken, players))
    before_s = _cpu_s(child)

    async def one(call_id: str, number: int) -> None:
        await asyncio.sleep(number / calls)  # Spread over a second, as nobody's calls begin in one instant.
        client = DOORS[name](Caller(call_id, ROLES, notice_given=True))
        await players[call_id].play_ticks(heard[client.codec], client, Troubles())

    try:
        await asyncio.gather(*(one(call_id, number) for number, call_id in enumerate(players)))
        used_s, size_mb = _cpu_s(child) - before_s, read_process(child.pid or 0)[0]
        await _until_ended(taken, calls)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await reading.stop()
    expected = len(ROLES) * seconds * 8_000
    lost = sum(expected - taken.samples[call_id] for call_id in players)
    late_s = [late for player in players.values() for late in player.late_s]
    return Outcome(calls, seconds, lost, calls - len(taken.ended), taken.delays_s, late_s, used_s, size_mb)


def _ticks(codec: Codec, seconds: int) -> list[Tick]:
    file = next(path for path in find_calls(default_folder()).files if path.stem == "billing_dispute")
    of = plan(file, roles=ROLES, about=None, notice_given=True, suffix="x")
    found = []
    for tick in ticks(of, codec):
        if tick.at_ms >= 1_000 * seconds:
            break
        found.append(tick)
    return found


async def _read(consumer: AIOKafkaConsumer, taken: Taken, players: dict[str, Player]) -> None:
    async for record in consumer:
        message = decode_call(record.value)
        if isinstance(message, CallEnded):
            taken.ended.add(message.call_id)
        elif isinstance(message, AudioChunk):
            samples = len(message.payload) // (2 if message.codec == "pcm16" else 1)
            taken.samples[message.call_id] += samples
            spoken_s = players[message.call_id].began_s + (message.start_ms + samples / 8) / 1_000
            taken.delays_s.append(time.monotonic() - spoken_s)


async def _until_ended(taken: Taken, calls: int) -> None:
    deadline_s = time.monotonic() + END_S
    while len(taken.ended) < calls and time.monotonic() < deadline_s:
        await asyncio.sleep(0.1)


async def _until_open(port: int, child: Child) -> None:
    async with asyncio.timeout(OPEN_S):
        while child.alive():
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
    raise typer.BadParameter(f"the door did not open: {child.last_words()}")


def _cpu_s(child: Child) -> float:
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
