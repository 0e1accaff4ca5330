"""The calls of a process's doors: joined by sockets, written to Kafka, ended once.

A socket that goes away without an end leaves its call open for a time of grace: a telephony system that connects again
with the same call id goes on with it. A newer socket takes a channel over from an older one, which may be half dead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import Counter

from tonewatch.stream.doors.call_queue import ALL_BYTES, CALL_BYTES, CallQueue, Room, Send
from tonewatch.stream.doors.channel_audio import EXACT_MS
from tonewatch.stream.doors.door_call import CallFacts, CallStream, DoorCall
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import CallMessage
from tonewatch.stream.service.health import FRESH_S
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel

_log = logging.getLogger(__name__)

QUIET_S = 0.5
"""A stream that sends nothing for so long has its held audio written: a hold must not keep the last word back."""

Sleep = Callable[[float], Awaitable[None]]
TakenOver = Callable[[], Awaitable[None] | None]


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(eq=False)
class LiveStream:
    """What one socket sends of a live call. `taken_over` is called when a newer socket takes a channel of it: what was
    received of the older one can still be taken before it returns.
    """

    _live: _LiveCall
    _stream: CallStream
    _taken_over: TakenOver
    _left: bool = False
    _heard: bool = False
    _counted: int = 0
    quiet: asyncio.Task[None] | None = None

    @property
    def call(self) -> DoorCall:
        return self._live.call

    @property
    def channels(self) -> tuple[int, ...]:
        return self._stream.channels

    @property
    def notice_given(self) -> bool:
        """Does the call say so now? A connection of it may have said less than this one."""
        return self.call.facts.notice_given

    async def take(self, frames: Sequence[Frame]) -> None:
        """Write what is complete now; waits while Kafka takes nothing.

        Raises:
            Unprocessable: a frame cannot be used; those before it were taken.
        """
        self._heard = True
        for frame in frames:
            if self._left:
                return
            chunks = self._stream.take(frame)
            self._live.taken.inc()
            if chunks:
                await self._live.put(chunks)
        if left_out := self._stream.left_out - self._counted:
            self._live.left_out.inc(left_out)
            self._counted += left_out

    async def flush(self) -> None:
        """Write all that is held, as at a hold."""
        if not self._left:
            await self._live.put(self._stream.flush())

    async def leave(self, *, ended: bool) -> None:
        """The socket is gone. `ended`: its call is over; else it is kept for the time of grace."""
        if self._left:
            return
        rest = self._stream.flush()
        self._left = True
        if self.quiet is not None:
            self.quiet.cancel()
        await self._live.put(rest)
        self._live.left(self, ended=ended)

    async def give_way(self) -> None:
        """To a newer socket."""
        if (waiting := self._taken_over()) is not None:
            await waiting
        await self.leave(ended=False)

    async def flush_when_quiet(self, sleep: Sleep) -> None:
        while not self._left:
            self._heard = False
            await sleep(QUIET_S)
            if not self._heard:
                await self.flush()


@dataclass(eq=False)
class _LiveCall:
    call: DoorCall
    door: str
    queue: CallQueue
    metrics: Metrics
    over: Callable[[_LiveCall, bool], None]
    streams: list[LiveStream] = field(default_factory=list)
    joining: int = 0
    grace: asyncio.Task[None] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of sockets that join: one that came meanwhile must find the one before it, to take over from it."""
    _putting: asyncio.Lock = field(default_factory=asyncio.Lock)
    taken: Counter = field(init=False)
    left_out: Counter = field(init=False)

    def __post_init__(self) -> None:
        # Looked up once: a frame comes fifty times a second and channel.
        count = self.metrics.door_frames.labels
        self.taken = count(door=self.door, outcome="taken")
        self.left_out = count(door=self.door, outcome="late_or_twice")

    async def put(self, messages: Sequence[CallMessage]) -> None:
        # Messages of one socket stay together while another one of the call waits for room.
        async with self._putting:
            for message in messages:
                await self.queue.put(message)

    def left(self, stream: LiveStream, *, ended: bool) -> None:
        self.streams.remove(stream)
        if not self.streams and not self.joining:
            self.over(self, ended)

    async def end(self) -> None:
        await self.put(self.call.end())
        self.queue.close()


class LiveCalls:
    """`send` writes one message, and returns once Kafka has it. `grace_s`: how long a call waits for its socket.

    `failed` is over, with an exception, when Kafka refuses for good: no call can go on then.
    """

    def __init__(
        self,
        send: Send,
        metrics: Metrics,
        *,
        grace_s: float,
        now_ms: Callable[[], int] = wall_ms,
        sleep: Sleep = asyncio.sleep,
        call_bytes: int = CALL_BYTES,
        all_bytes: int = ALL_BYTES,
    ) -> None:
        self._send = send
        self._metrics = metrics
        self._grace_s = grace_s
        self._now_ms = now_ms
        self._sleep = sleep
        self._call_bytes = call_bytes
        self._room = Room(all_bytes)
        self._calls: dict[str, _LiveCall] = {}
        self._background: set[asyncio.Task[None]] = set()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __len__(self) -> int:
        return len(self._calls)

    def why_not_writing(self) -> str:
        """Empty while Kafka takes what calls say."""
        stuck_s = max((live.queue.stuck_s() for live in self._calls.values()), default=0.0)
        return "Kafka does not answer" if stuck_s > FRESH_S else ""

    async def join(
        self,
        door: str,
        known: CallFacts,
        channels: Sequence[int] | None = None,
        *,
        at_ms: int | None = None,
        first_number: int | None = None,
        tolerance_ms: int = EXACT_MS,
        taken_over: TakenOver = lambda: None,
    ) -> LiveStream:
        """A stream of the call with this id, which begins, or goes on. See `DoorCall.join` for the other arguments.

        Where `known` gives no notice, a call that goes on has none from here on, on all of its channels.

        Raises:
            Unprocessable: the call goes on at another door, or its channels are of other roles, or in another order.
        """
        live = await self._open(door, known)
        chosen = range(len(known.roles)) if channels is None else channels
        live.joining += 1
        try:
            async with live.turn:
                for former in [stream for stream in live.streams if set(stream.channels) & set(chosen)]:
                    await former.give_way()
                stream = live.call.join(channels, at_ms=at_ms, first_number=first_number, tolerance_ms=tolerance_ms)
                if not known.notice_given:
                    await live.put(live.call.untell())
                made = LiveStream(live, stream, taken_over)
                live.streams.append(made)
        except Unprocessable:
            if not live.streams and live.joining == 1:
                self._over(live, False)
            raise
        finally:
            live.joining -= 1
        made.quiet = self._run(made.flush_when_quiet(self._sleep))
        return made

    async def close(self) -> None:
        """End all calls, and wait until Kafka has everything."""
        for live in list(self._calls.values()):
            for stream in list(live.streams):
                await stream.leave(ended=True)
            if live.grace is not None:
                live.grace.cancel()
                self._over(live, True)
        while self._calls:
            await asyncio.gather(*(live.queue.done for live in list(self._calls.values())))
            await asyncio.sleep(0)

    async def abandon(self) -> None:
        """End all tasks, whatever is still under way."""
        await cancel([*self._background, *(live.queue.done for live in self._calls.values())])

    async def _open(self, door: str, known: CallFacts) -> _LiveCall:
        while (live := self._calls.get(known.call_id)) is not None and live.call.ended:
            # A call that has just ended comes again: its beginning must not overtake the end.
            await asyncio.wait([live.queue.done])
            await asyncio.sleep(0)
        if live is None:
            return await self._begin(door, known)
        _check_same(live, door, known)
        if live.grace is not None:
            live.grace.cancel()
            live.grace = None
        return live

    async def _begin(self, door: str, known: CallFacts) -> _LiveCall:
        queue = CallQueue(self._send, self._room, self._metrics, call_bytes=self._call_bytes)
        live = _LiveCall(DoorCall(known, self._now_ms), door, queue, self._metrics, self._over)
        self._calls[known.call_id] = live
        queue.done.add_done_callback(lambda done: self._delivered(live, done))
        self._metrics.door_calls.labels(door=door).inc()
        _log.info("A call begins", extra={"door": door, "call_id": known.call_id})
        await live.put([live.call.start()])
        return live

    def _over(self, live: _LiveCall, ended: bool) -> None:
        """Nobody carries it: it ends now, or when nobody came back."""
        live.grace = self._run(self._end(live, 0.0 if ended else self._grace_s))

    async def _end(self, live: _LiveCall, wait_s: float) -> None:
        if wait_s:
            await self._sleep(wait_s)
        if live.streams or live.joining:
            return
        # From here on nobody goes on with it.
        live.grace = None
        reason = "no_socket" if wait_s else "ended"
        _log.info("A call is over", extra={"door": live.door, "call_id": live.call.facts.call_id, "reason": reason})
        self._metrics.door_calls_over.labels(door=live.door, reason=reason).inc()
        await live.end()

    def _delivered(self, live: _LiveCall, done: asyncio.Task[None]) -> None:
        self._metrics.door_calls.labels(door=live.door).dec()
        if self._calls.get(live.call.facts.call_id) is live:
            del self._calls[live.call.facts.call_id]
        if not done.cancelled() and (error := done.exception()) and not self.failed.done():
            self.failed.set_exception(error)

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def _check_same(live: _LiveCall, door: str, known: CallFacts) -> None:
    """A number of a channel means what the call's first connection said: in any other order of roles it is wrong.

    Raises:
        Unprocessable: `other_call`; the text says what to set.
    """
    if live.door != door:
        raise Unprocessable("A call of this id goes on at another door: give each call an id.", reason="other_call")
    if live.call.facts.roles != known.roles:
        raise Unprocessable(
            "A call of this id goes on with other roles, or in another order: set the same `roles`, as "
            "customer,agent, on all connections of a call, and say for each whom of them it carries.",
            reason="other_call",
        )
