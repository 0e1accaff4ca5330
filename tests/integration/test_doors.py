"""A file through each door, and through `replay`: a listener with its real encoder finds the same segments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from importlib import resources
from pathlib import Path

import pytest
import soundfile

from tonewatch.stream import topics
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.doors.audiohook.client import AudioHookClient
from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.doors.door_command import run
from tonewatch.stream.doors.freeswitch.client import FreeSwitchClient
from tonewatch.stream.doors.plain.client import PlainClient
from tonewatch.stream.doors.replay import Plan, plan, replay
from tonewatch.stream.doors.simulate.client import Caller, Client
from tonewatch.stream.doors.simulate.play import Player
from tonewatch.stream.doors.simulate.troubles import Troubles
from tonewatch.stream.doors.twilio.client import TwilioClient
from tonewatch.stream.kafka.clients import make_consumer
from tonewatch.stream.local.servers import EmbeddedBroker, free_port
from tonewatch.stream.messages import CallClosed, Segment
from tonewatch.stream.settings import DoorSettings, KafkaSettings, load
from tonewatch.stream.topics import SEGMENTS

pytestmark = pytest.mark.integration

CALL = Path(str(resources.files("tonewatch.stream") / "demo" / "calls" / "billing_dispute.flac"))
FROM_S, SECONDS = 40, 16
DOORS: dict[str, tuple[str, Callable[[Caller], Client], Troubles]] = {
    "twilio": ("/twilio", TwilioClient, Troubles(swap=0.05, twice=0.05)),
    "websocket": ("/websocket", PlainClient, Troubles()),
    "audiohook": ("/audiohook", AudioHookClient, Troubles()),
    "freeswitch": ("/freeswitch", FreeSwitchClient, Troubles()),
}

Role = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture(scope="module")
def embedded(timeout_factor: float) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(start_s=30 * timeout_factor) as server:
        yield server


@pytest.fixture
def settings(embedded: EmbeddedBroker) -> DoorSettings:
    at = f"127.0.0.1:{free_port()}"
    return load(
        DoorSettings,
        kafka=embedded.bootstrap,
        kafka_idempotent=False,
        kafka_partitions=2,
        door_twilio=at,
        door_websocket=at,
        door_audiohook=at,
        door_freeswitch=at,
        door_drain_s=0.0,
    )


@pytest.fixture
async def doors(settings: DoorSettings) -> AsyncIterator[str]:
    """Where they are open; stopped in order at the end."""
    await topics.apply(settings)
    stop = asyncio.Event()
    running = asyncio.create_task(run(settings, stop))
    host, _, port = settings.door_twilio.rpartition(":")
    while not await _is_open(host, int(port)):
        assert not running.done()
        await asyncio.sleep(0.05)
    yield f"ws://{settings.door_twilio}"
    stop.set()
    await running


async def _is_open(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


def excerpt(folder: Path) -> Path:
    """Telephone audio as a recorder keeps it: mu-law at 8 kHz, so that no door has anything to convert."""
    samples, rate_hz = soundfile.read(CALL, dtype="int16")
    assert rate_hz == 8_000
    file = folder / "call.wav"
    soundfile.write(file, samples[FROM_S * rate_hz : (FROM_S + SECONDS) * rate_hz], rate_hz, subtype="ULAW")
    return file


async def segments(settings: KafkaSettings, calls: set[str], seconds: float) -> dict[str, list[Segment]]:
    """Of each call, in order of their time, once all of them are closed."""
    consumer = make_consumer(settings, [SEGMENTS.name], None)
    await consumer.start()
    found: dict[str, list[Segment]] = {call: [] for call in calls}
    waiting = set(calls)
    try:
        async with asyncio.timeout(seconds):
            while waiting:
                message = decode_segment((await consumer.getone()).value)
                if isinstance(message, Segment):
                    found[message.call_id].append(message)
                elif isinstance(message, CallClosed):
                    waiting.discard(message.call_id)
    finally:
        await consumer.stop()
    return {call: sorted(of, key=lambda one: (one.channel, one.start_ms)) for call, of in found.items()}


def planned(file: Path, name: str) -> Plan:
    return plan(file, roles=("customer", "agent"), about=None, notice_given=True, suffix=name)


@pytest.mark.timeout(900)
async def test_each_door_gives_the_segments_that_a_replay_gives(
    doors: str, settings: DoorSettings, role: Role, tmp_path: Path, timeout_factor: float
) -> None:
    file = excerpt(tmp_path)
    environment = {"TONEWATCH_KAFKA": settings.kafka, "TONEWATCH_KAFKA_IDEMPOTENT": "false", "TONEWATCH_ASR": "false"}
    async with role("listen", **environment):
        expected = planned(file, "replay")
        async with CallWriter(settings) as writer:
            await replay(expected, writer.write, speed=0)
        for name, (path, make, troubles) in DOORS.items():
            of = planned(file, name)
            caller = Caller(of.call_id, ("customer", "agent"), notice_given=True)
            await Player(doors + path, speed=0).play(of, make(caller), troubles)
        ids = {planned(file, name).call_id for name in DOORS}
        found = await segments(settings, {expected.call_id, *ids}, 90 * timeout_factor)
    by_replay = found.pop(expected.call_id)
    assert len(by_replay) >= 4 and any(one.posterior is not None for one in by_replay)
    for call_id in ids:
        assert [(one.channel, one.abstained) for one in found[call_id]] == [
            (one.channel, one.abstained) for one in by_replay
        ], call_id
        for one, other in zip(found[call_id], by_replay, strict=True):
            assert abs(one.start_ms - other.start_ms) <= 40 and abs(one.end_ms - other.end_ms) <= 40
            if one.posterior is not None and other.posterior is not None:
                pairs = zip(one.posterior.shares(), other.posterior.shares(), strict=True)
                assert max(abs(a - b) for a, b in pairs) <= 0.02
