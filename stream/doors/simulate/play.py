"""Plays a call to a door over real sockets."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tonewatch.stream.doors.refusal import refusal
from tonewatch.stream.doors.replay import Plan
from tonewatch.stream.doors.simulate.client import Client, Messages
from tonewatch.stream.doors.simulate.source import Tick, ticks
from tonewatch.stream.doors.simulate.troubles import Step, Troubles, steps
from tonewatch.stream.errors import BrokerError, SettingsError

OPEN_S = 30.0
"""A door that does not answer an opening for so long is not there."""


@dataclass
class Line:
    """A connection of one client, with what reads its answers."""

    client: Client
    link: ClientConnection
    _reading: asyncio.Task[None]

    async def send(self, messages: Messages) -> None:
        for message in messages:
            await self.link.send(message)

    async def close(self) -> None:
        await self.link.close()
        await self._reading


@dataclass
class Player:
    """`speed` 1 is real time, 0 as fast as the door takes it. `url`: where to connect; `signed_url`: what is signed.

    `began_s` is when the call began, by `clock`; `late_s` how much later than due each tick was sent.
    """

    url: str
    speed: float = 1.0
    signed_url: str = ""
    tls: ssl.SSLContext | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    began_s: float = 0.0
    late_s: list[float] = field(default_factory=list)
    _lines: list[Line] = field(default_factory=list)

    async def play(self, plan: Plan, client: Client, troubles: Troubles) -> None:
        """The whole call, ended in order.

        Raises:
            BrokerError: the door refuses the call, or hangs up.
            AudioFileError: the file breaks off inside.
            SettingsError: the troubles are none of this protocol.
        """
        await self.play_ticks(list(ticks(plan, client.codec)), client, troubles)

    async def play_ticks(self, heard: Sequence[Tick], client: Client, troubles: Troubles) -> None:
        """As `play`, of a file that was read."""
        if troubles.needs_numbers and not client.is_numbered:
            raise SettingsError("Frames of this protocol bear no number: none can be lost, swapped or sent twice.")
        self.began_s = self.clock()
        try:
            line = await self._open(client)
            for step in steps([tick.at_ms for tick in heard], troubles):
                await self._until(step.due_ms)
                if step.kind == "send":
                    await line.send(line.client.tick(heard[step.tick]))
                else:
                    line = await self._trouble(line, step, troubles)
            last = line.client.end()
            await line.send(last)
            if not last:
                # The protocol has no word for it: whoever calls closes.
                await line.link.close()
            await line.link.wait_closed()
        except ConnectionClosed as error:
            raise BrokerError(f"The door at {self.url} does not go on with the call: {refusal(error, 0)}.") from error
        finally:
            for one in self._lines:
                await one.close()

    async def _trouble(self, line: Line, step: Step, troubles: Troubles) -> Line:
        if step.kind == "hold":
            await line.send(line.client.hold(step.at_ms, step.at_ms + troubles.hold_ms))
            return line
        if step.kind == "break":
            # Without a word, but with what was sent: a network that fails outright loses what lay in its buffers.
            await line.close()
        return await self._open(line.client.again(step.at_ms))

    async def _until(self, due_ms: float) -> None:
        if self.speed <= 0:
            return
        due_s = self.began_s + due_ms / 1_000 / self.speed
        if (wait_s := due_s - self.clock()) > 0:
            await self.sleep(wait_s)
        self.late_s.append(max(0.0, self.clock() - due_s))

    async def _open(self, client: Client) -> Line:
        line = await open_line(client, self.url, self.signed_url, self.tls)
        self._lines.append(line)
        return line


async def open_line(
    client: Client,
    url: str,
    signed_url: str = "",
    tls: ssl.SSLContext | None = None,
    *,
    open_s: float = OPEN_S,
    opening: Messages | None = None,
) -> Line:
    """A connection over which audio may be sent. `opening`: what the client says first, where it was asked before.

    Raises:
        BrokerError: the door refuses it, or does not answer within `open_s`.
    """
    try:
        async with asyncio.timeout(open_s):
            link = await connect(
                url,
                additional_headers=client.headers(signed_url or url),
                ssl=tls,
                compression=None,
                open_timeout=None,
                # A telephony system asks for no sign of life of its own; a slow door must not be hung up on.
                ping_interval=None,
            )
            opened = asyncio.Event()
            line = Line(client, link, asyncio.create_task(_read(link, client, opened)))
            await _greet(line, opened, client.open() if opening is None else opening)
    except (OSError, InvalidHandshake, ConnectionClosed) as error:
        raise BrokerError(f"The door at {url} does not let the call in: {refusal(error, open_s)}.") from error
    return line


async def _greet(line: Line, opened: asyncio.Event, opening: Messages) -> None:
    try:
        await line.send(opening)
        if line.client.waits():
            await opened.wait()
    except BaseException:
        await line.close()
        raise


async def _read(link: ClientConnection, client: Client, opened: asyncio.Event) -> None:
    """Answers are taken all the time: a door that cannot send would stop."""
    try:
        while True:
            answer = await link.recv()
            if isinstance(answer, str) and client.is_opened(answer):
                opened.set()
    except ConnectionClosed:
        opened.set()
