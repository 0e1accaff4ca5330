from __future__ import annotations

import json

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from tonewatch.stream.bench.door_lines import WebSocketLine, framed
from tonewatch.stream.doors.audiohook.client import AudioHookClient
from tonewatch.stream.doors.simulate.client import Caller
from tonewatch.stream.doors.simulate.source import Tick
from tonewatch.stream.doors.twilio.client import TwilioClient


def read(data: bytes) -> list[tuple[int, bytes]]:
    """As the door's library reads what a client sends."""
    server = Protocol(Side.SERVER)
    server.receive_data(data)
    return [(one.opcode, bytes(one.data)) for one in server.events_received() if isinstance(one, Frame)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 640, 65_535])
def test_a_frame_is_read_as_the_message_that_it_holds(size: int) -> None:
    assert read(framed("x" * size)) == [(Opcode.TEXT, b"x" * size)]
    assert read(framed(bytes(size)) + framed("y")) == [(Opcode.BINARY, bytes(size)), (Opcode.TEXT, b"y")]


def test_behind_a_break_all_that_is_sent_is_what_a_second_connection_would_say() -> None:
    ticks = [Tick(20 * n, (bytes(160), bytes(160))) for n in range(4)]
    line = WebSocketLine("ws://x", TwilioClient(Caller("c", ("customer", "agent"))), ticks, breaks_at=3)
    before, behind = line._parts
    assert (before.begin, behind.begin, len(before.frames), len(behind.frames)) == (0, 3, 3, 1)
    (_, inbound), (_, outbound) = read(behind.frames[0])
    assert b'"chunk": "1"' in inbound and b'"timestamp": "0"' in inbound and b"outbound" in outbound


def test_what_is_made_before_is_numbered_in_the_order_in_which_it_is_said() -> None:
    ticks = [Tick(20 * n, (bytes(160), bytes(160))) for n in range(300)]
    line = WebSocketLine("ws://x", AudioHookClient(Caller("c", ("customer", "agent"))), ticks)
    (part,) = line._parts
    said = [json.loads(one) for one in part.opening if isinstance(one, str)]
    said += [json.loads(data) for frame in part.frames for kind, data in read(frame) if kind == Opcode.TEXT]
    assert [(one["type"], one["seq"]) for one in said] == [("open", 1), ("ping", 2)]
