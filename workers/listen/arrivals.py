"""Records that were read and wait for their call's turn, and how fast each call sends.

A call may be ahead of its time: a replay is, and so is whoever floods the topic. Nobody is refused for that alone. But
who sends far more audio than time passes by the clock of Kafka's records, beyond a first burst, and has a share of the
room for himself, is refused what does not fit, as long as other calls need the listener. A backlog that is read after
an outage, or again after a restart, has the times that it had when it was written, so it is not fast.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.kafka.fair_queue import FairWorkers
from tonewatch.stream.kafka.pace import LASTS_MS, Pace
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted
from tonewatch.workers.audio import codecs
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.writer import CallKey

FAST: Final = 8.0
"""Seconds of audio, of all channels together, for a second between records: two channels at four times real time."""

FAST_BURST_MS: Final = 120_000

HURRIED_MS: Final = 10_000
"""Audio by which a call is ahead of its time that is played or read faster than it was spoken."""

START_MS: Final = 2_000
"""What a `CallStarted` counts for: what comes of it is written to three topics."""

_OVERHEAD_BYTES: Final = 500
"""Of a record that waits, beside its bytes."""


@dataclass(frozen=True)
class Arrival:
    """A record of a call as it was read. It is decoded again when its turn comes: its bytes wait once, not twice.

    `audio_ms` is the length of its audio, `cost_ms` what it counts for of its call's pace.
    """

    partition: TopicPartition
    state: PartitionState
    record: ConsumerRecord
    call_id: str
    audio_ms: int
    cost_ms: int
    is_end: bool

    @classmethod
    def of(
        cls, partition: TopicPartition, state: PartitionState, record: ConsumerRecord, message: CallMessage
    ) -> Arrival:
        ended = isinstance(message, CallEnded)
        return cls(partition, state, record, message.call_id, media_ms(message), cost_ms(message), ended)

    @property
    def key(self) -> CallKey:
        return (self.partition, self.call_id)

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.record.value or b"") + _OVERHEAD_BYTES

    def hold(self) -> None:
        """No commit passes it from now on."""
        self.state.hold(self.record.offset)
        self.state.waiting_bytes += self.size

    def release(self) -> None:
        self.state.written(self.record.offset)
        self.state.waiting_bytes -= self.size


def cost_ms(message: CallMessage) -> int:
    """What a record counts for of its call's pace, in milliseconds of audio."""
    return START_MS if isinstance(message, CallStarted) else media_ms(message)


def media_ms(message: CallMessage) -> int:
    """Length of a chunk's audio, by its bytes; what is no audio has none."""
    if not isinstance(message, AudioChunk) or message.rate_hz <= 0:
        return 0
    return len(message.payload) // codecs.bytes_per_sample(message.codec) * 1000 // message.rate_hz


def _pace() -> Pace:
    return Pace(1000 * FAST, FAST_BURST_MS)


class Arrivals:
    """The records of admitted calls, in turns by call; `follow` does one of them."""

    def __init__(
        self, follow: Callable[[CallKey, Arrival], Awaitable[None]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.turns: FairWorkers[CallKey, Arrival] = FairWorkers(follow, 1, clock=clock)
        self._bytes: Counter[CallKey] = Counter()
        self._paces: dict[CallKey, Pace] = {}
        self._newcomers: OrderedDict[CallKey, None] = OrderedDict()

    def __contains__(self, key: CallKey) -> bool:
        return key in self.turns

    def put(self, arrival: Arrival) -> None:
        """The record is held already."""
        self._bytes[arrival.key] += arrival.size
        self._paces.setdefault(arrival.key, _pace()).note(arrival.cost_ms, arrival.record.timestamp)
        self.turns.put(arrival.key, arrival, first=self.comes_first(arrival.key))

    def comes_first(self, key: CallKey) -> bool:
        """Has the call been coming as it is spoken for some time? False of one that was admitted while the listener did
        not keep up with those that it had."""
        pace = self._paces.get(key)
        return key not in self._newcomers and pace is not None and min(pace.amount, pace.lasts_ms) >= LASTS_MS

    def put_last(self, key: CallKey) -> None:
        """It was admitted although the listener does not keep up: it has its turns behind those of the others."""
        self._newcomers[key] = None

    def promote_one(self) -> None:
        """The listener keeps up: the newcomer that waited longest is a call like the others."""
        if self._newcomers:
            self._newcomers.popitem(last=False)

    def check_pace(self, arrival: Arrival, share_bytes: int) -> None:
        """
        Raises:
            Unprocessable: `too_fast`; the call is ahead of its time and has `share_bytes` waiting, and another is not.
        """
        key = arrival.key
        if self._bytes[key] <= share_bytes or arrival.is_end:
            return
        pace = self._paces.setdefault(key, _pace())
        # Many recordings that are played at once as fast as can be wait for each other, and lose nothing.
        if pace.is_fast and self._is_another_in_time(key):
            # What is refused counts too, or a call would be fast and slow by turns.
            pace.note(arrival.cost_ms, arrival.record.timestamp)
            text = f"call {key[1]} sends over {FAST:.0f} s of audio a second, and more than there is room for"
            raise Unprocessable(text, reason="too_fast")

    def _is_another_in_time(self, key: CallKey) -> bool:
        """Does a call come as it is spoken, which must not wait?"""
        return any(other != key and not pace.is_ahead(HURRIED_MS) for other, pace in self._paces.items())

    def taken(self, arrival: Arrival) -> None:
        """It is dealt with."""
        self._bytes[arrival.key] -= arrival.size
        if self._bytes[arrival.key] <= 0:
            del self._bytes[arrival.key]

    def forget(self, key: CallKey) -> None:
        """The call is over."""
        self._paces.pop(key, None)
        self._newcomers.pop(key, None)

    def drop(self, partitions: set[TopicPartition]) -> None:
        """Forget the records of partitions that went away."""
        for arrival in self.turns.drop(lambda key: key[0] in partitions):
            self.taken(arrival)
        for key in [key for key in (*self._paces, *self._newcomers) if key[0] in partitions]:
            self.forget(key)
