"""A call's messages on their way to Kafka: in order, none lost while Kafka is away, and bounded.

`put` waits while too many bytes are under way, of the call or of all calls: who awaits it stops reading from the
socket, and the telephony system is held back by TCP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.stream.service.metrics import Metrics

Send = Callable[[Sequence[CallMessage]], Awaitable[None]]
"""Returns once Kafka has all of them, in their order, however long Kafka is away."""

AT_ONCE = 64
"""Messages of a call that are under way together. One at a time would bound a call by the time that a broker takes to
answer: two channels send 20 chunks a second."""

MESSAGE_BYTES = 128
"""Of a message besides its audio, about."""

CALL_BYTES = 2 * 1_048_576
"""Of one call: two minutes of two channels of mu-law."""

ALL_BYTES = 128 * 1_048_576


class Room:
    """Bytes that may be under way at once. One message always may, whatever its size."""

    def __init__(self, most_bytes: int) -> None:
        self.taken_bytes = 0
        self._most = most_bytes
        self._changed = asyncio.Condition()

    async def take(self, size: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not self.taken_bytes or self.taken_bytes + size <= self._most)
            self.taken_bytes += size

    async def give(self, size: int) -> None:
        async with self._changed:
            self.taken_bytes -= size
            self._changed.notify_all()


class CallQueue:
    """Of one call: a task delivers, in order, what waits. `done` is over when the last message was delivered.

    What `send` raises ends the task, and is what `done` raises.
    """

    def __init__(self, send: Send, all_calls: Room, metrics: Metrics, *, call_bytes: int = CALL_BYTES) -> None:
        self._send = send
        self._rooms = (Room(call_bytes), all_calls)
        self._metrics = metrics
        self._waiting: asyncio.Queue[CallMessage | None] = asyncio.Queue()
        self._sending_since_s: float | None = None
        self._closed = False
        self.done = asyncio.create_task(self._deliver())

    async def put(self, message: CallMessage) -> None:
        size = _size(message)
        for room in self._rooms:
            await room.take(size)
        self._metrics.door_waiting.inc(size)
        self._waiting.put_nowait(message)

    def stuck_s(self) -> float:
        """For how long Kafka has not taken the messages that it was sent."""
        return 0.0 if self._sending_since_s is None else time.monotonic() - self._sending_since_s

    def close(self) -> None:
        """Nothing more is put."""
        self._waiting.put_nowait(None)

    async def _deliver(self) -> None:
        while messages := await self._next():
            self._sending_since_s = time.monotonic()
            await self._send(messages)
            self._sending_since_s = None
            size = sum(map(_size, messages))
            self._metrics.door_waiting.dec(size)
            for room in self._rooms:
                await room.give(size)

    async def _next(self) -> list[CallMessage]:
        """What waits, after the first of it has come; nothing at the end."""
        found: list[CallMessage] = []
        while not self._closed and len(found) < AT_ONCE and (not found or not self._waiting.empty()):
            message = await self._waiting.get()
            if message is None:
                self._closed = True
            else:
                found.append(message)
        return found


def _size(message: CallMessage) -> int:
    return MESSAGE_BYTES + (len(message.payload) if isinstance(message, AudioChunk) else 0)
