"""Clients of the board's websocket for `tonewatch bench board`, all of one session: some never read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import websockets

HELLO = '{"resume":null,"packed":true}'


class Head(msgspec.Struct, frozen=True):
    """What a client needs of a frame to time it: the stream id of its newest event."""

    id: str = ""


_head = msgspec.json.Decoder(Head)


@dataclass
class Arrivals:
    """Seconds from a record's way into Redis to each client, and from a client's hello to its snapshot."""

    written_at_s: Mapping[str, float]
    fan_out_s: list[float] = field(default_factory=list)
    snapshot_s: list[float] = field(default_factory=list)
    closed: int = 0

    def take(self, frame: str | bytes, hello_at_s: float) -> None:
        now_s = time.monotonic()
        if isinstance(frame, bytes):  # only a snapshot is packed
            self.snapshot_s.append(now_s - hello_at_s)
            return
        if (written_s := self.written_at_s.get(_head.decode(frame).id)) is not None:
            self.fan_out_s.append(now_s - written_s)


async def reader(url: str, session: str, arrivals: Arrivals, joined: asyncio.Semaphore) -> None:
    """One client that reads whatever comes, until it is cancelled; `joined` is released with its snapshot."""
    async with open_board(url, session) as socket:
        hello_at_s = time.monotonic()
        await socket.send(HELLO)
        first = True
        try:
            async for frame in socket:
                arrivals.take(frame, hello_at_s)
                if first:
                    joined.release()
                    first = False
        except websockets.ConnectionClosed:
            pass
        arrivals.closed += 1


async def sleeper(url: str, session: str, left: asyncio.Event) -> None:
    """One client that says hello and reads nothing until `left`: its buffers fill, here and at the server."""
    async with open_board(url, session, max_queue=1) as socket:
        await socket.send(HELLO)
        await left.wait()


def open_board(url: str, session: str, max_queue: int = 16) -> websockets.connect:
    """A connection to the board's websocket for a signed-in session."""
    return websockets.connect(
        url,
        additional_headers={"cookie": session},
        max_size=None,
        max_queue=max_queue,
        compression=None,
        ping_interval=None,
        open_timeout=60,
        close_timeout=1,
    )
