"""Good calls whose line breaks off and goes on differently, sent at real speed: are they judged as undisturbed ones?

The ways to break a call are the listener's own (entry points of the group `tonewatch.discontinuities`), so that this
folder needs nothing of the listener's.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Final

import msgspec

from tonewatch.stream.bench.evidence import CallEvidence
from tonewatch.stream.bench.fuzz import is_malformed
from tonewatch.stream.bench.load import Recording
from tonewatch.stream.codec import encode_call
from tonewatch.stream.kafka.clients import Sender, deliver
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, NoticeWithdrawn
from tonewatch.stream.topics import CALLS

GROUP: Final = "tonewatch.discontinuities"
BREAK_MS: Final = 24_000
TOLERANCE_MS: Final = 1_000
"""An alert may be dated this much earlier or later than where the call plays undisturbed."""

WALL_MS: Final = 1_700_000_000_000
"""The wall clock at media time 0 by which the ways to break a call date its chunks."""

Break = Callable[[Sequence[CallMessage], int], list[CallMessage]]
Alerts = tuple[tuple[str, int], ...]


def find_breaks() -> dict[str, Break]:
    """The ways to break a call that are installed, by name."""
    found: dict[str, Break] = {}
    for point in entry_points(group=GROUP):
        found |= point.load()
    return found


def dated(messages: Sequence[CallMessage]) -> list[CallMessage]:
    """With the wall clock that a call in real time has."""
    return [
        msgspec.structs.replace(one, captured_at_ms=WALL_MS + one.start_ms + _length_ms(one))
        if isinstance(one, AudioChunk)
        else one
        for one in messages
    ]


def _length_ms(chunk: AudioChunk) -> int:
    width = 2 if chunk.codec == "pcm16" else 1
    return len(chunk.payload) // width * 1000 // chunk.rate_hz


def due_ms(messages: Sequence[CallMessage]) -> list[int]:
    """When each is to be sent, from the beginning of the call: when the audio of its channel up to it has passed.

    By lengths, not by what the chunks say of themselves: that is what is broken.
    """
    heard: dict[int, int] = defaultdict(int)
    due, now = [], 0
    for one in messages:
        if isinstance(one, AudioChunk):
            heard[one.channel] += _length_ms(one)
            now = max(now, heard[one.channel])
        due.append(now)
    return due


@dataclass
class BrokenCalls:
    """Sends a recording in each of the ways, `at_once` of them at a time; `sent` are call ids by way."""

    producer: Sender
    recording: Recording
    breaks: Mapping[str, Break]
    at_once: int = 3
    wall_s: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    sent: dict[str, str] = field(default_factory=dict)
    refused: set[bytes] = field(default_factory=set)
    """Records of theirs that every reader must refuse: one way to break a call is a time that no call has."""

    async def send_all(self) -> None:
        room = asyncio.Semaphore(self.at_once)
        await asyncio.gather(*(self._send(name, room) for name in self.breaks))

    async def _send(self, name: str, room: asyncio.Semaphore) -> None:
        async with room:
            call_id = f"{self.recording.stem}-broken-{name}"
            messages = self.breaks[name](dated(self.recording.messages), BREAK_MS)
            origin_ms = next((one.started_at_ms for one in messages if isinstance(one, CallStarted)), 0)
            began_s = self.wall_s()
            for message, at_ms in zip(messages, due_ms(messages), strict=True):
                if (wait_s := began_s + at_ms / 1000 - self.wall_s()) > 0.05:
                    await self.sleep(wait_s)
                value = encode_call(_as(message, call_id, round(began_s * 1000), origin_ms))
                if is_malformed(CALLS.name, value):
                    self.refused.add(value)
                await deliver(self.producer, CALLS.name, value, key=call_id.encode())
            self.sent[name] = call_id


def _as(message: CallMessage, call_id: str, began_ms: int, origin_ms: int) -> CallMessage:
    """Under another name, and dated from when it began; the recording says that it began at `origin_ms`."""
    match message:
        case AudioChunk():
            at_ms = message.captured_at_ms and message.captured_at_ms - WALL_MS + began_ms
            return msgspec.structs.replace(message, call_id=call_id, captured_at_ms=at_ms)
        case CallStarted():
            return msgspec.structs.replace(
                message, call_id=call_id, started_at_ms=began_ms + message.started_at_ms - origin_ms
            )
        case CallEnded():
            return msgspec.structs.replace(message, call_id=call_id, ended_at_ms=began_ms + message.duration_ms)
        case NoticeWithdrawn():
            return msgspec.structs.replace(message, call_id=call_id)


def alerts_of(call: CallEvidence) -> Alerts:
    """Cause and onset of each alert that fired, in the order of their onsets."""
    fired = [next((one for one in states if one.state == "firing"), None) for states in call.alerts.values()]
    return tuple(sorted(((one.cause, one.onset_ms) for one in fired if one is not None), key=lambda one: one[1]))


def are_same(found: Alerts, expected: Alerts) -> bool:
    """The same causes in the same order, each within the tolerance."""
    return [cause for cause, _ in found] == [cause for cause, _ in expected] and all(
        abs(one - other) <= TOLERANCE_MS for (_, one), (_, other) in zip(found, expected, strict=True)
    )
