"""`tonewatch door`: live calls in from telephony systems, through any number of doors in one process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, Protocol

import typer
import uvloop

from tonewatch.stream import access, topics
from tonewatch.stream.audit.role_start import tell_start
from tonewatch.stream.doors.audiohook.session import AudioHookDoor
from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.doors.dead_frames import DeadFrames
from tonewatch.stream.doors.freeswitch.session import FreeSwitchDoor
from tonewatch.stream.doors.leg_doors import leg_listeners, legs_at
from tonewatch.stream.doors.live_calls import LiveCalls
from tonewatch.stream.doors.livekit.session import LiveKitDoor
from tonewatch.stream.doors.opening import limits, listeners, websockets_at
from tonewatch.stream.doors.plain.session import PlainDoor
from tonewatch.stream.doors.session import WebSocketProtocol
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.tls import ServerCertificate, server_certificate
from tonewatch.stream.doors.twilio.session import TwilioDoor
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.service.logs import configure
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel, done_before, stop_on_signals
from tonewatch.stream.settings import DoorSettings, load

log = logging.getLogger(__name__)

BEAT_S = 1.0
LAST_WRITES_S = 20.0
"""At a stop, so long may Kafka take for what was already received."""

OPTIONS = "--twilio, --audiohook, --freeswitch, --livekit, --websocket, or --announce with --audiosocket or --rtp"

PROTOCOLS: dict[str, WebSocketProtocol] = {
    "door_twilio": TwilioDoor(),
    "door_audiohook": AudioHookDoor(),
    "door_freeswitch": FreeSwitchDoor(),
    "door_livekit": LiveKitDoor(),
    "door_websocket": PlainDoor(),
}
"""Doors on websockets, by the setting that holds their address."""


class Listener(Protocol):
    """Where calls come in; a list of them makes a process."""

    async def start(self) -> None: ...

    async def drain(self) -> None: ...

    async def stop(self) -> None: ...

    def __len__(self) -> int: ...


def door(
    twilio: Annotated[
        str | None, typer.Option(help="host:port for Twilio's media streams. [env: TONEWATCH_DOOR_TWILIO]")
    ] = None,
    audiohook: Annotated[
        str | None, typer.Option(help="host:port for Genesys AudioHook. [env: TONEWATCH_DOOR_AUDIOHOOK]")
    ] = None,
    freeswitch: Annotated[
        str | None,
        typer.Option(help="host:port for FreeSWITCH's and jambonz' streams. [env: TONEWATCH_DOOR_FREESWITCH]"),
    ] = None,
    livekit: Annotated[
        str | None, typer.Option(help="host:port for LiveKit's track egress. [env: TONEWATCH_DOOR_LIVEKIT]")
    ] = None,
    websocket: Annotated[
        str | None, typer.Option(help="host:port for plain websockets. [env: TONEWATCH_DOOR_WEBSOCKET]")
    ] = None,
    audiosocket: Annotated[
        str | None, typer.Option(help="host:port for Asterisk's AudioSocket. [env: TONEWATCH_DOOR_AUDIOSOCKET]")
    ] = None,
    rtp: Annotated[str | None, typer.Option(help="host:first-last for RTP. [env: TONEWATCH_DOOR_RTP]")] = None,
    announce: Annotated[
        str | None, typer.Option(help="host:port where their calls are announced. [env: TONEWATCH_DOOR_ANNOUNCE]")
    ] = None,
    secrets_file: Annotated[
        str | None, typer.Option(help="Who may use which door. [env: TONEWATCH_DOOR_SECRETS_FILE]")
    ] = None,
    certificate_file: Annotated[
        str | None, typer.Option(help="PEM, with its chain. [env: TONEWATCH_DOOR_CERTIFICATE_FILE]")
    ] = None,
    key_file: Annotated[str | None, typer.Option(help="PEM. [env: TONEWATCH_DOOR_KEY_FILE]")] = None,
    kafka: KafkaOption = None,
) -> None:
    """Take live calls in from telephony systems; several doors may share one address, by their paths."""
    settings = load(
        DoorSettings,
        kafka=kafka,
        door_twilio=twilio,
        door_audiohook=audiohook,
        door_freeswitch=freeswitch,
        door_livekit=livekit,
        door_websocket=websocket,
        door_audiosocket=audiosocket,
        door_rtp=rtp,
        door_announce=announce,
        door_secrets_file=secrets_file,
        door_certificate_file=certificate_file,
        door_key_file=key_file,
    )
    configure("door", settings.log_level)
    # Ten thousand reads a second: asyncio's own loop spends a third of a core on the buffers that they are read into.
    uvloop.run(telling_refusals(settings, run(settings)))


async def run(settings: DoorSettings, stop: asyncio.Event | None = None) -> None:
    """Until SIGINT or SIGTERM, or until `stop` is set.

    Raises:
        SettingsError: no door is to be opened, or one would not be safe.
        BrokerError: Kafka refuses what is written.
    """
    metrics = Metrics()
    metrics.serve(settings.metrics_port, "door", settings.metrics_host)
    certificate = _certificate(settings)
    _check(settings, certificate)
    stop = stop or stop_on_signals()
    if not await done_before(stop, topics.apply(settings, needed=access.topics_of("door"))):
        return
    writer = CallWriter(settings, gives_up=False)
    async with AsyncExitStack() as opened:
        if await done_before(stop, opened.enter_async_context(writer)):
            tell_start(settings, "door", metrics)
            await _carry(settings, writer, metrics, certificate, stop)


async def _carry(
    settings: DoorSettings,
    writer: CallWriter,
    metrics: Metrics,
    certificate: ServerCertificate | None,
    stop: asyncio.Event,
) -> None:
    live = LiveCalls(writer.deliver, metrics, grace_s=settings.door_grace_s)
    metrics.health.needs("kafka", live.why_not_writing)
    tools = DoorTools(live, DeadFrames(writer.producer, metrics), limits(settings), metrics)
    opened = _opened(settings, tools, certificate)
    following = [asyncio.create_task(certificate.follow())] if certificate is not None else []
    try:
        await serve(opened, live, stop, metrics, drain_s=settings.door_drain_s, doors=doors_of(settings))
    finally:
        await cancel(following)


def _certificate(settings: DoorSettings) -> ServerCertificate | None:
    if bool(settings.door_certificate_file) != bool(settings.door_key_file):
        raise SettingsError(
            "A certificate needs its key: set both TONEWATCH_DOOR_CERTIFICATE_FILE and TONEWATCH_DOOR_KEY_FILE."
        )
    if not settings.door_certificate_file:
        return None
    return server_certificate(settings.door_certificate_file, settings.door_key_file)


def _opened(settings: DoorSettings, tools: DoorTools, certificate: ServerCertificate | None) -> list[Listener]:
    """All doors that have an address. A door with a transport of its own adds its listener here."""
    tls = certificate.context if certificate is not None else None
    return [*listeners(settings, PROTOCOLS, tools, tls), *leg_listeners(settings, tools, tls)]


def _check(settings: DoorSettings, certificate: ServerCertificate | None) -> None:
    """Before Kafka is asked for anything."""
    legs = legs_at(settings, encrypted=certificate is not None)
    if legs is None and not any(getattr(settings, name) for name in PROTOCOLS):
        raise SettingsError(f"No door is to be opened: give one an address, {OPTIONS}.")
    websockets_at(settings, PROTOCOLS, encrypted=certificate is not None)


def doors_of(settings: DoorSettings) -> list[str]:
    """Names of the doors that are to be open. One address may have several, and where calls are announced is none."""
    named = (*PROTOCOLS, "door_audiosocket", "door_rtp")
    return [name.removeprefix("door_") for name in named if getattr(settings, name)]


async def serve(
    opened: Sequence[Listener],
    live: LiveCalls,
    stop: asyncio.Event,
    metrics: Metrics,
    *,
    drain_s: float,
    doors: Sequence[str] = (),
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Carry calls until `stop`; then take no new ones, let the others end for `drain_s`, and write everything.

    Raises:
        BrokerError: Kafka refuses for good.
    """
    beat = asyncio.create_task(_beat(metrics))
    try:
        for listener in opened:
            await listener.start()
        log.info("The doors are open", extra={"count": len(doors), "doors": ", ".join(doors)})
        await _until(stop, live.failed)
        if not live.failed.done():
            await _drain(opened, clock() + drain_s, clock, sleep)
    finally:
        await _close(opened, live)
        await cancel([beat])
    if live.failed.done():
        live.failed.result()


async def _until(stop: asyncio.Event, failed: asyncio.Future[None]) -> None:
    stopped = asyncio.create_task(stop.wait())
    both: list[asyncio.Future[Any]] = [stopped, failed]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    await cancel([stopped])


async def _beat(metrics: Metrics) -> None:
    while True:
        metrics.health.beat()
        await asyncio.sleep(BEAT_S)


async def _drain(
    opened: Sequence[Listener], until_s: float, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
) -> None:
    for listener in opened:
        await listener.drain()
    log.info("The doors take no new calls", extra={"count": sum(map(len, opened))})
    while any(map(len, opened)) and clock() < until_s:
        await sleep(0.1)


async def _close(opened: Sequence[Listener], live: LiveCalls) -> None:
    """What was received is written, as far as Kafka takes it within LAST_WRITES_S."""
    try:
        async with asyncio.timeout(LAST_WRITES_S):
            if not live.failed.done():
                for listener in opened:
                    await listener.stop()
                await live.close()
    except TimeoutError:
        log.error("Kafka did not take the end of some calls", extra={"count": len(live)})
    finally:
        await live.abandon()
