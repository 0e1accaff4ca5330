from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.stream.doors.audiohook.session import AudioHookDoor
from tonewatch.stream.doors.credentials import Credentials
from tonewatch.stream.doors.dead_frames import DeadFrames
from tonewatch.stream.doors.freeswitch.session import FreeSwitchDoor
from tonewatch.stream.doors.limits import Admission, Limits
from tonewatch.stream.doors.live_calls import LiveCalls
from tonewatch.stream.doors.livekit.session import LiveKitDoor
from tonewatch.stream.doors.plain.session import PlainDoor
from tonewatch.stream.doors.session import WebSocketProtocol
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.twilio.session import TwilioDoor
from tonewatch.stream.doors.websocket_listener import Address, WebSocketListener
from tonewatch.stream.messages import CallMessage
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import CALLS

SECRETS = "websocket acme the-token; websocket beta beta-token; twilio acme auth-token"


@pytest.fixture
def tone() -> Callable[..., Path]:
    """`tone(path, rate_hz=, channels=, seconds=, subtype=)`: a file of sines, 100 Hz higher on each channel."""
    return _tone


def _tone(
    path: Path, *, rate_hz: int = 8000, channels: int = 1, seconds: float = 1.0, subtype: str | None = None
) -> Path:
    t = np.arange(int(rate_hz * seconds)) / rate_hz
    samples = np.stack([0.5 * np.sin(2 * np.pi * (200 + 100 * c) * t) for c in range(channels)], axis=1)
    soundfile.write(str(path), samples, rate_hz, subtype=subtype)
    return path


@dataclass
class Letter:
    value: bytes
    key: bytes | None
    headers: dict[str, bytes]


@dataclass
class Door:
    """A listener, what it wrote, and its dead letters."""

    listener: WebSocketListener
    metrics: Metrics
    live: LiveCalls
    written: list[CallMessage] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)

    def url(self, path: str = "/websocket", scheme: str = "ws") -> str:
        return f"{scheme}://127.0.0.1:{self.listener.port}{path}"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.01)

    def refused(self, door: str, reason: str) -> float:
        labels = {"door": door, "reason": reason}
        return self.metrics.registry.get_sample_value("tonewatch_door_refused_total", labels) or 0.0

    @property
    def waiting_bytes(self) -> float:
        return self.metrics.registry.get_sample_value("tonewatch_door_waiting_bytes") or 0.0

    @property
    def taken(self) -> float:
        labels = {"door": "websocket", "outcome": "taken"}
        return self.metrics.registry.get_sample_value("tonewatch_door_frames_total", labels) or 0.0

    @property
    def kinds(self) -> list[type[CallMessage]]:
        return [type(one) for one in self.written]


@asynccontextmanager
async def opened(
    *,
    secrets: str = SECRETS,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
    grace_s: float = 30,
    public_url: str = "",
    behind_proxy: bool = False,
    kafka: asyncio.Event | None = None,
) -> AsyncIterator[Door]:
    written: list[CallMessage] = []
    letters: list[Letter] = []

    class Sender:
        async def send(
            self, topic: str, value: bytes, *, key: bytes | None, headers: Sequence[tuple[str, bytes]] = ()
        ) -> None:
            assert topic == CALLS.dlq
            letters.append(Letter(value, key, dict(headers)))

    async def send(messages: Sequence[CallMessage]) -> None:
        if kafka is not None:
            await kafka.wait()
        written.extend(messages)

    metrics = Metrics()
    live = LiveCalls(send, metrics, grace_s=grace_s)
    tools = DoorTools(live, DeadFrames(Sender(), metrics), limits or Limits(), metrics)
    doors: list[WebSocketProtocol] = [TwilioDoor(), AudioHookDoor(), PlainDoor(), FreeSwitchDoor(), LiveKitDoor()]
    listener = WebSocketListener(
        Address("127.0.0.1", 0),
        doors,
        Credentials(text=secrets),
        tools,
        Admission(tools.limits),
        tls,
        public_url,
        behind_proxy,
    )
    await listener.start()
    try:
        yield Door(listener, metrics, live, written, letters)
    finally:
        await listener.stop()
        await live.close()
        await live.abandon()


@pytest.fixture
def opened_door() -> Callable[..., AbstractAsyncContextManager[Door]]:
    """`async with opened_door(secrets=, limits=, ...) as door`: all doors on websockets, on a free port of loopback.

    `kafka`: nothing is written before it is set.
    """
    return opened
