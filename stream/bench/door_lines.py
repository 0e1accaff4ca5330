"""A call's connections as a bench plays them: everything that is sent is made before, and sending waits for nobody.

A simulator spends more on a call than a door does; what is measured here is the door.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from websockets.protocol import State

from tonewatch.stream.doors.announced_calls import CallSaid, LegSaid
from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.audiosocket.frames import Audio, Hangup, Identity, encode
from tonewatch.stream.doors.rtp.formats import FORMATS, usual_type
from tonewatch.stream.doors.rtp.packet import Packet, build
from tonewatch.stream.doors.simulate.client import Client, Messages
from tonewatch.stream.doors.simulate.play import Line as OpenLine
from tonewatch.stream.doors.simulate.play import open_line
from tonewatch.stream.doors.simulate.source import TICK_MS, Tick
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import Role

OPEN_S = 120.0
"""A door that is slow to open is measured, not given up."""

RATE_HZ = 8_000
RTP_FORMAT = "ulaw"


class Line(Protocol):
    """`send` waits for nobody; `waiting_bytes` is what the door has not taken from us yet."""

    async def open(self) -> None:
        """
        Raises:
            BrokerError: the door refuses the call.
            OSError: it does not answer.
        """
        ...

    def send(self, tick: int) -> None:
        """
        Raises:
            BrokerError: the door hung up.
        """
        ...

    def waiting_bytes(self) -> int: ...

    async def break_off(self, tick: int) -> None:
        """The connection ends without a word and comes again; what is sent next is `tick`."""
        ...

    async def end(self) -> None: ...


def framed(message: str | bytes) -> bytes:
    """A message as a frame of a websocket's client (RFC 6455, section 5.2), masked with zeros: as it stands."""
    payload = message.encode() if isinstance(message, str) else message
    kind, size = (0x81 if isinstance(message, str) else 0x82), len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
    return bytes([kind]) + length + bytes(4) + payload


def _all_framed(messages: Messages) -> bytes:
    return b"".join(map(framed, messages))


@dataclass(frozen=True)
class Part:
    """What is sent over one of a call's connections, from a tick on."""

    client: Client
    begin: int
    opening: Messages
    frames: list[bytes]

    @classmethod
    def made(cls, client: Client, begin: int, ticks: Sequence[Tick]) -> Part:
        """In the order in which it is said: clients number it."""
        opening = client.open()
        return cls(client, begin, opening, [_all_framed(client.tick(tick)) for tick in ticks])


@dataclass(eq=False)
class WebSocketLine:
    """`breaks_at`: the tick of the only break; -1 for none."""

    url: str
    client: Client
    ticks: Sequence[Tick]
    breaks_at: int = -1
    _parts: list[Part] = field(default_factory=list)
    _begin: int = 0
    _frames: list[bytes] = field(default_factory=list)
    _line: OpenLine | None = None

    def __post_init__(self) -> None:
        first = self.breaks_at if self.breaks_at >= 0 else len(self.ticks)
        self._parts = [Part.made(self.client, 0, self.ticks[:first])]
        if self.breaks_at >= 0:
            self._parts.append(Part.made(self.client.again(first * TICK_MS), first, self.ticks[first:]))

    async def open(self) -> None:
        part = self._parts.pop(0)
        self._begin, self._frames = part.begin, part.frames
        self._line = await open_line(part.client, self.url, open_s=OPEN_S, opening=part.opening)

    def send(self, tick: int) -> None:
        link = self._opened.link
        if link.state is not State.OPEN:
            raise BrokerError(f"The door hung up: {link.close_code} {link.close_reason}.")
        self._opened.link.transport.write(self._frames[tick - self._begin])

    def waiting_bytes(self) -> int:
        return self._opened.link.transport.get_write_buffer_size()

    async def break_off(self, tick: int) -> None:
        await self._opened.close()
        await self.open()

    async def end(self) -> None:
        line = self._opened
        if last := line.client.end():
            await line.send(last)
            await line.link.wait_closed()
        await line.close()

    @property
    def _opened(self) -> OpenLine:
        assert self._line is not None
        return self._line


@dataclass(eq=False)
class AudioSocketLine:
    """A connection a leg."""

    announcer: Announcer
    call_id: str
    roles: Sequence[Role]
    host: str
    port: int
    ticks: Sequence[Tick]
    _uuids: list[UUID] = field(default_factory=list)
    _frames: list[list[bytes]] = field(default_factory=list)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._frames = [[encode(Audio(RATE_HZ, part)) for part in tick.parts] for tick in self.ticks]

    async def open(self) -> None:
        legs = tuple(LegSaid(role=role, audiosocket="") for role in self.roles)
        answers = await self.announcer.announce(CallSaid(self.call_id, legs, notice_given=True))
        self._uuids = [UUID(one["audiosocket"]) for one in answers]
        await self._connect()

    async def _connect(self) -> None:
        for uuid in self._uuids:
            async with asyncio.timeout(OPEN_S):
                _, writer = await asyncio.open_connection(self.host, self.port)
            writer.write(encode(Identity(uuid)))
            self._writers.append(writer)

    def send(self, tick: int) -> None:
        for writer, frame in zip(self._writers, self._frames[tick], strict=True):
            writer.write(frame)

    def waiting_bytes(self) -> int:
        return max(writer.transport.get_write_buffer_size() for writer in self._writers)

    async def break_off(self, tick: int) -> None:
        # Within a frame: else it would be a hang-up.
        await self._close(encode(Audio(RATE_HZ, bytes(2)))[:-1])
        await self._connect()

    async def end(self) -> None:
        await self._close(encode(Hangup()))

    async def _close(self, last: bytes) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.write(last)
            writer.close()
        for writer in writers:
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@dataclass(eq=False)
class RtpLine:
    """A port a leg. It has no connection that could break."""

    announcer: Announcer
    call_id: str
    roles: Sequence[Role]
    ticks: Sequence[Tick]
    _packets: list[list[bytes]] = field(default_factory=list)
    _legs: list[asyncio.DatagramTransport] = field(default_factory=list)

    def __post_init__(self) -> None:
        kind, step = usual_type(FORMATS[RTP_FORMAT]), RATE_HZ * TICK_MS // 1_000
        self._packets = [
            [build(Packet(kind, number % 2**16, number * step, leg + 1, part)) for leg, part in enumerate(tick.parts)]
            for number, tick in enumerate(self.ticks)
        ]

    async def open(self) -> None:
        legs = tuple(LegSaid(role=role, rtp=RTP_FORMAT) for role in self.roles)
        answers = await self.announcer.announce(CallSaid(self.call_id, legs, notice_given=True))
        loop = asyncio.get_running_loop()
        for one in answers:
            at = (str(one["host"]), int(one["port"]))
            transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=at)
            self._legs.append(transport)

    def send(self, tick: int) -> None:
        for leg, packet in zip(self._legs, self._packets[tick], strict=True):
            leg.sendto(packet)

    def waiting_bytes(self) -> int:
        """UDP holds nobody back."""
        return 0

    async def break_off(self, tick: int) -> None:
        """Nothing breaks."""

    async def end(self) -> None:
        for leg in self._legs:
            leg.close()
        await self.announcer.end(self.call_id)
