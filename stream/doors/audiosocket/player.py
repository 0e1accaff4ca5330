"""Plays a recorded call into a door as Asterisk's AudioSocket would: a connection a leg, 20 ms of audio a frame."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tonewatch.stream.doors.announced_calls import LegSaid
from tonewatch.stream.doors.announcer import Announcer, said
from tonewatch.stream.doors.audio_file import chunks
from tonewatch.stream.doors.audiosocket.frames import Audio, Hangup, Identity, encode
from tonewatch.stream.doors.line_trouble import NO_TROUBLE, LineTrouble
from tonewatch.stream.doors.refusal import refusal
from tonewatch.stream.doors.replay import Plan, to_pcm
from tonewatch.stream.errors import BrokerError

FRAME_MS: Final = 20

CONNECT_S: Final = 20.0


@dataclass(eq=False)
class _Leg:
    """One connection, and how to make it again."""

    uuid: UUID
    host: str
    port: int
    tls: ssl.SSLContext | None
    writer: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        """
        Raises:
            BrokerError: the door cannot be reached; the text says why.
        """
        try:
            async with asyncio.timeout(CONNECT_S):
                _, self.writer = await asyncio.open_connection(self.host, self.port, ssl=self.tls)
        except OSError as error:
            where = f"AudioSocket at {self.host}:{self.port}"
            raise BrokerError(f"{where} does not let the call in: {refusal(error, CONNECT_S)}.") from error
        self.writer.write(encode(Identity(self.uuid)))

    async def send(self, data: bytes) -> None:
        if self.writer is not None:
            self.writer.write(data)
            await self.writer.drain()

    async def break_off(self) -> None:
        """In the middle of a frame: no hang-up."""
        assert self.writer is not None
        await self.send(encode(Audio(8_000, bytes(2)))[:-1])
        self.writer.close()
        await self.connect()

    async def hang_up(self) -> None:
        assert self.writer is not None
        await self.send(encode(Hangup()))
        self.writer.close()
        await self.writer.wait_closed()


@dataclass(frozen=True)
class AudioSocketPlayer:
    """`speed` 1 is real time; 0 as fast as the door takes it."""

    announcer: Announcer
    host: str
    port: int
    rate_hz: int = 8_000
    speed: float = 1.0
    trouble: LineTrouble = NO_TROUBLE
    tls: ssl.SSLContext | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def play(self, call: Plan) -> int:
        """Returns how many ms were sent.

        Raises:
            BrokerError: the door refuses the call, or cannot be reached.
            OSError: it ends a connection.
            AudioFileError: the file breaks off inside.
        """
        answers = await self.announcer.announce(
            said(call, tuple(LegSaid(role=role, audiosocket="") for _, role in call.sent))
        )
        legs = [_Leg(UUID(one["audiosocket"]), self.host, self.port, self.tls) for one in answers]
        for leg in legs:
            await leg.connect()
        try:
            return await self._send(call, legs)
        finally:
            for leg in legs:
                await leg.hang_up()

    async def _send(self, call: Plan, legs: list[_Leg]) -> int:
        begun_s, sent_ms = self.clock(), 0.0
        rngs = [self.trouble.rng(index) for index in range(len(legs))]
        for block in chunks(call.file, self.rate_hz, FRAME_MS):
            wait_ms = sent_ms + len(block) * 1000 / self.rate_hz
            if self.speed > 0:
                late_ms = max(rng.random() for rng in rngs) * self.trouble.jitter_ms
                await self.sleep(max(0.0, begun_s + (wait_ms + late_ms) / 1000 / self.speed - self.clock()))
            for leg, (column, _) in zip(legs, call.sent, strict=True):
                if self.trouble.breaks(sent_ms, FRAME_MS):
                    await leg.break_off()
                if not self.trouble.is_held(sent_ms):
                    await leg.send(encode(Audio(self.rate_hz, to_pcm(block[:, column]))))
            sent_ms = wait_ms
        return round(sent_ms)
