"""Plays a recorded call into a door as Asterisk's external media would: a UDP stream a leg, 20 ms a packet."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.doors.announced_calls import LegSaid
from tonewatch.stream.doors.announcer import Announcer, said
from tonewatch.stream.doors.audio_file import chunks
from tonewatch.stream.doors.line_trouble import NO_TROUBLE, LineTrouble
from tonewatch.stream.doors.replay import Plan, to_pcm
from tonewatch.stream.doors.rtp.encoder import Encoder
from tonewatch.stream.doors.rtp.formats import Format, usual_type
from tonewatch.stream.doors.rtp.packet import Packet, build

FRAME_MS: Final = 20


@dataclass(eq=False)
class RtpSender:
    """Numbers, times and codes the packets of one leg; all begin anywhere."""

    format: Format
    sequence: int
    timestamp: int
    ssrc: int
    _encoder: Encoder = field(init=False)

    def __post_init__(self) -> None:
        self._encoder = Encoder(self.format)

    def packet(self, samples: NDArray[np.float32]) -> bytes:
        payload = self._encoder.encode(to_pcm(samples))
        packet = Packet(usual_type(self.format), self.sequence, self.timestamp, self.ssrc, payload)
        self.sequence = (self.sequence + 1) % 2**16
        self.skip(self.format.ticks(payload))
        return build(packet)

    def skip(self, ticks: int) -> None:
        """Time that nothing is sent for."""
        self.timestamp = (self.timestamp + ticks) % 2**32

    def change(self, format_: Format) -> None:
        """Code what follows otherwise, as after a new offer; numbers and times go on."""
        if format_ is not self.format:
            self.format, self._encoder = format_, Encoder(format_)

    def begin_anew(self, sequence: int, timestamp: int, ssrc: int) -> None:
        self.sequence, self.timestamp, self.ssrc = sequence, timestamp, ssrc


@dataclass(frozen=True)
class RtpPlayer:
    """In real time by `clock` and `sleep`, which count in seconds: a timestamp that runs faster is not believed.

    `later`: the format from `later_ms` of the call on, of the same rate and clock.
    """

    announcer: Announcer
    format: Format
    trouble: LineTrouble = NO_TROUBLE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    end: bool = True
    later: Format | None = None
    later_ms: int = 0

    async def play(self, call: Plan) -> int:
        """Returns how many ms were sent; `end`: and tell the door that the call is over.

        Raises:
            BrokerError: the door refuses the call.
            AudioFileError: the file breaks off inside.
        """
        legs = tuple(LegSaid(role=role, rtp=self.format.name) for _, role in call.sent)
        answers = await self.announcer.announce(said(call, legs))
        loop = asyncio.get_running_loop()
        opened = [
            await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(one["host"], one["port"]))
            for one in answers
        ]
        try:
            return await self._send(call, [transport for transport, _ in opened])
        finally:
            for transport, _ in opened:
                transport.close()
            if self.end:
                await self.announcer.end(call.call_id)

    async def _send(self, call: Plan, transports: list[asyncio.DatagramTransport]) -> int:
        begun_s, sent_ms = self.clock(), 0
        late: list[tuple[float, int, int, bytes]] = []
        for sent_ms, packets in self._packets(call):
            for number, (leg, delay_ms, datagram) in enumerate(packets):
                heapq.heappush(late, (sent_ms + delay_ms, number, leg, datagram))
            while late and late[0][0] <= sent_ms:
                await self._send_at(begun_s, heapq.heappop(late), transports)
        while late:
            await self._send_at(begun_s, heapq.heappop(late), transports)
        return sent_ms

    async def _send_at(
        self, begun_s: float, due: tuple[float, int, int, bytes], transports: list[asyncio.DatagramTransport]
    ) -> None:
        at_ms, _, leg, datagram = due
        await self.sleep(max(0.0, begun_s + at_ms / 1000 - self.clock()))
        transports[leg].sendto(datagram)

    def _packets(self, call: Plan) -> Iterator[tuple[int, list[tuple[int, float, bytes]]]]:
        """When 20 ms are over, the packets of it that arrive: leg, delay (ms) and bytes."""
        rngs = [self.trouble.rng(leg) for leg in range(len(call.sent))]
        anywhere: Any = [(rng.randrange(2**16), rng.randrange(2**32), rng.randrange(2**32)) for rng in rngs]
        senders = [RtpSender(self.format, *begin) for begin in anywhere]
        ticks = self.format.clock_hz * FRAME_MS // 1000
        for count, block in enumerate(chunks(call.file, self.format.rate_hz, FRAME_MS)):
            arriving: list[tuple[int, float, bytes]] = []
            for leg, (column, _) in enumerate(call.sent):
                if self.trouble.breaks(count * FRAME_MS, FRAME_MS):
                    senders[leg].begin_anew(*(rngs[leg].randrange(2**bits) for bits in (16, 32, 32)))
                if self.trouble.is_held(count * FRAME_MS):
                    senders[leg].skip(ticks)
                    continue
                if self.later is not None and count * FRAME_MS >= self.later_ms:
                    senders[leg].change(self.later)
                datagram = senders[leg].packet(block[:, column])
                arriving += [(leg, delay_ms, datagram) for delay_ms in self.trouble.fates(rngs[leg])]
            yield (count + 1) * FRAME_MS, arriving
