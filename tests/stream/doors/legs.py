"""What the tests of announced calls share: doors of a process without Kafka, and what they wrote."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tonewatch.stream.doors.announce_listener import AnnounceListener
from tonewatch.stream.doors.announced_calls import AnnouncedCalls
from tonewatch.stream.doors.announcer import Announcer
from tonewatch.stream.doors.audiosocket.connection import monotonic_ms
from tonewatch.stream.doors.audiosocket.listener import AudioSocketListener
from tonewatch.stream.doors.credentials import Credentials
from tonewatch.stream.doors.dead_frames import DeadFrames
from tonewatch.stream.doors.limits import Admission, Limits
from tonewatch.stream.doors.live_calls import QUIET_S, LiveCalls
from tonewatch.stream.doors.media_networks import MediaNetworks
from tonewatch.stream.doors.rtp.listener import RtpListener
from tonewatch.stream.doors.rtp.ports import PortRange
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.websocket_listener import Address
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted
from tonewatch.stream.service.metrics import Metrics

TOKEN, OTHER_TOKEN = "a-token-of-acme", "a-token-of-beta"


@dataclass
class VirtualClock:
    """Goes on when somebody sleeps: a call of minutes takes as long as its packets take, on any machine."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def now_ms(self) -> float:
        return self.now_s * 1000

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        # Once to look at the sockets, for which a busy machine's loopback takes a moment, and some more for whoever
        # takes what came.
        await asyncio.sleep(0.001)
        for _ in range(4):
            await asyncio.sleep(0)


async def _sleep_but_for_quiet(seconds: float) -> None:
    """On a slow machine a stream may be quiet for long: what it holds is not written for that here."""
    if seconds == QUIET_S:
        await asyncio.Event().wait()
    await asyncio.sleep(seconds)


@dataclass
class Letters:
    """Dead letters, instead of a producer."""

    sent: list[tuple[bytes, list[tuple[str, bytes]]]] = field(default_factory=list)

    async def send(
        self, topic: str, value: bytes, *, key: bytes | None = None, headers: list[tuple[str, bytes]] | None = None
    ) -> asyncio.Future[None]:
        self.sent.append((value, headers or []))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@dataclass
class Doors:
    """All three listeners on loopback, and what they wrote."""

    announce: AnnounceListener
    audiosocket: AudioSocketListener
    rtp: RtpListener
    live: LiveCalls
    metrics: Metrics
    letters: Letters
    written: list[CallMessage]
    sockets: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A socket at AudioSocket's port; closed at the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.audiosocket.port)
        self.sockets.append(writer)
        return reader, writer

    @property
    def announcer(self) -> Announcer:
        return Announcer(f"http://127.0.0.1:{self.announce.port}", TOKEN)

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"tonewatch_{name}", labels) or 0

    async def all_ended(self, timeout_s: float = 60) -> None:
        """Until every call that began is over."""
        async with asyncio.timeout(timeout_s):
            while len(self.live) or not any(isinstance(one, CallEnded) for one in self.written):
                await asyncio.sleep(0.02)

    async def until(self, holds: Callable[[], bool], timeout_s: float = 60) -> None:
        async with asyncio.timeout(timeout_s):
            while not holds():
                await asyncio.sleep(0.02)

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.written if not isinstance(one, AudioChunk)]

    def chunks(self, channel: int) -> list[AudioChunk]:
        return [one for one in self.written if isinstance(one, AudioChunk) and one.channel == channel]

    def audio(self, channel: int) -> bytes:
        return b"".join(one.payload for one in self.chunks(channel))

    def started(self) -> CallStarted:
        (one,) = [one for one in self.written if isinstance(one, CallStarted)]
        return one


@asynccontextmanager
async def doors(
    *,
    limits: Limits | None = None,
    grace_s: float = 0.2,
    clock: VirtualClock | None = None,
    networks: str = "",
    ports: int = 40,
    deliver: Callable[[Sequence[CallMessage]], Awaitable[None]] | None = None,
) -> AsyncIterator[Doors]:
    """`clock`: of arrival, by default the machine's. `deliver`: where messages go besides `written`."""
    written: list[CallMessage] = []
    arrival_ms = clock.now_ms if clock is not None else monotonic_ms

    async def send(messages: Sequence[CallMessage]) -> None:
        written.extend(messages)
        if deliver is not None:
            await deliver(messages)

    metrics, letters = Metrics(), Letters()
    live = LiveCalls(send, metrics, grace_s=grace_s, sleep=_sleep_but_for_quiet)
    tools = DoorTools(live, DeadFrames(letters, metrics), limits or Limits(), metrics)
    calls, admission = AnnouncedCalls(time.monotonic, tools.limits.calls), Admission(tools.limits)
    allowed, any_port = MediaNetworks.parse(networks), Address("127.0.0.1", 0)
    audiosocket = AudioSocketListener(any_port, calls, tools, admission, allowed, None, arrival_ms)
    first = 20_000 + time.time_ns() // 1_000 % 20_000
    rtp = RtpListener(PortRange("127.0.0.1", first, first + 2 * ports), calls, tools, admission, allowed, arrival_ms)
    announce = AnnounceListener(
        any_port,
        Credentials(text=f"announce acme {TOKEN}; announce beta {OTHER_TOKEN}"),
        calls,
        tools,
        admission,
        rtp,
        has_audiosocket=True,
    )
    for listener in (audiosocket, rtp, announce):
        await listener.start()
    made = Doors(announce, audiosocket, rtp, live, metrics, letters, written)
    try:
        yield made
    finally:
        for writer in made.sockets:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        for listener in (audiosocket, rtp, announce):
            await listener.stop()
        await live.close()
        await live.abandon()
