from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from tonewatch.stream.doors.announced_calls import CallSaid
from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.audiosocket.player import AudioSocketPlayer
from tonewatch.stream.doors.plain.client import PlainClient
from tonewatch.stream.doors.refusal import refusal
from tonewatch.stream.doors.replay import plan
from tonewatch.stream.doors.simulate.client import Caller
from tonewatch.stream.doors.simulate.play import open_line
from tonewatch.stream.errors import BrokerError


def answered(status: int) -> InvalidStatus:
    return InvalidStatus(Response(status, "", Headers()))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "start `tonewatch door`"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1, 0, 0), [Errno 111] x"), "nothing"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no network leads there"),
        (socket.gaierror(-2, "Name or service not known"), "its name is not known"),
        (TimeoutError(), "no answer within 30 s"),
        (ssl.SSLError(1, "wrong version number"), "speaks no TLS"),
        (answered(401), "--secret-file"),
        (answered(404), "no door at this path"),
        (answered(418), "HTTP status 418"),
    ],
)
def test_what_was_refused_is_told_in_words_and_no_number_of_the_system(error: Exception, told: str) -> None:
    text = refusal(error, 30)
    assert told in text and "Errno" not in text


class Announced(Announcer):
    """A door that takes the announcement and is gone when its leg comes."""

    async def announce(self, call: CallSaid) -> list[dict[str, Any]]:
        return [{"audiosocket": str(UUID(int=1))} for _ in call.legs]


async def test_every_simulator_tells_that_nothing_listens_and_what_to_do(
    free_port: int, tone: Callable[..., Path], tmp_path: Path
) -> None:
    nothing = "nothing listens there: start `tonewatch door`"
    url = f"http://127.0.0.1:{free_port}"
    with pytest.raises(BrokerError, match=f"cannot be announced: {nothing}"):
        await Announcer(url).announce(CallSaid(call_id="c", legs=()))
    client = PlainClient(Caller("c", ("customer",), notice_given=True))
    with pytest.raises(BrokerError, match=f"does not let the call in: {nothing}"):
        await open_line(client, f"ws://127.0.0.1:{free_port}/websocket")
    file = tone(tmp_path / "a.wav", channels=1, seconds=0.2)
    call = plan(file, roles=("customer",), about=None, notice_given=True, suffix="x")
    with pytest.raises(BrokerError, match=f"AudioSocket at 127.0.0.1:{free_port} .*{nothing}"):
        await AudioSocketPlayer(Announced(url), "127.0.0.1", free_port).play(call)
