"""What is looked at while calls are live: the browser's websocket, the topics, CPU and memory, and what was shed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import psutil
import websockets
from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.stream import topics
from tonewatch.stream.bench.board_clients import HELLO, open_board
from tonewatch.stream.bench.rig import PARTITIONS
from tonewatch.stream.codec import decode_alert, decode_segment
from tonewatch.stream.demo.board_watch import Frame
from tonewatch.stream.local.consumer_lag import FlowWatcher
from tonewatch.stream.messages import Alert, Segment, Tone
from tonewatch.stream.wall_clock import delay_ms

SAMPLE_S = 1.0
LAG_EVERY_S = 3.0
_SHED = re.compile(r'^tonewatch_shed_total\{what="(\w+)"\} ([0-9.e+]+)$', re.MULTILINE)

Roles = Mapping[str, Sequence[int]]
"""Ids of the processes of each role."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Delays:
    """Seconds from the end of a caller's speech, of what came since the window was opened."""

    is_open: bool = False
    segment_s: list[float] = field(default_factory=list)
    alert_s: list[float] = field(default_factory=list)
    board_s: list[float] = field(default_factory=list)

    def note(self, into: list[float], spoken_at_ms: int, arrived_ms: int) -> None:
        if self.is_open and (delay := delay_ms(spoken_at_ms, arrived_ms)) is not None:
            into.append(delay / 1000)

    def take_frame(self, text: str | bytes, arrived_ms: int) -> None:
        """One message of the board's websocket; a snapshot, the only one in bytes, is of before."""
        if isinstance(text, bytes):
            return
        frame = msgspec.json.decode(text, type=Frame)
        for event in (frame.event, *frame.events):
            if isinstance(event, Tone):
                self.note(self.board_s, event.spoken_at_ms, arrived_ms)

    def take_record(self, topic: str, value: bytes | None, arrived_ms: int) -> None:
        """A caller's segment, or an alert that fired."""
        if topic == topics.SEGMENTS.name:
            message = decode_segment(value)
            if isinstance(message, Segment) and message.role != "agent":
                self.note(self.segment_s, message.spoken_at_ms, arrived_ms)
            return
        alert = decode_alert(value)
        if isinstance(alert, Alert) and alert.event == "fired":
            self.note(self.alert_s, alert.spoken_at_ms, arrived_ms)


async def browse(url: str, session: str, delays: Delays, *, clock_ms: Callable[[], int] = now_ms) -> None:
    """The board's websocket, as a browser reads it, until cancelled; a board that closes it is opened again."""
    while True:
        with contextlib.suppress(websockets.ConnectionClosed):
            async with open_board(url, session) as socket:
                await socket.send(HELLO)
                async for frame in socket:
                    delays.take_frame(frame, clock_ms())


async def read_topics(bootstrap: str, delays: Delays, *, clock_ms: Callable[[], int] = now_ms) -> None:
    """Segments and alerts from now on, as another system would read them, until cancelled."""
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=50)
    await reader.start()
    try:
        names = (topics.SEGMENTS.name, topics.ALERTS.name)
        reader.assign([TopicPartition(name, number) for name in names for number in range(PARTITIONS)])
        await reader.seek_to_end()
        while True:
            found = await reader.getmany(timeout_ms=100)
            arrived_ms = clock_ms()
            for partition, records in found.items():
                for record in records:
                    delays.take_record(partition.topic, record.value, arrived_ms)
    finally:
        await reader.stop()


@dataclass
class Usage:
    """CPU seconds and resident MB by role. A process that began again counts from its beginning."""

    roles: Callable[[], Roles]
    most_mb: dict[str, float] = field(default_factory=dict)

    def cpu_s(self) -> dict[str, float]:
        return {role: sum(_cpu_s(pid) for pid in pids) for role, pids in self.roles().items()}

    def sample(self) -> dict[str, float]:
        """Megabytes now; the most of each role is kept."""
        now = {role: sum(_rss_mb(pid) for pid in pids) for role, pids in self.roles().items()}
        for role, megabytes in now.items():
            self.most_mb[role] = max(self.most_mb.get(role, 0.0), megabytes)
        return now


def _cpu_s(pid: int) -> float:
    """User and system time of a process with its children."""
    try:
        process = psutil.Process(pid)
        children = process.children(recursive=True) if pid != psutil.Process().pid else []
        return sum(sum(one.cpu_times()[:2]) for one in (process, *children))
    except psutil.Error:
        return 0.0


def _rss_mb(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        children = process.children(recursive=True) if pid != psutil.Process().pid else []
        return sum(float(one.memory_info().rss) for one in (process, *children)) / 1e6
    except psutil.Error:
        return 0.0


def machine_busy_s() -> float:
    """CPU seconds that this machine spent on anything since it was started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


async def shed_of(ports: Sequence[int]) -> dict[str, int]:
    """What the roles left out so far, by `what`, from their metrics; a role that does not answer adds nothing."""
    total: dict[str, int] = {}
    for text in await asyncio.gather(*(_metrics(port) for port in ports)):
        for what, count in _SHED.findall(text):
            total[what] = total.get(what, 0) + round(float(count))
    return total


async def _metrics(port: int) -> str:
    try:
        async with asyncio.timeout(5.0):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /metrics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            text = (await reader.read(-1)).decode(errors="replace")
            writer.close()
            return text
    except (OSError, TimeoutError):
        return ""


@dataclass
class Lag:
    """Records that the groups have not committed: by group the most, and the newest look's; dead letters so far."""

    most: dict[str, int] = field(default_factory=dict)
    now: dict[str, int] = field(default_factory=dict)
    dead_letters: int = 0

    async def follow(self, watcher: FlowWatcher) -> None:
        """Until cancelled."""
        while True:
            await self.look(watcher)
            await asyncio.sleep(LAG_EVERY_S)

    async def look(self, watcher: FlowWatcher) -> None:
        flows = await watcher.look()
        for group in flows.groups:
            self.now[group.name] = group.lag or 0
            self.most[group.name] = max(self.most.get(group.name, 0), group.lag or 0)
        if flows.groups:
            self.dead_letters = flows.dead_letters

    def by_group(self) -> dict[str, tuple[int, int]]:
        return {name: (most, self.now.get(name, 0)) for name, most in self.most.items()}
