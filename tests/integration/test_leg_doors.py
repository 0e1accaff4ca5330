"""A file through AudioSocket, RTP and `replay`: a listener with its real encoder finds the same segments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from importlib import resources
from pathlib import Path

import pytest
import soundfile

from tests.stream.doors.legs import VirtualClock, doors
from tonewatch.stream import topics
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.doors.audiosocket.player import AudioSocketPlayer
from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.doors.line_trouble import LineTrouble
from tonewatch.stream.doors.replay import Plan, plan, replay
from tonewatch.stream.doors.rtp.formats import FORMATS
from tonewatch.stream.doors.rtp.player import RtpPlayer
from tonewatch.stream.kafka.clients import make_consumer
from tonewatch.stream.local.servers import EmbeddedBroker
from tonewatch.stream.messages import CallClosed, Segment
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import SEGMENTS

pytestmark = pytest.mark.integration

CALL = Path(str(resources.files("tonewatch.stream") / "demo" / "calls" / "billing_dispute.flac"))
FROM_S, SECONDS = 40, 16

Role = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def settings(timeout_factor: float) -> Iterator[KafkaSettings]:
    with EmbeddedBroker(start_s=30 * timeout_factor) as server:
        yield load(KafkaSettings, kafka=server.bootstrap, kafka_idempotent=False, kafka_partitions=2)


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


async def play(settings: KafkaSettings, plans: dict[str, Plan]) -> None:
    """Each call by its own way, on a clock that no machine is too slow for."""
    clock = VirtualClock()
    async with CallWriter(settings) as writer:
        async with doors(clock=clock, deliver=writer.deliver) as opened:
            line = LineTrouble(seed=2, jitter_ms=60, twice=0.05)
            by_rtp = RtpPlayer(opened.announcer, FORMATS["ulaw"], line, clock, clock.sleep)
            await by_rtp.play(plans["rtp"])
            port = opened.audiosocket.port
            by_tcp = AudioSocketPlayer(opened.announcer, "127.0.0.1", port, clock=clock, sleep=clock.sleep)
            await by_tcp.play(plans["audiosocket"])
            await opened.until(lambda: opened.kinds().count("CallEnded") == 2 and not len(opened.live))
        await replay(plans["replay"], writer.write, speed=0)


async def test_legs_of_asterisk_give_the_segments_that_a_replay_gives(
    settings: KafkaSettings, role: Role, tmp_path: Path, timeout_factor: float
) -> None:
    await topics.apply(settings)
    file = excerpt(tmp_path)
    # A door puts the tenant before the id, a replay does not.
    plans = {name: planned(file, name) for name in ("replay", "audiosocket", "rtp")}
    ids = {name: one.call_id if name == "replay" else f"acme:{one.call_id}" for name, one in plans.items()}
    await play(settings, plans)
    environment = {"TONEWATCH_KAFKA": settings.kafka, "TONEWATCH_KAFKA_IDEMPOTENT": "false", "TONEWATCH_ASR": "false"}
    async with role("listen", **environment):
        found = await segments(settings, set(ids.values()), 90 * timeout_factor)
    expected = found[ids["replay"]]
    assert len(expected) >= 4 and any(one.posterior is not None for one in expected)
    for name in ("audiosocket", "rtp"):
        assert_same(found[ids[name]], expected, name)


def assert_same(heard: list[Segment], expected: list[Segment], name: str) -> None:
    """But for when the call began: a leg's media time begins when its connection does."""
    assert [(one.channel, one.abstained) for one in heard] == [(one.channel, one.abstained) for one in expected], name
    late_ms = heard[0].start_ms - expected[0].start_ms
    assert late_ms >= 0, name
    for one, other in zip(heard, expected, strict=True):
        assert abs(one.start_ms - late_ms - other.start_ms) <= 40, (name, late_ms, one.start_ms, other.start_ms)
        assert abs(one.end_ms - late_ms - other.end_ms) <= 40
        if one.posterior is not None and other.posterior is not None:
            pairs = zip(one.posterior.shares(), other.posterior.shares(), strict=True)
            assert max(abs(a - b) for a, b in pairs) <= 0.02
