"""`tonewatch bench doors`: many calls at once through each door, at real speed; is anything late, lost or changed?

One embedded broker, one `tonewatch door` as a process of its own; the calls are played by this process. What is
measured at the end is the record in Kafka: whether it holds the bytes of the file at the media time of the file, as a
replay writes them, and how long after its last sample was spoken a consumer has it. What a listener makes of the same
bytes is the same.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer

from tonewatch.stream import topics
from tonewatch.stream.bench.door_lines import AudioSocketLine, Line, RtpLine, WebSocketLine
from tonewatch.stream.bench.door_outcome import Cost, Outcome, Taken, described
from tonewatch.stream.bench.door_players import PlayedCall, all_at_once, play
from tonewatch.stream.bench.soak import read_process
from tonewatch.stream.codec import decode_call
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.audiohook.client import AudioHookClient
from tonewatch.stream.doors.freeswitch.client import FreeSwitchClient
from tonewatch.stream.doors.plain.client import PlainClient
from tonewatch.stream.doors.replay import plan
from tonewatch.stream.doors.simulate.client import Caller, Client
from tonewatch.stream.doors.simulate.source import TICK_MS, Tick, ticks
from tonewatch.stream.doors.twilio.client import TwilioClient
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import make_consumer
from tonewatch.stream.local.child import Child, tonewatch
from tonewatch.stream.local.servers import EmbeddedBroker, free_port
from tonewatch.stream.messages import Codec, Role
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS

ROLES: tuple[Role, ...] = ("customer", "agent")
HOST = "127.0.0.1"
ANNOUNCED = ("audiosocket", "rtp")
RTP_PORTS = (42_000, 43_998)
OPEN_S = 120.0
END_S = 120.0
STOP_S = 60.0
GRACE_S = 30
"""Of a call whose connection broke, on a machine that may be slow to connect again."""


@dataclass(frozen=True)
class At:
    """Where the door of one run listens."""

    port: int
    announce: int


MakeLine = Callable[[At, str, Sequence[Tick], int], Line]


@dataclass(frozen=True)
class Way:
    """How a door is played. `can_break`: its protocol says which call a second connection goes on with.

    `is_by_arrival`: its protocol says no time.
    """

    codec: Codec
    make: MakeLine
    can_break: bool = True
    is_by_arrival: bool = False


def _over_websocket(name: str, make: Callable[[Caller], Client]) -> MakeLine:
    def made(at: At, call_id: str, heard: Sequence[Tick], breaks_at: int) -> Line:
        client = make(Caller(call_id, ROLES, notice_given=True))
        return WebSocketLine(f"ws://{HOST}:{at.port}/{name}", client, heard, breaks_at)

    return made


def _over_audiosocket(at: At, call_id: str, heard: Sequence[Tick], _breaks_at: int) -> Line:
    return AudioSocketLine(_announcer(at), call_id, ROLES, HOST, at.port, heard)


def _over_rtp(at: At, call_id: str, heard: Sequence[Tick], _breaks_at: int) -> Line:
    return RtpLine(_announcer(at), call_id, ROLES, heard)


def _announcer(at: At) -> Announcer:
    return Announcer(f"http://{HOST}:{at.announce}")


DOORS: dict[str, Way] = {
    "twilio": Way("mulaw", _over_websocket("twilio", TwilioClient)),
    "audiohook": Way("mulaw", _over_websocket("audiohook", AudioHookClient)),
    "audiosocket": Way("pcm16", _over_audiosocket, is_by_arrival=True),
    "websocket": Way("pcm16", _over_websocket("websocket", PlainClient)),
    "rtp": Way("mulaw", _over_rtp, can_break=False, is_by_arrival=True),
    "freeswitch": Way("pcm16", _over_websocket("freeswitch", FreeSwitchClient), can_break=False, is_by_arrival=True),
}


@dataclass(frozen=True)
class Load:
    """`seconds` of each call; `a_second` of them begin; `breaks`: share of calls whose connection breaks once."""

    calls: int
    seconds: int
    a_second: float
    breaks: float
    seed: int


def doors(
    door: Annotated[list[str] | None, typer.Option(help=f"Only this one: {', '.join(DOORS)}; may be repeated.")] = None,
    calls: Annotated[int, typer.Option(min=1, help="Two-channel calls at once.")] = 100,
    seconds: Annotated[int, typer.Option(min=1, max=60, help="Of each call.")] = 30,
    a_second: Annotated[float, typer.Option(min=0.1, help="So many calls begin in a second.")] = 10.0,
    breaks: Annotated[float, typer.Option(min=0, max=1, help="Share of calls whose connection breaks once.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Of which break, and when.")] = 1,
) -> None:
    """Play many calls at once through each door, and measure what is lost, how late it is and what it costs."""
    if strange := set(door or ()) - DOORS.keys():
        raise SettingsError(f"--door: '{strange.pop()}' is none of {', '.join(DOORS)}.")
    typer.echo(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    failed = False
    for name in door or DOORS:
        outcome = asyncio.run(measure(name, Load(calls, seconds, a_second, breaks, seed)))
        failed = failed or not outcome.is_good
        typer.echo(f"{name}: {described(outcome)}")
    if failed:
        raise typer.Exit(1)


async def measure(name: str, load: Load) -> Outcome:
    """One door in a process of its own, beside a broker that begins empty."""
    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as folder:
        settings = KafkaSettings(kafka=broker.bootstrap, kafka_idempotent=False)
        await topics.apply(settings)
        at = At(free_port(), free_port())
        environment = {**os.environ, **broker.environment(), **_environment(name, at)}
        child = Child(tonewatch("door"), Path(folder) / "door.log", env=environment)
        child.start()
        try:
            await _until_open(at.announce if name in ANNOUNCED else at.port, child)
            return await _played(name, at, settings, child, load)
        finally:
            await asyncio.to_thread(child.stop, STOP_S)


def _environment(name: str, at: At) -> dict[str, str]:
    address = f"{HOST}:{RTP_PORTS[0]}-{RTP_PORTS[1]}" if name == "rtp" else f"{HOST}:{at.port}"
    announced = {"TONEWATCH_DOOR_ANNOUNCE": f"{HOST}:{at.announce}"} if name in ANNOUNCED else {}
    return {f"TONEWATCH_DOOR_{name.upper()}": address, "TONEWATCH_DOOR_GRACE_S": str(GRACE_S), **announced}


def made(name: str, at: At, load: Load) -> tuple[list[PlayedCall], list[bytes]]:
    """All calls with everything that they send, and the bytes that each channel must have in Kafka."""
    way, draw = DOORS[name], random.Random(load.seed)
    heard = _ticks(way.codec, load.seconds)
    found = []
    for number in range(load.calls):
        breaks = way.can_break and len(heard) > 2 and draw.random() < load.breaks
        breaks_at = draw.randrange(1, len(heard) - 1) if breaks else -1
        call_id = f"{name}-{number}"
        found.append(PlayedCall(call_id, way.make(at, call_id, heard, breaks_at), len(heard), breaks_at))
    return found, [b"".join(tick.parts[channel] for tick in heard) for channel in range(len(ROLES))]


async def _played(name: str, at: At, settings: KafkaSettings, child: Child, load: Load) -> Outcome:
    calls, expected = made(name, at, load)
    broken = frozenset(call.call_id for call in calls if call.breaks_at >= 0)
    taken, reading = Taken(expected), make_consumer(settings, [CALLS.name], None)
    await reading.start()
    used: list[tuple[float, float, float]] = []
    tasks = [
        asyncio.create_task(_read(reading, taken, {call.call_id: call for call in calls})),
        asyncio.create_task(_watch(child, used)),
    ]
    try:
        await play(calls, apart_s=1 / load.a_second)
        failed = {call.call_id: call.failed for call in calls if call.failed}
        await _until_ended(taken, {call.call_id for call in calls} - failed.keys())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await reading.stop()
    late_s = [late for call in calls for late in call.late_s]
    opened_in_s = [call.opened_in_s for call in calls]
    ids = [call.call_id for call in calls]
    cost = _cost(used, *all_at_once(calls))
    return Outcome(ids, taken, failed, broken, opened_in_s, late_s, cost, DOORS[name].is_by_arrival)


def _ticks(codec: Codec, seconds: int) -> list[Tick]:
    file = next(path for path in find_calls(default_folder()).files if path.stem == "billing_dispute")
    of = plan(file, roles=ROLES, about=None, notice_given=True, suffix="x")
    found = [tick for tick in ticks(of, codec) if tick.at_ms < 1_000 * seconds]
    assert len(found) == seconds * 1_000 // TICK_MS
    return found


async def _read(consumer: AIOKafkaConsumer, taken: Taken, calls: dict[str, PlayedCall]) -> None:
    async for record in consumer:
        message = decode_call(record.value)
        taken.take(message, time.monotonic(), calls[message.call_id].began_s)


async def _watch(child: Child, used: list[tuple[float, float, float]]) -> None:
    """When, how many seconds of a CPU the door has used until then, and its memory in MB."""
    while child.pid is not None:
        used.append((time.monotonic(), _cpu_s(child.pid), read_process(child.pid)[0]))
        await asyncio.sleep(0.5)


def _cost(used: Sequence[tuple[float, float, float]], begin_s: float, end_s: float) -> Cost | None:
    within = [one for one in used if begin_s <= one[0] <= end_s]
    if len(within) < 2:
        return None
    (first_s, first_cpu_s, _), (last_s, last_cpu_s, megabytes) = within[0], within[-1]
    return Cost(last_s - first_s, (last_cpu_s - first_cpu_s) / (last_s - first_s), megabytes)


async def _until_ended(taken: Taken, calls: set[str]) -> None:
    deadline_s = time.monotonic() + END_S
    while calls - taken.ended.keys() and time.monotonic() < deadline_s:
        await asyncio.sleep(0.1)


async def _until_open(port: int, child: Child) -> None:
    async with asyncio.timeout(OPEN_S):
        while child.alive():
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
    raise SettingsError(f"the door did not open: {child.last_words()}")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
