"""A file through AudioSocket, RTP and `replay`: a listener with its real encoder finds the same segments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from importlib import resources
from pathlib import Path

import pytest
import soundfile

from tonewatch.stream import topics
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.audiosocket.player import AudioSocketPlayer
from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.doors.door_command import run
from tonewatch.stream.doors.line_trouble import LineTrouble
from tonewatch.stream.doors.opening import address
from tonewatch.stream.doors.replay import Plan, plan, replay
from tonewatch.stream.doors.rtp.formats import FORMATS
from tonewatch.stream.doors.rtp.player import RtpPlayer
from tonewatch.stream.kafka.clients import make_consumer
from tonewatch.stream.local.servers import EmbeddedBroker, free_port
from tonewatch.stream.messages import CallClosed, Segment
from tonewatch.stream.settings import DoorSettings, KafkaSettings, load
from tonewatch.stream.topics import SEGMENTS

pytestmark = pytest.mark.integration

CALL = Path(str(resources.files("tonewatch.stream") / "demo" / "calls" / "billing_dispute.flac"))
FROM_S, SECONDS = 40, 16

Role = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def settings(timeout_factor: float, request: pytest.FixtureRequest) -> DoorSettings:
    server = EmbeddedBroker(start_s=30 * timeout_factor)
    server.__enter__()
    request.addfinalizer(lambda: server.__exit__(None, None, None))
    return load(
        DoorSettings,
        kafka=server.bootstrap,
        kafka_idempotent=False,
        kafka_partitions=2,
        door_announce=f"127.0.0.1:{free_port()}",
        door_audiosocket=f"127.0.0.1:{free_port()}",
        door_rtp="127.0.0.1:28000-28100",
        door_drain_s=0.0,
    )


@pytest.fixture
async def announcer(settings: DoorSettings) -> AsyncIterator[Announcer]:
    """Of doors that are open; stopped in order at the end."""
    await topics.apply(settings)
    stop = asyncio.Event()
    running = asyncio.create_task(run(settings, stop))
    at = address(settings.door_announce, "")
    while not await _is_open(at.host, at.port):
        assert not running.done()
        await asyncio.sleep(0.05)
    yield Announcer(f"http://{settings.door_announce}")
    stop.set()
    await running


async def _is_open(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
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


async def test_legs_of_asterisk_give_the_segments_that_a_replay_gives(
    announcer: Announcer, settings: DoorSettings, role: Role, tmp_path: Path, timeout_factor: float
) -> None:
    file = excerpt(tmp_path)
    at = address(settings.door_audiosocket, "")
    by_rtp = RtpPlayer(announcer, FORMATS["ulaw"], LineTrouble(seed=2, jitter_ms=60, twice=0.05))
    environment = {"TONEWATCH_KAFKA": settings.kafka, "TONEWATCH_KAFKA_IDEMPOTENT": "false", "TONEWATCH_ASR": "false"}
    plans = {name: planned(file, name) for name in ("replay", "audiosocket", "rtp")}
    # Before the listener: at real speed it would take the time that RTP needs.
    await by_rtp.play(plans["rtp"])
    await AudioSocketPlayer(announcer, at.host, at.port, speed=0).play(plans["audiosocket"])
    async with CallWriter(settings) as writer:
        await replay(plans["replay"], writer.write, speed=0)
    async with role("listen", **environment):
        found = await segments(settings, {one.call_id for one in plans.values()}, 90 * timeout_factor)
    expected = found[plans["replay"].call_id]
    assert len(expected) >= 4 and any(one.posterior is not None for one in expected)
    for name in ("audiosocket", "rtp"):
        assert_same(found[plans[name].call_id], expected, name)


def assert_same(heard: list[Segment], expected: list[Segment], name: str) -> None:
    """But for when the call began: a leg's media time begins when its connection does."""
    assert [(one.channel, one.abstained) for one in heard] == [(one.channel, one.abstained) for one in expected], name
    late_ms = heard[0].start_ms - expected[0].start_ms
    assert 0 <= late_ms <= 1_000
    for one, other in zip(heard, expected, strict=True):
        assert abs(one.start_ms - late_ms - other.start_ms) <= 40, (name, late_ms, one.start_ms, other.start_ms)
        assert abs(one.end_ms - late_ms - other.end_ms) <= 40
        if one.posterior is not None and other.posterior is not None:
            pairs = zip(one.posterior.shares(), other.posterior.shares(), strict=True)
            assert max(abs(a - b) for a, b in pairs) <= 0.02
