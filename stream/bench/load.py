"""A steady load: a number of calls at once, each followed by the next, from the synthetic calls of the demo."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from tonewatch.stream.codec import encode_call
from tonewatch.stream.demo.truth import DemoCalls
from tonewatch.stream.doors.replay import plan, read_about, replay
from tonewatch.stream.kafka.clients import Sender, deliver
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, NoticeWithdrawn
from tonewatch.stream.topics import CALLS

LATENESS_S = 0.05
"""A chunk that is due within this time goes at once: a sleep would be longer than asked for."""

RAMP_S = 10.0


@dataclass(frozen=True)
class Recording:
    """One call as messages, to be sent again and again under other names."""

    stem: str
    messages: tuple[CallMessage, ...]

    @property
    def duration_ms(self) -> int:
        return max((m.duration_ms for m in self.messages if isinstance(m, CallEnded)), default=0)


@dataclass(frozen=True)
class SentCall:
    """One call that was sent to its end; `started_s` is the wall clock."""

    call_id: str
    stem: str
    started_s: float


async def record(calls: DemoCalls) -> list[Recording]:
    """Every call that may be analysed, in memory (about 2 MB a call)."""
    about = read_about(calls.about) if calls.about else {}
    recordings = []
    for path in calls.files:
        known = about.get(path.name)
        if known is not None and known.notice_given is False:
            continue
        messages: list[CallMessage] = []

        async def keep(message: CallMessage, into: list[CallMessage] = messages) -> None:
            into.append(message)

        await replay(plan(path, roles=None, about=known, notice_given=True, suffix="x"), keep, speed=0)
        recordings.append(Recording(path.stem, tuple(messages)))
    return recordings


class Load:
    """Sends calls through one producer; `sent` are those that were sent to their end. `wall_s` is the wall clock.

    `late_s`: by how much a chunk was sent behind its time, the most since it was set to 0. `ramp_s`: the calls that
    are kept up begin one after another over so long. `name` ends the ids of the calls.
    """

    def __init__(
        self,
        producer: Sender,
        recordings: list[Recording],
        seed: int,
        *,
        name: str = "",
        ramp_s: float = RAMP_S,
        wall_s: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._wall_s = wall_s
        self._sleep = sleep
        self._producer = producer
        self._recordings = recordings
        self._seed = seed
        self._name = name
        self._ramp_s = ramp_s
        self._is_cut = False
        self.sent: list[SentCall] = []
        self.late_s = 0.0

    async def reference(self, suffix: str = "reference") -> None:
        """Every recording once, at real speed."""
        await asyncio.gather(*(self._call(f"{r.stem}-{suffix}", r) for r in self._recordings))

    async def keep_up(self, calls: int, until: asyncio.Event) -> None:
        """`calls` calls at once until `until` is set; those that run then are sent to their end."""
        await asyncio.gather(*(self._line(number, calls, until) for number in range(calls)))

    def cut_off(self) -> None:
        """The calls that run end now, in order, wherever they are."""
        self._is_cut = True

    async def _line(self, number: int, lines: int, until: asyncio.Event) -> None:
        choice = random.Random(f"{self._seed}/{number}")
        await self._sleep(number * self._ramp_s / lines)  # Calls that begin together would end together.
        count = 0
        while not until.is_set():
            recording = choice.choice(self._recordings)
            await self._call(f"{recording.stem}-{number}-{count}{self._name}", recording)
            count += 1

    async def _call(self, call_id: str, recording: Recording) -> None:
        started_s = self._wall_s()
        due_s = started_s
        for message in recording.messages:
            if isinstance(message, AudioChunk):
                if self._is_cut:
                    continue
                due_s = started_s + (message.start_ms + len(message.payload) * 500 // message.rate_hz) / 1000
                if (wait_s := due_s - self._wall_s()) > LATENESS_S:
                    await self._sleep(wait_s)
                self.late_s = max(self.late_s, self._wall_s() - due_s)
            if self._is_cut and isinstance(message, CallEnded):
                message = msgspec.structs.replace(message, duration_ms=round(1000 * (due_s - started_s)))
            value = encode_call(_as(message, call_id, round(due_s * 1000)))
            await deliver(self._producer, CALLS.name, value, key=call_id.encode())
        self.sent.append(SentCall(call_id, recording.stem, started_s))


def _as(message: CallMessage, call_id: str, now_ms: int) -> CallMessage:
    """The message as of `now_ms`: when it was spoken, however late Kafka takes it."""
    match message:
        case AudioChunk():
            return msgspec.structs.replace(message, call_id=call_id, captured_at_ms=now_ms)
        case CallStarted():
            return msgspec.structs.replace(message, call_id=call_id, started_at_ms=now_ms)
        case CallEnded():
            return msgspec.structs.replace(message, call_id=call_id, ended_at_ms=now_ms)
        case NoticeWithdrawn():
            return msgspec.structs.replace(message, call_id=call_id)
