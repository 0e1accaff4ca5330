"""What lies in the topics, reduced to what the checker needs; nothing of the workers' own memory is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tonewatch.stream.codec import decode_alert, decode_segment, decode_tone
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.messages import (
    Alert,
    CallClosed,
    CallOpened,
    CallState,
    Segment,
    SegmentMessage,
    Tone,
    ToneMessage,
)
from tonewatch.stream.topics import ALERTS, SEGMENTS, TONE, dead_letter_topics

_DECODERS: dict[str, Callable[[bytes | None], SegmentMessage | ToneMessage | Alert]] = {
    SEGMENTS.name: decode_segment,
    TONE.name: decode_tone,
    ALERTS.name: decode_alert,
}


@dataclass(frozen=True)
class Counted:
    """A tone record: one segment as the monitor counted it, and when that was written (wall clock)."""

    tone: float | None
    spread: float
    start_ms: int
    end_ms: int
    channel: str
    spoken_at_s: float
    written_at_s: float


@dataclass
class CallEvidence:
    """All that the topics hold of one call; times of segments are by segment id without the call id."""

    segments: dict[str, tuple[int, int]] = field(default_factory=dict)
    counted: dict[str, list[Counted]] = field(default_factory=dict)
    alerts: dict[str, list[Alert]] = field(default_factory=dict)
    twice_in_state: set[str] = field(default_factory=set)
    is_opened: bool = False
    """By a listener, or in the name of one."""
    is_shown: bool = False
    """The monitor announced it."""


@dataclass
class Evidence:
    """By call id; dead letters by topic and reason."""

    calls: dict[str, CallEvidence] = field(default_factory=dict)
    dead_letters: dict[str, int] = field(default_factory=dict)

    def of(self, call_id: str) -> CallEvidence:
        return self.calls.setdefault(call_id, CallEvidence())


async def gather(bootstrap: str, changelog: str) -> Evidence:
    """Read the topics of what was heard, judged and kept from their beginning to their present end."""
    found = Evidence()
    names = [SEGMENTS.name, TONE.name, ALERTS.name, changelog, *(t.name for t in dead_letter_topics())]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await admin.start()
    await consumer.start()
    try:
        for described in await admin.describe_topics(names):
            name = described["topic"]
            partitions = [TopicPartition(name, p["partition"]) for p in described["partitions"]]
            async for record in _records(consumer, partitions):
                _note(found, name, record, changelog)
    finally:
        await consumer.stop()
        await admin.close()
    return found


async def _records(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> AsyncIterator[ConsumerRecord]:
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    # By position, not by count: compacted topics and transactions leave holes.
    while [p for p in partitions if await consumer.position(p) < ends[p]]:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                yield record


def _note(found: Evidence, name: str, record: ConsumerRecord, changelog: str) -> None:
    if name == changelog:
        _note_state(found, record.key.decode(), record.value)
    elif name.endswith(".dlq"):
        reason = dict(record.headers).get("reason", b"?").decode()
        found.dead_letters[f"{name} {reason}"] = found.dead_letters.get(f"{name} {reason}", 0) + 1
    else:
        try:
            message = _DECODERS[name](record.value)
        except BadRecord:
            return
        _note_message(found.of(message.call_id), message, record.timestamp / 1000)


def _note_message(call: CallEvidence, message: object, written_at_s: float) -> None:
    match message:
        case CallOpened() | CallClosed():
            call.is_opened = True
        case CallState():
            call.is_shown = True
        case Segment():
            call.segments[_short(message.segment_id)] = (message.start_ms, message.end_ms)
        case Tone():
            name = _short(message.segment_id)
            counted = Counted(
                tone=message.tone,
                spread=message.spread,
                start_ms=message.start_ms,
                end_ms=message.end_ms,
                channel=name.split("/")[0],
                spoken_at_s=message.spoken_at_ms / 1000,
                written_at_s=written_at_s,
            )
            call.counted.setdefault(name, []).append(counted)
        case Alert():
            call.alerts.setdefault(message.alert_id.removeprefix(message.call_id), []).append(message)


def _note_state(found: Evidence, key: str, value: bytes | None) -> None:
    """A state that holds a segment twice has counted it twice."""
    if not value:
        return
    memory = msgspec.json.decode(value, type=_Entry).memory
    # Faust writes a key as JSON.
    call_id = key.strip('"')
    for kept in (memory.window, memory.baseline):
        ids = [heard.segment_id for heard in kept]
        found.of(call_id).twice_in_state |= {_short(i) for i in ids if ids.count(i) > 1}


def _short(segment_id: str) -> str:
    """`channel/start_ms` of `call_id/channel/start_ms`."""
    return "/".join(segment_id.rsplit("/", 2)[1:])


class _Kept(msgspec.Struct):
    segment_id: str


class _Memory(msgspec.Struct):
    window: list[_Kept] = msgspec.field(default_factory=list)
    baseline: list[_Kept] = msgspec.field(default_factory=list)


class _Entry(msgspec.Struct):
    memory: _Memory = msgspec.field(default_factory=_Memory)
