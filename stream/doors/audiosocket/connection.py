"""One AudioSocket connection: its bytes into the frames of its leg's channel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tonewatch.stream.doors.announced_calls import AnnouncedCall, AnnouncedCalls, Leg
from tonewatch.stream.doors.audiosocket.arrival_clock import DECIDE_MS, ArrivalClock, Placed, joined
from tonewatch.stream.doors.audiosocket.frames import Audio, Failure, FrameReader, Hangup, Identity
from tonewatch.stream.doors.audiosocket.frames import Frame as FrameRead
from tonewatch.stream.doors.credentials import Refused
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.doors.limits import Admission, ByteRate
from tonewatch.stream.doors.live_calls import LiveStream
from tonewatch.stream.doors.patience import Patience
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.errors import BadRecord, Unprocessable

DOOR: Final = "audiosocket"
READ_BYTES: Final = 16 * 1024
PUT_OUT: Final = "too_many_unknown"
FORMER_S: Final = 1.0
"""A leg's earlier connection has so long to bring what it had sent before it broke; then it is half dead."""


def monotonic_ms() -> float:
    return time.monotonic_ns() / 1e6


@dataclass(eq=False)
class AudioSocketConnection:
    """`run` reads until the leg is over; it never raises for what the other side does."""

    reader: asyncio.StreamReader
    address: str
    calls: AnnouncedCalls
    tools: DoorTools
    admission: Admission
    close: Callable[[], None]
    carried: dict[UUID, asyncio.Future[None]]
    now_ms: Callable[[], float] = monotonic_ms
    stream: LiveStream | None = None
    known: Callable[[], None] = lambda: None
    """Called when it has said the UUID of an announced call."""
    is_put_out: bool = False
    """It gave way to a newer one while it had said nothing that was read."""
    _frames: FrameReader = field(default_factory=FrameReader)
    _clock: ArrivalClock | None = None
    _leg: Leg | None = None
    _call: AnnouncedCall | None = None

    async def run(self) -> str:
        """Returns why it ended: `ended`, `broken`, or the reason of a refusal."""
        try:
            identity, rest = await self._identity()
            if self.is_put_out:
                return PUT_OUT
            self._call, self._leg = self.calls.by_uuid(identity.uuid)
            self.known()
            with self.admission.entered(self._call.tenant, self.address):
                async with self._turn(identity.uuid):
                    return await self._carry(self._call, self._leg, rest)
        except BadRecord as error:
            return PUT_OUT if self.is_put_out else error.reason
        except Refused as refused:
            return refused.reason
        except TimeoutError:
            return "idle"
        except OSError:
            return PUT_OUT if self.is_put_out else "broken"

    def put_out(self) -> None:
        """For a newer connection."""
        self.is_put_out = True
        self.close()

    async def _identity(self) -> tuple[Identity, Sequence[FrameRead]]:
        """The first frame, and what came with it."""
        async with asyncio.timeout(self.tools.limits.hello_s):
            while data := await self.reader.read(READ_BYTES):
                if frames := self._frames.feed(data):
                    identity = frames[0]
                    assert isinstance(identity, Identity)
                    return identity, frames[1:]
        raise Unprocessable("The connection ended before its UUID.", reason="no_uuid")

    @asynccontextmanager
    async def _turn(self, uuid: UUID) -> AsyncIterator[None]:
        """Behind the leg's earlier connection, whose end may be unread while this one begins."""
        former = self.carried.get(uuid)
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.carried[uuid] = over
        try:
            if former is not None:
                await asyncio.wait([former], timeout=FORMER_S)
            yield
        finally:
            over.set_result(None)
            if self.carried.get(uuid) is over:
                del self.carried[uuid]

    async def _carry(self, call: AnnouncedCall, leg: Leg, rest: Sequence[FrameRead]) -> str:
        self.calls.connect(call)
        ended = False
        try:
            self._clock = ArrivalClock(call.begin(self.now_ms()))
            self.stream = await self.tools.live.join(DOOR, call.facts, [leg.channel], at_ms=0, taken_over=self.close)
            outcome = await self._take(rest) or await self._feed(b"") or await self._read()
            ended = outcome == "ended"
            return outcome
        finally:
            self.calls.leave(call)
            if self.stream is not None:
                await self._place(self._clock.flush() if self._clock is not None else [])
                await self.stream.leave(ended=ended)

    async def _read(self) -> str:
        patience = Patience(DECIDE_MS / 1000)
        try:
            return await self._read_with(patience)
        finally:
            patience.stop()

    async def _read_with(self, patience: Patience) -> str:
        rate, idle_s = ByteRate(self.tools.limits.bytes_s), self.tools.limits.idle_s
        quiet_s = 0.0
        while True:
            try:
                with patience:
                    data = await self.reader.read(READ_BYTES)
            except TimeoutError:
                quiet_s += DECIDE_MS / 1000
                await self._poll()
                if quiet_s >= idle_s:
                    return "idle"
                continue
            quiet_s = 0.0
            if not data:
                # Asterisk closes the socket at a hang-up; within a frame it was no hang-up.
                return "broken" if self._frames.held else "ended"
            await rate.take(len(data))
            if outcome := await self._feed(data):
                return outcome

    async def _poll(self) -> None:
        assert self._clock is not None
        await self._place(self._clock.poll(self.now_ms()))

    async def _feed(self, data: bytes) -> str:
        """'' to read on."""
        try:
            # Once more without bytes: what is sound before nonsense is heard.
            return await self._take(self._frames.feed(data)) or await self._take(self._frames.feed(b""))
        except BadRecord as error:
            assert self._call is not None
            known = self._call.facts
            may_be_kept = self.stream is not None and self.stream.notice_given and known.notice_given
            await self.tools.letters.send(DOOR, known.call_id, self._frames.held, error, notice_given=may_be_kept)
            raise

    async def _take(self, frames: Sequence[FrameRead]) -> str:
        assert self._clock is not None
        at_ms, placed = self.now_ms(), list[Placed]()
        try:
            for frame in frames:
                if isinstance(frame, Hangup | Failure):
                    return "ended" if isinstance(frame, Hangup) else "failure"
                if isinstance(frame, Audio) and frame.pcm:
                    placed += self._clock.push(at_ms, frame)
        finally:
            await self._place(placed)
        return ""

    async def _place(self, placed: Sequence[Placed]) -> None:
        assert self._leg is not None and self.stream is not None
        channel = self._leg.channel
        frames = [
            Frame(channel, round(one.start_ms), one.audio.pcm, "pcm16", one.audio.rate_hz) for one in joined(placed)
        ]
        if frames:
            await self.stream.take(frames)
