"""One RTP leg: its datagrams into the frames of its channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tonewatch.stream.doors.announced_calls import AnnouncedCall, AnnouncedCalls, Leg
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.doors.limits import MOST_BAD, Admission
from tonewatch.stream.doors.live_calls import LiveStream
from tonewatch.stream.doors.rtp.decoder import Decoder
from tonewatch.stream.doors.rtp.formats import format_of
from tonewatch.stream.doors.rtp.jitter import JitterBuffer, Sound
from tonewatch.stream.doors.rtp.packet import parse
from tonewatch.stream.doors.rtp.source import Source
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.errors import BadRecord, Unprocessable

DOOR: Final = "rtp"
POLL_S: Final = 0.1
STOP_MS: Final = 3_000
"""What goes on coming behind a stop is left after this long."""

QUEUED: Final = 500
"""Datagrams that wait while Kafka takes nothing, ten seconds of 20 ms; UDP cannot be held back, so more are lost."""

Datagram = tuple[bytes, tuple[str, int], float]
"""Bytes, source, and when it arrived (ms)."""


@dataclass(eq=False)
class RtpLeg:
    """`run` reads until the leg is over. `arrived` takes a datagram and never waits."""

    call: AnnouncedCall
    leg: Leg
    calls: AnnouncedCalls
    tools: DoorTools
    admission: Admission
    source: Source
    now_ms: Callable[[], float]
    _waiting: asyncio.Queue[Datagram | None] = field(default_factory=lambda: asyncio.Queue(QUEUED))
    _stopped: bool = False
    _stopped_at_ms: float = 0.0
    _quiet_polls: int = 0
    _came: bool = False
    _poll: asyncio.TimerHandle | None = None
    _stream: LiveStream | None = None
    _jitter: JitterBuffer | None = None
    _decoder: Decoder = field(default_factory=Decoder)
    _heard_at_ms: float = 0.0
    _bad: int = 0

    def arrived(self, datagram: bytes, host: str, port: int) -> None:
        try:
            self.source.check(host, port)
            self._came = True
            self._waiting.put_nowait((datagram, (host, port), self.now_ms()))
        except Unprocessable as error:
            self._count(error.reason)
        except asyncio.QueueFull:
            self._count("overrun")

    def stop(self) -> None:
        """What has arrived is taken first; some of it may lie in the socket still, on a machine that is busy."""
        if not self._stopped:
            self._stopped, self._stopped_at_ms = True, self.now_ms()
            self._came, self._quiet_polls = True, 0

    async def run(self, unused_s: float) -> str:
        """Until nothing came for long, or `stop`. Returns why: `ended`, `idle`, `unused`, or the reason of a refusal.

        `unused_s`: how long its first packet is waited for.
        """
        self._heard_at_ms = self.now_ms()
        self._poke()
        try:
            first = await self._first(unused_s * 1000)
            if first is None:
                return "ended" if self._stopped else "unused"
            with self.admission.entered(self.call.tenant, first[1][0]):
                return await self._carry(first)
        except BadRecord as error:
            return error.reason
        finally:
            if self._poll is not None:
                self._poll.cancel()

    def _poke(self) -> None:
        """Wake whoever waits, each POLL_S: a timer a leg, not one a packet."""
        if not self._came:
            self._quiet_polls += 1
        self._came = False
        if self._waiting.empty():
            self._waiting.put_nowait(None)
        self._poll = asyncio.get_running_loop().call_later(POLL_S, self._poke)

    async def _carry(self, first: Datagram) -> str:
        assert self.leg.format is not None
        self.calls.connect(self.call)
        try:
            self._jitter = JitterBuffer(self.call.begin(first[2]), self.leg.format)
            self._stream = await self.tools.live.join(DOOR, self.call.facts, [self.leg.channel], at_ms=0)
            arrived: Datagram | None = first
            while arrived is not None:
                await self._take(arrived)
                arrived = await self._next(self.tools.limits.idle_s * 1000)
            return "ended" if self._stopped else "idle"
        finally:
            self.calls.leave(self.call)
            if self._stream is not None:
                await self._write(self._jitter.flush() if self._jitter is not None else [])
                self._note_counts()
                await self._stream.leave(ended=True)

    async def _first(self, patience_ms: float) -> Datagram | None:
        """Anything may knock at a port; a packet of audio begins the leg."""
        while (arrived := await self._next(patience_ms)) is not None:
            try:
                assert self.leg.format is not None
                format_of(parse(arrived[0]).payload_type, self.leg.format)
                return arrived
            except BadRecord as error:
                self._count(error.reason)
        return None

    async def _next(self, patience_ms: float) -> Datagram | None:
        """The next datagram; null when nothing came for long enough, or all is over."""
        while True:
            if self._waiting.empty() and (self._is_drained() or self.now_ms() - self._heard_at_ms >= patience_ms):
                return None
            if (arrived := await self._waiting.get()) is not None:
                return arrived
            if self._jitter is not None:
                await self._write(self._jitter.poll(self.now_ms()))

    def _is_drained(self) -> bool:
        """Is all over: nothing came for a poll since the stop, or somebody goes on sending?"""
        return self._stopped and (self._quiet_polls > 0 or self.now_ms() - self._stopped_at_ms >= STOP_MS)

    async def _take(self, arrived: Datagram) -> None:
        datagram, source, at_ms = arrived
        assert self._jitter is not None
        if self.source.bound not in (None, source):
            # It had come before the leg was bound to another one.
            self._count("source")
            return
        try:
            sounds = self._jitter.push(parse(datagram), at_ms)
        except BadRecord as error:
            await self._note_bad(datagram, error)
            return
        # Bound by audio alone: anybody may have knocked at the port.
        self.source.bind(*source)
        self._heard_at_ms = at_ms
        await self._write(sounds)

    async def _write(self, sounds: Sequence[Sound]) -> None:
        frames = [self._frame(sound) for sound in sounds if sound.payload]
        if frames and self._stream is not None:
            await self._stream.take(frames)

    def _frame(self, sound: Sound) -> Frame:
        codec, rate_hz, payload = self._decoder.decode(sound.payload, sound.format)
        return Frame(self.leg.channel, round(sound.start_ms), payload, codec, rate_hz)

    async def _note_bad(self, datagram: bytes, error: BadRecord) -> None:
        if error.reason == "rtcp":
            return
        known = self.call.facts
        may_be_kept = self._stream is not None and self._stream.notice_given and known.notice_given
        await self.tools.letters.send(DOOR, known.call_id, datagram, error, notice_given=may_be_kept)
        self._bad += 1
        if self._bad >= MOST_BAD:
            raise Unprocessable("Too many packets that cannot be used.", reason="bad_frames")

    def _note_counts(self) -> None:
        assert self._jitter is not None
        counts = self._jitter.counts
        for outcome, names in (("late_or_twice", ("late", "twice", "stray")), ("lost", ("lost",))):
            if count := sum(counts[name] for name in names):
                self.tools.metrics.door_frames.labels(door=DOOR, outcome=outcome).inc(count)

    def _count(self, reason: str) -> None:
        self.tools.metrics.door_refused.labels(door=DOOR, reason=reason).inc()
