from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tonewatch.stream.doors.livekit.client import LiveKitClient
from tonewatch.stream.doors.livekit.session import LiveKitSession
from tonewatch.stream.doors.replay import plan
from tonewatch.stream.doors.session import Began, Effect, Heard, Held
from tonewatch.stream.doors.simulate.client import Caller
from tonewatch.stream.doors.simulate.play import Player
from tonewatch.stream.doors.simulate.troubles import Troubles
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.messages import AudioChunk, CallEnded, CallStarted

if TYPE_CHECKING:
    from tests.stream.doors.conftest import Door

Opened = Callable[..., AbstractAsyncContextManager["Door"]]

SAID = {"call_id": "c", "role": "agent", "roles": "customer,agent", "notice": "true"}


def session(said: dict[str, str] | None = None) -> LiveKitSession:
    return LiveKitSession(SAID if said is None else said, now_ms=lambda: 0.0)


def test_the_track_of_both_channels_is_one_channel_of_the_call() -> None:
    found: list[Effect] = [*session().take(bytes([1, 0, 9, 9, 2, 0, 9, 9] * 480))]
    began, heard = found
    assert isinstance(began, Began) and began.channels == (1,) and began.facts.notice_given and began.ends_by_closing
    assert isinstance(heard, Heard) and heard.frames[0].channel == 1
    assert heard.frames[0].payload == bytes([1, 0, 2, 0] * 480) and heard.frames[0].rate_hz == 48_000


def test_a_track_that_is_muted_has_what_is_held_written() -> None:
    one = session()
    assert list(one.take('{"muted":true}')) == []
    one.take(bytes(3_840))
    assert list(one.take('{"muted":true}')) == [Held()]


@pytest.mark.parametrize("lacking", ["call_id", "role"])
def test_without_its_call_or_who_speaks_a_track_is_refused(lacking: str) -> None:
    with pytest.raises(BadRecord):
        session({name: text for name, text in SAID.items() if name != lacking}).take(bytes(3_840))


def test_audio_that_ends_within_a_sample_is_bad() -> None:
    with pytest.raises(BadRecord):
        session().take(bytes(3_839))


async def test_both_tracks_of_a_room_are_one_call_that_ends_when_both_are_closed(
    opened_door: Opened, tone: Callable[..., Path], tmp_path: Path
) -> None:
    of = plan(tone(tmp_path / "a.wav", channels=2, seconds=1.0), roles=None, about=None, notice_given=True, suffix="x")
    async with opened_door(secrets="livekit acme a-long-secret") as door:
        caller = Caller("c", ("customer", "agent"), notice_given=True, queue="claims", secret="a-long-secret")
        tracks = [LiveKitClient(caller, channel) for channel in (0, 1)]
        players = [Player(track.address(door.url("/livekit"), time.time()), speed=0) for track in tracks]
        await asyncio.gather(*(p.play(of, t, Troubles()) for p, t in zip(players, tracks, strict=True)))
        await door.until(lambda: CallEnded in door.kinds)
        begin = door.written[0]
        assert isinstance(begin, CallStarted) and (begin.call_id, begin.queue) == ("acme:c", "claims")
        assert door.kinds.count(CallStarted) == door.kinds.count(CallEnded) == 1
        for channel, hz in ((0, 200), (1, 300)):
            assert pitch_hz([m for m in door.written if isinstance(m, AudioChunk) and m.channel == channel]) == hz


def pitch_hz(chunks: list[AudioChunk]) -> int:
    samples = np.frombuffer(b"".join(one.payload for one in chunks), dtype="<i2").astype(float)
    assert {one.rate_hz for one in chunks} == {48_000} and len(samples) == 48_000
    return int(np.argmax(np.abs(np.fft.rfft(samples))))


async def test_an_address_that_is_not_signed_or_no_longer_good_is_refused(opened_door: Opened) -> None:
    async with opened_door(secrets="livekit acme a-long-secret") as door:
        track = LiveKitClient(Caller("c", ("customer",), secret="a-long-secret"), 0)
        for address in (door.url("/livekit?call_id=c&role=customer"), track.address(door.url("/livekit"), 0.0)):
            with pytest.raises(InvalidStatus):
                async with connect(address):
                    pass
        assert door.refused("livekit", "credentials") == 2
