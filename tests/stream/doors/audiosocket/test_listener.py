from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.stream.doors.legs import Doors, VirtualClock, doors
from tonewatch.stream.doors.announced_calls import CallSaid, LegSaid
from tonewatch.stream.doors.audiosocket.connection import PUT_OUT
from tonewatch.stream.doors.audiosocket.frames import Audio, Hangup, Identity, encode
from tonewatch.stream.doors.audiosocket.player import AudioSocketPlayer
from tonewatch.stream.doors.limits import Limits
from tonewatch.stream.doors.line_trouble import LineTrouble
from tonewatch.stream.doors.replay import Plan, plan, replay
from tonewatch.stream.messages import AudioChunk, CallMessage

Tone = Callable[..., Path]


@pytest.fixture
def call(tone: Tone, tmp_path: Path) -> Plan:
    file = tone(tmp_path / "call.wav", channels=2, seconds=3.0)
    return plan(file, roles=("customer", "agent"), about=None, notice_given=True, suffix="s")


def player(open_doors: Doors, clock: VirtualClock, **more: Any) -> AudioSocketPlayer:
    port = open_doors.audiosocket.port
    return AudioSocketPlayer(open_doors.announcer, "127.0.0.1", port, clock=clock, sleep=clock.sleep, **more)


async def replayed(call: Plan) -> list[CallMessage]:
    written: list[CallMessage] = []

    async def send(message: CallMessage) -> None:
        written.append(message)

    await replay(call, send, speed=0)
    return written


async def connected(open_doors: Doors, uuid: UUID) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await open_doors.connect()
    writer.write(encode(Identity(uuid)))
    return reader, writer


async def closed(reader: asyncio.StreamReader) -> None:
    """By the door, which sends nothing; with a reset where it had not read all."""
    with suppress(ConnectionResetError):
        assert await reader.read() == b""


async def announced(open_doors: Doors, **more: Any) -> list[UUID]:
    uuids = [uuid4(), uuid4()]
    legs = (LegSaid(role="customer", audiosocket=str(uuids[0])), LegSaid(role="agent", audiosocket=str(uuids[1])))
    await open_doors.announcer.announce(CallSaid(call_id="c", legs=legs, **more))
    return uuids


async def test_a_call_by_audiosocket_is_the_call_that_replay_makes(call: Plan) -> None:
    clock = VirtualClock()
    async with doors(clock=clock) as opened:
        await player(opened, clock).play(call)
        await opened.all_ended()
    wanted = [one for one in await replayed(call) if isinstance(one, AudioChunk)]
    assert opened.kinds() == ["CallStarted", "CallEnded"] and opened.started().roles == ("customer", "agent")
    for channel in (0, 1):
        chunks = opened.chunks(channel)
        assert [one.seq for one in chunks] == list(range(len(chunks)))
        assert opened.audio(channel) == b"".join(one.payload for one in wanted if one.channel == channel)
        assert {(one.codec, one.rate_hz, one.notice_given) for one in chunks} == {("pcm16", 8_000, True)}
        assert [one.start_ms - chunks[0].start_ms for one in chunks] == [200 * n for n in range(15)]
    assert abs(opened.chunks(0)[0].start_ms - opened.chunks(1)[0].start_ms) <= 200


async def test_what_the_announcement_says_is_what_the_call_says(call: Plan) -> None:
    about = replace(call, notice_given=False)
    clock = VirtualClock()
    async with doors(clock=clock) as opened:
        await player(opened, clock).play(about)
        await opened.all_ended()
    assert opened.started().call_id == "acme:call-s" and not opened.started().notice_given


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
async def test_any_rate_of_asterisk_is_brought_to_one_that_is_heard(call: Plan, rate_hz: int) -> None:
    clock = VirtualClock()
    async with doors(clock=clock) as opened:
        await player(opened, clock, rate_hz=rate_hz).play(call)
        await opened.all_ended()
    assert {one.rate_hz for one in opened.chunks(0)} == {16_000}
    assert len(opened.audio(0)) == pytest.approx(2 * 3 * 16_000, rel=0.001)


async def test_a_connection_that_breaks_and_comes_again_loses_nothing(call: Plan) -> None:
    clock = VirtualClock()
    async with doors(grace_s=30, clock=clock) as opened:
        await player(opened, clock, trouble=LineTrouble(breaks_ms=(1_500,))).play(call)
        await opened.all_ended()
    wanted = [one for one in await replayed(call) if isinstance(one, AudioChunk)]
    assert opened.kinds() == ["CallStarted", "CallEnded"]
    for channel in (0, 1):
        assert opened.audio(channel) == b"".join(one.payload for one in wanted if one.channel == channel)


async def test_a_uuid_that_was_not_announced_is_refused() -> None:
    async with doors() as opened:
        reader, _ = await connected(opened, uuid4())
        await closed(reader)
        await opened.until(lambda: opened.count("door_refused_total", door="audiosocket", reason="not_announced") == 1)
    assert opened.written == []


@pytest.mark.parametrize(
    ("first", "reason"),
    [(b"GET / HTTP/1.1\r\n\r\n", "not_audiosocket"), (b"\x16\x03\x01\x00\x00", "not_audiosocket"), (b"", "no_uuid")],
)
async def test_what_is_no_audiosocket_is_refused(first: bytes, reason: str) -> None:
    async with doors() as opened:
        reader, writer = await opened.connect()
        writer.write(first)
        writer.write_eof()
        await closed(reader)
        await opened.until(lambda: opened.count("door_refused_total", door="audiosocket", reason=reason) == 1)


async def test_a_source_outside_of_the_networks_is_refused() -> None:
    async with doors(networks="10.1.0.0/16") as opened:
        reader, _ = await connected(opened, (await announced(opened))[0])
        await closed(reader)
        assert opened.count("door_refused_total", door="audiosocket", reason="network") == 1


async def test_a_connection_that_says_nothing_is_closed() -> None:
    async with doors(limits=Limits(hello_s=0.05)) as opened:
        reader, _ = await opened.connect()
        await closed(reader)
        await opened.until(lambda: opened.count("door_refused_total", door="audiosocket", reason="idle") == 1)


async def test_silent_connections_of_an_address_give_way_to_a_leg_and_shut_nobody_out() -> None:
    async with doors(limits=Limits(address_calls=20, hello_s=600.0)) as opened:
        uuids = await announced(opened)
        silent = [await opened.connect() for _ in range(25)]
        await opened.until(lambda: opened.count("door_refused_total", door="audiosocket", reason=PUT_OUT) == 5)
        for number, uuid in enumerate(uuids, 1):
            _, writer = await connected(opened, uuid)
            writer.write(encode(Audio(8_000, bytes(320))))
            await opened.until(lambda number=number: len(opened.audiosocket) == number)  # type: ignore[misc]
        # One for the first leg: once that is known, the second has its place.
        for reader, _ in silent[:6]:
            await closed(reader)
        assert opened.count("door_refused_total", door="audiosocket", reason=PUT_OUT) == 6
        assert not any(reader.at_eof() for reader, _ in silent[6:])


async def test_more_calls_than_a_tenant_may_have_are_refused() -> None:
    async with doors(limits=Limits(calls=1)) as opened:
        one, other = await announced(opened)
        await connected(opened, one)
        await opened.until(lambda: len(opened.audiosocket) == 1)
        reader, _ = await connected(opened, other)
        await closed(reader)
        assert opened.count("door_refused_total", door="audiosocket", reason="calls") == 1


@pytest.mark.parametrize("notice_given", [True, False])
async def test_nonsense_becomes_a_dead_letter_without_the_words_of_a_call_without_notice(notice_given: bool) -> None:
    async with doors() as opened:
        uuid, _ = await announced(opened, notice_given=notice_given)
        reader, writer = await connected(opened, uuid)
        writer.write(encode(Audio(8_000, bytes(320))) + b"\x77nonsense")
        await closed(reader)
        await opened.all_ended()
        ((value, headers),) = opened.letters.sent
    assert (b"nonsense" in value) is notice_given and ("door", b"audiosocket") in headers
    assert len(opened.audio(0)) == 320


async def test_of_a_call_that_became_untold_nonsense_is_not_kept_on_the_legs_that_were_announced_with_notice() -> None:
    async with doors(grace_s=30) as opened:
        uuid, _ = await announced(opened, notice_given=True)
        reader, writer = await connected(opened, uuid)
        await opened.until(lambda: len(opened.audiosocket) == 1)
        await opened.announcer.end("c")
        _, later = await announced(opened, notice_given=False)
        await connected(opened, later)
        await opened.until(lambda: len(opened.audiosocket) == 2)
        writer.write(b"\x77nonsense")
        await closed(reader)
        await opened.until(lambda: len(opened.letters.sent) == 1)
    assert opened.letters.sent[0][0] == b""


async def test_a_stop_writes_what_was_received_and_ends_the_call() -> None:
    async with doors() as opened:
        uuid, _ = await announced(opened)
        _, writer = await connected(opened, uuid)
        writer.write(encode(Audio(8_000, bytes(1_600))))
        await opened.until(lambda: opened.count("door_frames_total", door="audiosocket", outcome="taken") == 1)
        await opened.audiosocket.drain()
        reader, _ = await connected(opened, uuid)
        await closed(reader)
        await opened.audiosocket.stop()
        await opened.all_ended()
    assert len(opened.audio(0)) == 1_600 and opened.kinds() == ["CallStarted", "CallEnded"]


async def test_disconnects_at_random_lose_no_sample(call: Plan) -> None:
    """A leg that comes again many times, cut between any two bytes of which whole frames were sent."""
    rng = random.Random(2026)
    frames = [Audio(8_000, rng.randbytes(320)) for _ in range(200)]
    async with doors(grace_s=30) as opened:
        uuid, _ = await announced(opened)
        _, writer = await connected(opened, uuid)
        for sent, frame in enumerate(frames, 1):
            writer.write(encode(frame))
            if rng.random() < 0.05:
                writer.write(encode(frame)[: rng.randrange(1, 300)])
                writer.close()
                await writer.wait_closed()
                _, writer = await connected(opened, uuid)
            if sent == len(frames):
                writer.write(encode(Hangup()))
        await opened.all_ended()
    assert opened.audio(0) == b"".join(one.pcm for one in frames) and opened.kinds() == ["CallStarted", "CallEnded"]


async def test_random_bytes_never_stop_the_door(call: Plan) -> None:
    rng = random.Random(7)
    clock = VirtualClock()
    async with doors(clock=clock) as opened:
        for number in range(60):
            uuid = uuid4()
            legs = (LegSaid(role="customer", audiosocket=str(uuid)),)
            await opened.announcer.announce(CallSaid(call_id=f"fuzz-{number}", legs=legs))
            reader, writer = await connected(opened, uuid)
            writer.write(rng.randbytes(rng.randrange(1, 3_000)))
            writer.write_eof()
            await closed(reader)
        await player(opened, clock).play(call)
        await opened.all_ended()
        mine = b"".join(
            one.payload
            for one in opened.written
            if isinstance(one, AudioChunk) and one.call_id == "acme:call-s" and one.channel == 0
        )
    assert len(mine) == 2 * 3 * 8_000
