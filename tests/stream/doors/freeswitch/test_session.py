from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedOK, InvalidStatus
from websockets.frames import Close
from websockets.typing import Subprotocol

from tonewatch.stream.doors.freeswitch.session import FreeSwitchDoor, FreeSwitchSession
from tonewatch.stream.doors.limits import ByteRate
from tonewatch.stream.doors.session import Bad, Began, Effect, Heard, Knock
from tonewatch.stream.doors.socket_call import SocketCall
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.messages import AudioChunk, CallEnded, CallStarted

if TYPE_CHECKING:
    from tests.stream.doors.conftest import Door

Opened = Callable[..., AbstractAsyncContextManager["Door"]]

STEREO = '{"call_id": "c", "mixType": "stereo", "sampleRate": 8000, "notice": true}'
SECRETS = "freeswitch acme fork fork-password; freeswitch beta beta-token"
ACME = {"Authorization": f"Basic {b64encode(b'fork:fork-password').decode()}"}
QUERY = "/freeswitch?call_id=c&mixType=mono&sampleRate=8k&role=customer&notice=true"


def starts(effects: list[Effect]) -> list[int]:
    return [frame.media_ms for one in effects if isinstance(one, Heard) for frame in one.frames if frame.channel == 0]


class Clock:
    def __init__(self) -> None:
        self.ms = 0.0

    def __call__(self) -> float:
        return self.ms


def played(session: FreeSwitchSession, clock: Clock, arrivals_ms: list[float]) -> list[Effect]:
    """20 ms of both channels at each of these times, and the end."""
    found: list[Effect] = []
    for clock.ms in arrivals_ms:
        found += session.take(bytes(640))
    return [*found, *session.rest()]


def test_samples_are_counted_whatever_the_jitter_and_a_pause_is_a_gap() -> None:
    clock = Clock()
    session = FreeSwitchSession(now_ms=clock)
    session.take(STEREO)
    arrivals = [20.0 * n + (n % 3) * 15 + (5_000 if n > 50 else 0) for n in range(1, 101)]
    found = starts(played(session, clock, arrivals))
    assert found[:50] == [20 * n for n in range(50)]
    assert found[50] == pytest.approx(1_000 + 5_000, abs=40) and found[51:] == [
        found[50] + 20 * n for n in range(1, 50)
    ]


def test_what_is_held_behind_a_pause_comes_at_the_end() -> None:
    clock = Clock()
    session = FreeSwitchSession(now_ms=clock)
    session.take(STEREO)
    assert starts(played(session, clock, [20, 40, 3_040])) == [0, 20, 3_020]


def test_a_leg_beside_another_begins_when_it_connected() -> None:
    clock = Clock()
    said = {"call_id": "c", "mixType": "mono", "sampleRate": "8k", "role": "customer", "roles": "customer,agent"}
    session = FreeSwitchSession(said, clock)
    session.take("{}")
    clock.ms = 500
    assert starts(list(session.take(bytes(320)))) == [480]


def test_audio_without_metadata_begins_by_the_parameters_of_the_address() -> None:
    said = {"call_id": "c", "mixType": "stereo", "sampleRate": "8k"}
    began, heard = FreeSwitchSession(said).take(bytes(640))
    assert isinstance(began, Began) and began.ends_by_closing and isinstance(heard, Heard)
    began, bad = FreeSwitchSession(said).take(bytes(3))
    assert isinstance(began, Began) and isinstance(bad, Bad)
    with pytest.raises(BadRecord):
        FreeSwitchSession().take(bytes(640))


def test_metadata_speak_before_the_address_and_later_texts_are_not_read() -> None:
    session = FreeSwitchSession({"queue": "sales", "token": "x", "mixType": "mono"})
    (began,) = session.take(STEREO.replace('"c"', '"c", "queue": "claims"'))
    assert isinstance(began, Began) and began.facts.queue == "claims" and began.channels == (0, 1)
    assert session.take('{"event": "dtmf", "dtmf": "1"}') == session.take("anything") == []


def test_half_as_much_audio_as_time_is_another_format_than_was_said() -> None:
    clock = Clock()
    session = FreeSwitchSession(now_ms=clock)
    session.take(STEREO)
    with pytest.raises(Unprocessable, match="mixType"):
        for n in range(1, 400):
            clock.ms = 20.0 * n
            session.take(bytes(320))


def test_the_parameters_of_the_address_are_those_of_its_stream() -> None:
    door = FreeSwitchDoor()
    session = door.session(Knock("wss://x", "/freeswitch?call_id=c&mixType=stereo&sampleRate=8k"))
    assert isinstance(session.take(bytes(640))[0], Began)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic Zm9yazp3cm9uZw=="}, {"Authorization": "Bearer x"}])
async def test_whoever_has_no_credentials_is_refused(headers: dict[str, str], opened_door: Opened) -> None:
    async with opened_door(secrets=SECRETS) as door:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(door.url("/freeswitch?token=beta-token"), additional_headers=headers):
                pass
        assert refused.value.response.status_code == 401 and door.refused("freeswitch", "credentials") == 1


async def test_closing_in_order_ends_the_call_at_once(opened_door: Opened) -> None:
    async with opened_door(secrets=SECRETS, grace_s=1_000) as door:
        offered = [Subprotocol("other"), Subprotocol("audio.jambonz.org")]
        async with connect(door.url("/freeswitch"), additional_headers=ACME, subprotocols=offered) as link:
            assert link.subprotocol == "audio.jambonz.org"
            await link.send(STEREO)
            await link.send(bytes(640))
        await door.until(lambda: CallEnded in door.kinds)
        begin = door.written[0]
        assert isinstance(begin, CallStarted) and (begin.call_id, begin.notice_given) == ("acme:c", True)
        assert [one.channel for one in door.written if isinstance(one, AudioChunk)] == [0, 1]


async def test_a_connection_that_breaks_leaves_its_call_open(opened_door: Opened) -> None:
    async with opened_door(secrets=SECRETS, grace_s=1_000) as door:
        async with connect(door.url(QUERY), additional_headers=ACME) as link:
            await link.send(bytes(320))
            await door.until(lambda: CallStarted in door.kinds)
            link.transport.abort()
        async with connect(door.url(QUERY), additional_headers=ACME) as link:
            await link.send(json.dumps({"queue": "claims"}))
            await link.send(bytes(320))
        await door.until(lambda: CallEnded in door.kinds)
        assert door.kinds.count(CallStarted) == door.kinds.count(CallEnded) == 1


class Link:
    """The other side sends this, and closes in order."""

    def __init__(self, *sent: str | bytes) -> None:
        self._sent = list(sent)

    async def recv(self) -> str | bytes:
        if not self._sent:
            raise ConnectionClosedOK(Close(1000, ""), Close(1000, ""), True)
        return self._sent.pop(0)

    async def send(self, message: str) -> None:
        raise AssertionError("nothing is said to FreeSWITCH")

    async def close(self, code: int = 1000, reason: str = "") -> None:
        raise AssertionError("it was closed already")


async def test_what_is_held_is_written_before_the_call_ends(opened_door: Opened) -> None:
    times_ms = iter([0.0, 20.0, 3_040.0])
    session = FreeSwitchSession(now_ms=lambda: next(times_ms))
    async with opened_door(secrets=SECRETS, grace_s=1_000) as door:
        link = Link(STEREO, bytes(640), bytes(640))
        await SocketCall("freeswitch", "", link, session, door.listener.tools, ByteRate(1_000_000)).run()
        await door.until(lambda: CallEnded in door.kinds)
        chunks = [one for one in door.written if isinstance(one, AudioChunk)]
        assert [one.start_ms for one in chunks if one.channel == 0] == [0, 3_020]
