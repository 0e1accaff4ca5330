from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.stream.doors.legs import Doors, VirtualClock, doors
from tonewatch.stream.doors.announced_calls import CallSaid, LegSaid
from tonewatch.stream.doors.limits import Limits
from tonewatch.stream.doors.line_trouble import LineTrouble
from tonewatch.stream.doors.replay import Plan, plan, replay
from tonewatch.stream.doors.rtp.formats import FORMATS
from tonewatch.stream.doors.rtp.packet import Packet, build
from tonewatch.stream.doors.rtp.player import RtpPlayer
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.workers.audio import codecs

Tone = Callable[..., Path]


@pytest.fixture
def call(tone: Tone, tmp_path: Path) -> Plan:
    file = tone(tmp_path / "call.wav", channels=2, seconds=5.0)
    return plan(file, roles=("customer", "agent"), about=None, notice_given=True, suffix="s")


def player(opened: Doors, clock: VirtualClock, name: str = "slin", **more: Any) -> RtpPlayer:
    return RtpPlayer(opened.announcer, FORMATS[name], clock=clock, sleep=clock.sleep, **more)


async def replayed(call: Plan) -> list[bytes]:
    written: list[CallMessage] = []

    async def send(message: CallMessage) -> None:
        written.append(message)

    await replay(call, send, speed=0)
    chunks = [one for one in written if isinstance(one, AudioChunk)]
    return [b"".join(one.payload for one in chunks if one.channel == channel) for channel in (0, 1)]


async def port_of(opened: Doors, **more: Any) -> int:
    legs = (LegSaid(role="customer", rtp="ulaw"),)
    ((leg),) = await opened.announcer.announce(CallSaid(call_id="c", legs=legs, **more))
    return int(leg["port"])


def sender(opened: Doors) -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def packet(number: int) -> bytes:
    return build(Packet(0, number, 160 * number, 7, bytes([number % 256]) * 160))


async def test_a_call_by_rtp_is_the_call_that_replay_makes(call: Plan) -> None:
    async with doors(clock=(clock := VirtualClock())) as opened:
        await player(opened, clock).play(call)
        await opened.all_ended()
    assert opened.kinds() == ["CallStarted", "CallEnded"] and opened.started().call_id == "acme:call-s"
    assert [opened.audio(0), opened.audio(1)] == await replayed(call)
    for channel in (0, 1):
        chunks = opened.chunks(channel)
        assert [one.start_ms - chunks[0].start_ms for one in chunks] == [200 * n for n in range(25)]
    assert abs(opened.chunks(0)[0].start_ms - opened.chunks(1)[0].start_ms) <= 200


async def test_jitter_reordering_and_packets_that_come_twice_change_nothing(call: Plan) -> None:
    trouble = LineTrouble(seed=3, jitter_ms=200, twice=0.1)
    async with doors(clock=(clock := VirtualClock())) as opened:
        await player(opened, clock, trouble=trouble).play(call)
        await opened.all_ended()
    assert [opened.audio(0), opened.audio(1)] == await replayed(call)
    assert opened.count("door_frames_total", door="rtp", outcome="late_or_twice") > 0


async def test_lost_packets_are_holes_and_the_rest_is_in_its_place(call: Plan) -> None:
    async with doors(clock=(clock := VirtualClock())) as opened:
        await player(opened, clock, trouble=LineTrouble(seed=3, lost=0.05)).play(call)
        await opened.all_ended()
    wanted, chunks = (await replayed(call))[0], opened.chunks(0)
    zero_ms = chunks[0].start_ms
    for one in chunks:
        at = 16 * (one.start_ms - zero_ms)
        assert one.payload == wanted[at : at + len(one.payload)]
    lost = opened.count("door_frames_total", door="rtp", outcome="lost")
    assert 10 < lost < 60 and len(wanted) - len(opened.audio(0)) >= 320 * 5


@pytest.mark.parametrize("name", ["ulaw", "alaw", "g722", "slin16"])
async def test_every_format_is_heard_as_it_was_spoken(call: Plan, name: str) -> None:
    async with doors(clock=(clock := VirtualClock())) as opened:
        await player(opened, clock, name).play(call)
        await opened.all_ended()
    chunk = opened.chunks(0)[0]
    heard = codecs.resample(codecs.decode(opened.audio(0), chunk.codec), chunk.rate_hz, 8_000)
    spoken = np.frombuffer((await replayed(call))[0], dtype="<i2") / 32_768
    count = min(len(heard), len(spoken))
    late = 11 if name == "g722" else 0
    assert count > 39_000 and np.corrcoef(heard[late:count], spoken[: count - late])[0, 1] > 0.99


async def test_a_new_source_in_the_middle_of_a_call_goes_on_in_time(call: Plan) -> None:
    """As after a transfer: another SSRC, another sequence, another clock."""
    async with doors(clock=(clock := VirtualClock())) as opened:
        await player(opened, clock, trouble=LineTrouble(seed=5, breaks_ms=(2_500,))).play(call)
        await opened.all_ended()
    heard, wanted = opened.audio(0), (await replayed(call))[0]
    assert heard == wanted and abs(opened.chunks(0)[-1].start_ms - opened.chunks(0)[0].start_ms - 4_800) <= 250


@pytest.mark.parametrize(("first", "later"), [("ulaw", "alaw"), ("alaw", "ulaw"), ("slin", "ulaw")])
async def test_another_codec_in_the_middle_of_a_call_is_heard_as_it_was_spoken(
    call: Plan, first: str, later: str
) -> None:
    async with doors(clock=(clock := VirtualClock())) as opened:
        await player(opened, clock, first, later=FORMATS[later], later_ms=2_500).play(call)
        await opened.all_ended()
    chunks = opened.chunks(0)
    heard = np.concatenate([codecs.decode(one.payload, one.codec) for one in chunks])
    spoken = np.frombuffer((await replayed(call))[0], dtype="<i2") / 32_768
    assert len({one.codec for one in chunks}) == 2 and len(heard) == len(spoken)
    assert np.corrcoef(heard, spoken)[0, 1] > 0.99
    starts = [one.start_ms - chunks[0].start_ms for one in chunks]
    assert starts == sorted(starts) and starts[-1] == pytest.approx(4_800, abs=110)


async def test_a_hold_moves_media_time(call: Plan) -> None:
    async with doors(clock=(clock := VirtualClock())) as opened:
        await player(opened, clock, trouble=LineTrouble(holds_ms=((1_000, 4_000),))).play(call)
        await opened.all_ended()
    starts = [one.start_ms - opened.chunks(0)[0].start_ms for one in opened.chunks(0)]
    assert starts[:5] == [0, 200, 400, 600, 800] and starts[5] == pytest.approx(4_000, abs=5)
    assert len(opened.audio(0)) == 16 * 2_000


async def test_only_the_first_source_is_heard() -> None:
    async with doors() as opened:
        port, first, other = await port_of(opened), sender(opened), sender(opened)
        first.sendto(packet(0), ("127.0.0.1", port))
        await opened.until(lambda: len(opened.rtp) == 1)
        other.sendto(build(Packet(0, 1, 160, 7, b"\x99" * 160)), ("127.0.0.1", port))
        await opened.until(lambda: opened.count("door_refused_total", door="rtp", reason="source") == 1)
        for number in range(1, 30):
            first.sendto(packet(number), ("127.0.0.1", port))
        await opened.until(lambda: len(opened.audio(0)) >= 1_600)
        await opened.announcer.end("c")
        await opened.all_ended()
        first.close()
        other.close()
    assert opened.audio(0) == b"".join(bytes([number]) * 160 for number in range(30))


async def test_a_network_that_is_not_allowed_is_not_heard() -> None:
    async with doors(networks="10.1.0.0/16") as opened:
        port, one = await port_of(opened), sender(opened)
        one.sendto(packet(0), ("127.0.0.1", port))
        await opened.until(lambda: opened.count("door_refused_total", door="rtp", reason="network") == 1)
        one.close()
    assert opened.written == []


async def test_what_is_no_rtp_begins_no_call() -> None:
    rng = random.Random(5)
    async with doors() as opened:
        port, one = await port_of(opened), sender(opened)
        for _ in range(50):
            one.sendto(b"\x00" + rng.randbytes(60), ("127.0.0.1", port))
        await opened.until(lambda: opened.count("door_refused_total", door="rtp", reason="not_rtp") == 50)
        one.close()
    assert opened.written == [] and opened.letters.sent == []


@pytest.mark.parametrize("notice_given", [True, False])
async def test_bad_packets_of_a_call_are_dead_letters(notice_given: bool) -> None:
    async with doors() as opened:
        port, one = await port_of(opened, notice_given=notice_given), sender(opened)
        one.sendto(packet(0), ("127.0.0.1", port))
        one.sendto(build(Packet(3, 1, 160, 7, b"words")), ("127.0.0.1", port))
        await opened.until(lambda: len(opened.letters.sent) == 1)
        one.close()
    ((value, _),) = opened.letters.sent
    assert (b"words" in value) is notice_given


async def test_a_leg_that_sends_nothing_is_over() -> None:
    async with doors(limits=Limits(idle_s=0.3)) as opened:
        port, one = await port_of(opened), sender(opened)
        for number in range(3):
            one.sendto(packet(number), ("127.0.0.1", port))
        await opened.all_ended()
        one.close()
    assert len(opened.audio(0)) == 480 and opened.kinds() == ["CallStarted", "CallEnded"]


async def test_a_stop_writes_what_arrived() -> None:
    async with doors() as opened:
        port, one = await port_of(opened), sender(opened)
        for number in range(3):
            one.sendto(packet(number), ("127.0.0.1", port))
        await opened.until(lambda: len(opened.rtp) == 1)
        await opened.rtp.stop()
        await opened.all_ended()
        one.close()
    assert len(opened.audio(0)) == 480


async def test_what_was_sent_before_a_call_is_ended_is_taken_however_soon_the_end_follows() -> None:
    async with doors() as opened:
        port = await port_of(opened)
        with sender(opened) as line:
            for number in range(50):
                line.sendto(packet(number), ("127.0.0.1", port))
            # In one turn of the loop: nothing of it was read yet.
            opened.rtp.end(next(iter(opened.rtp._legs.values())).call)
        await opened.all_ended()
        assert opened.audio(0) == b"".join(bytes([number]) * 160 for number in range(50))


async def test_when_all_ports_are_taken_the_call_is_refused_whole() -> None:
    async with doors(ports=1) as opened:
        leg = LegSaid(role="customer", rtp="ulaw")
        with pytest.raises(BrokerError, match=r"\(503\).*no_port"):
            await opened.announcer.announce(CallSaid(call_id="c", legs=(leg, leg, leg)))
        # The ports of the call that was refused come back.
        async with asyncio.timeout(20):
            while True:
                try:
                    await opened.announcer.announce(CallSaid(call_id="c", legs=(leg,)))
                    break
                except BrokerError:
                    await asyncio.sleep(0.05)


async def test_random_datagrams_never_stop_the_door(call: Plan) -> None:
    rng = random.Random(2026)
    async with doors(clock=(clock := VirtualClock())) as opened:
        port, one = await port_of(opened), sender(opened)
        one.sendto(packet(0), ("127.0.0.1", port))
        await opened.until(lambda: len(opened.rtp) == 1)
        for number in range(1, 400):
            garbled = bytearray(packet(number))
            garbled[rng.randrange(12)] ^= 1 << rng.randrange(8)
            one.sendto(bytes(garbled), ("127.0.0.1", port))
            await asyncio.sleep(0)
        await player(opened, clock).play(call)
        await opened.until(lambda: opened.kinds().count("CallEnded") >= 1)
        one.close()
        played = [x for x in opened.chunks(0) if x.call_id == "acme:call-s"]
    assert b"".join(x.payload for x in played) == (await replayed(call))[0]
