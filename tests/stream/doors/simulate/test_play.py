"""Each simulator at a real door: the audio that a file gives is that which `replay` writes of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tonewatch.stream.doors.audiohook.client import AudioHookClient
from tonewatch.stream.doors.freeswitch.client import FreeSwitchClient
from tonewatch.stream.doors.g711 import decode, encode
from tonewatch.stream.doors.plain.client import PlainClient
from tonewatch.stream.doors.replay import Plan, plan
from tonewatch.stream.doors.replay import replay as replay_call
from tonewatch.stream.doors.simulate.client import Caller, Client
from tonewatch.stream.doors.simulate.play import Player
from tonewatch.stream.doors.simulate.troubles import Troubles
from tonewatch.stream.doors.twilio.client import TwilioClient
from tonewatch.stream.errors import BrokerError, SettingsError
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted

if TYPE_CHECKING:
    from tests.stream.doors.conftest import Door

Opened = Callable[..., AbstractAsyncContextManager["Door"]]

SECRETS = (
    "twilio - auth-token; websocket - the-token; audiohook - the-key c2VjcmV0LXdvcmQtb2YtaXQ=; "
    "freeswitch - the-user the-password"
)


@dataclass(frozen=True)
class System:
    """How one of them is played."""

    path: str
    make: Callable[[Caller], Client]
    secret: str
    key: str = ""


SYSTEMS = {
    "twilio": System("/twilio", TwilioClient, "auth-token"),
    "plain_pcm16": System("/websocket", PlainClient, "the-token"),
    "plain_mulaw": System("/websocket", lambda c: PlainClient(c, codec="mulaw"), "the-token"),
    "audiohook_pcmu": System("/audiohook", AudioHookClient, "c2VjcmV0LXdvcmQtb2YtaXQ=", "the-key"),
    "audiohook_l16": System("/audiohook", lambda c: AudioHookClient(c, "pcm16"), "c2VjcmV0LXdvcmQtb2YtaXQ=", "the-key"),
    "freeswitch": System("/freeswitch", FreeSwitchClient, "the-password", "the-user"),
}
EACH = pytest.mark.parametrize("name", SYSTEMS)
OF_THOSE_THAT_SAY_SO = pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "freeswitch"])
"""FreeSWITCH says neither how long it held nor that it comes again."""

HOLD_MS = 2_000


@pytest.fixture
def call(tmp_path: Path, tone: Callable[..., Path]) -> Plan:
    file = tone(tmp_path / "call.wav", rate_hz=16_000, channels=2, seconds=4.1)
    return plan(file, roles=("customer", "agent"), about=None, notice_given=True, suffix="x")


def caller(of: Plan, system: System) -> Caller:
    return Caller(of.call_id, ("customer", "agent"), notice_given=True, queue="q", secret=system.secret, key=system.key)


async def played(door: Door, of: Plan, system: System, troubles: Troubles) -> list[CallMessage]:
    player = Player(door.url(system.path), speed=0)
    await player.play(of, system.make(caller(of, system)), troubles)
    await door.until(lambda: CallEnded in door.kinds)
    return door.written


async def replayed(of: Plan) -> list[CallMessage]:
    written: list[CallMessage] = []

    async def send(message: CallMessage) -> None:
        written.append(message)

    await replay_call(of, send, speed=0)
    return written


def line(written: list[CallMessage], channel: int, *, mulaw: bool) -> bytes:
    """Media time as 16-bit samples at 8 kHz; what was not sent is silence."""
    heard = bytearray()
    for one in written:
        if isinstance(one, AudioChunk) and one.channel == channel:
            pcm = decode(one.payload, "mulaw") if one.codec == "mulaw" else one.payload
            heard += bytes(max(0, 16 * one.start_ms - len(heard)))
            assert len(heard) == 16 * one.start_ms, "chunks overlap"
            heard += decode(encode(pcm, "mulaw"), "mulaw") if mulaw else pcm
    return bytes(heard)


def is_mulaw(name: str) -> bool:
    return name not in ("plain_pcm16", "audiohook_l16", "freeswitch")


@EACH
async def test_a_file_gives_the_same_audio_as_its_replay(name: str, call: Plan, opened_door: Opened) -> None:
    expected = await replayed(call)
    async with opened_door(secrets=SECRETS) as door:
        written = await played(door, call, SYSTEMS[name], Troubles())
    begin, end = written[0], written[-1]
    assert isinstance(begin, CallStarted) and (begin.roles, begin.queue) == (("customer", "agent"), "q")
    assert isinstance(end, CallEnded) and end.duration_ms == 4_100
    for channel in (0, 1):
        one, other = (line(messages, channel, mulaw=is_mulaw(name)) for messages in (written, expected))
        assert one == other
        seqs = [m.seq for m in written if isinstance(m, AudioChunk) and m.channel == channel]
        assert seqs == list(range(21))


@OF_THOSE_THAT_SAY_SO
async def test_a_hold_is_a_gap_and_what_follows_keeps_its_time(name: str, call: Plan, opened_door: Opened) -> None:
    expected = await replayed(call)
    async with opened_door(secrets=SECRETS) as door:
        written = await played(door, call, SYSTEMS[name], Troubles(holds=(1_000,), hold_ms=HOLD_MS))
    gap = slice(16 * 1_000, 16 * (1_000 + HOLD_MS))
    for channel in (0, 1):
        whole = bytearray(line(expected, channel, mulaw=is_mulaw(name)))
        whole[gap] = bytes(16 * HOLD_MS)
        assert line(written, channel, mulaw=is_mulaw(name)) == bytes(whole)
        starts = [m.start_ms for m in written if isinstance(m, AudioChunk) and m.channel == channel]
        assert not [at for at in starts if 1_000 <= at < 1_000 + HOLD_MS]


@OF_THOSE_THAT_SAY_SO
@pytest.mark.parametrize("seed", [1])
async def test_connections_that_break_or_come_twice_lose_nothing(
    name: str, seed: int, call: Plan, opened_door: Opened
) -> None:
    lot = random.Random(seed)
    times = sorted(20 * n for n in lot.sample(range(1, 190), 6))
    expected = await replayed(call)
    async with opened_door(secrets=SECRETS) as door:
        written = await played(door, call, SYSTEMS[name], Troubles(breaks=tuple(times[::2]), again=tuple(times[1::2])))
    kinds = [type(one) for one in written]
    assert kinds.count(CallStarted) == kinds.count(CallEnded) == 1
    for channel in (0, 1):
        # Played faster than it is spoken, a call has no times that a wall clock could confirm: the audio counts.
        assert spoken(written, channel, is_mulaw(name)) == line(expected, channel, mulaw=is_mulaw(name))


def spoken(written: list[CallMessage], channel: int, mulaw: bool) -> bytes:
    """A channel's audio without the time between its pieces."""
    chunks = [one for one in written if isinstance(one, AudioChunk) and one.channel == channel]
    return b"".join(line([msgspec.structs.replace(one, start_ms=0)], channel, mulaw=mulaw) for one in chunks)


async def test_numbered_frames_that_are_swapped_or_come_twice_change_nothing(call: Plan, opened_door: Opened) -> None:
    expected = await replayed(call)
    async with opened_door(secrets=SECRETS) as door:
        written = await played(door, call, SYSTEMS["twilio"], Troubles(swap=0.2, twice=0.2))
    for channel in (0, 1):
        assert line(written, channel, mulaw=True) == line(expected, channel, mulaw=True)


async def test_lost_frames_leave_their_time_empty_and_all_others_stay(call: Plan, opened_door: Opened) -> None:
    expected = await replayed(call)
    async with opened_door(secrets=SECRETS) as door:
        written = await played(door, call, SYSTEMS["twilio"], Troubles(loss=0.1))
    whole, heard = line(expected, 0, mulaw=True), line(written, 0, mulaw=True)
    same = sum(whole[at : at + 320] == heard[at : at + 320] for at in range(0, len(heard), 320))
    empty = sum(heard[at : at + 320] == bytes(320) for at in range(0, len(heard), 320))
    assert 8 < empty < 40 and same + empty >= len(heard) // 320


async def test_frames_without_numbers_cannot_be_lost(call: Plan) -> None:
    with pytest.raises(SettingsError, match="no number"):
        await Player("ws://127.0.0.1:1").play(call, PlainClient(caller(call, SYSTEMS["twilio"])), Troubles(loss=0.1))


async def test_a_door_that_refuses_is_told(call: Plan, opened_door: Opened) -> None:
    system = SYSTEMS["plain_pcm16"]
    async with opened_door(secrets=SECRETS) as door:
        with pytest.raises(BrokerError, match="does not know who calls"):
            wrong = replace(caller(call, system), secret="wrong")
            await Player(door.url(system.path)).play(call, system.make(wrong), Troubles())
