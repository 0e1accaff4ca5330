from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition

from tonewatch.stream.archive import reader
from tonewatch.stream.archive.reader import AudioGone, Budget, SpanReader
from tonewatch.stream.codec import decode_call, encode_call
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import AudioChunk, AudioSpan, CallEnded, CallMessage
from tonewatch.stream.topics import CALLS


@dataclass(frozen=True)
class Record:
    offset: int
    value: bytes
    timestamp: int = 0


@dataclass(frozen=True)
class OffsetAndTime:
    offset: int
    timestamp: int


@dataclass
class Log:
    """One partition as a consumer sees it: records from `beginning` on; out of range begins at the beginning."""

    values: list[bytes]
    beginning: int = 0
    at_once: int = 3
    stuck_at: int | None = None
    _position: int = 0
    assigned: list[TopicPartition] = field(default_factory=list)
    paused: list[TopicPartition] = field(default_factory=list)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {0} if topic == CALLS.name else None

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.beginning)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    async def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, OffsetAndTime | None]:
        """A record a second, the first one at 0."""
        ((partition, at_ms),) = times.items()
        offset = max(self.beginning, -(-at_ms // 1000))
        return {partition: OffsetAndTime(offset, 1000 * offset) if offset < self.end else None}

    @property
    def end(self) -> int:
        return self.beginning + len(self.values)

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = partitions

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused = list(partitions)

    def seek(self, _partition: TopicPartition, offset: int) -> None:
        self._position = offset

    async def position(self, _partition: TopicPartition) -> int:
        return self._position

    async def getmany(self, partition: TopicPartition, *, timeout_ms: int) -> dict[TopicPartition, list[Record]]:
        assert timeout_ms > 0
        if not self.beginning <= self._position <= self.end:
            self._position = self.beginning
        first = self._position
        last = min(first + self.at_once, self.end, self.end if self.stuck_at is None else self.stuck_at)
        self._position = max(first, last)
        records = [Record(offset, self.values[offset - self.beginning], 1000 * offset) for offset in range(first, last)]
        return {partition: records} if records else {}


def chunk(seq: int, call_id: str = "c", channel: int = 0) -> bytes:
    return encode_call(
        AudioChunk(
            call_id=call_id,
            channel=channel,
            role="customer",
            seq=seq,
            start_ms=200 * seq,
            codec="mulaw",
            rate_hz=8_000,
            notice_given=True,
            payload=b"x",
        )
    )


def span(first: int, last: int, **changed: Any) -> AudioSpan:
    fields: dict[str, Any] = {"topic": CALLS.name, "partition": 0, "first_offset": first, "last_offset": last}
    return AudioSpan(**(fields | changed))


async def read(log: Log, wanted: AudioSpan) -> list[int]:
    return [found.seq for found in await SpanReader(log).chunks(wanted, "c", 0)]


async def test_only_the_channel_s_chunks_between_the_offsets_are_read() -> None:
    noise = [
        chunk(50, "other"),
        chunk(60, channel=1),
        b"broken",
        encode_call(CallEnded(call_id="c", duration_ms=1, ended_at_ms=1)),
    ]
    log = Log([chunk(0), chunk(1), *noise, chunk(2), chunk(3), chunk(4)])
    assert await read(log, span(1, 7)) == [1, 2, 3]
    assert log.paused == log.assigned == [TopicPartition(CALLS.name, 0)]


async def test_what_kafka_still_has_of_a_span_is_read() -> None:
    chunks = [chunk(seq) for seq in range(10)]
    assert await read(Log(chunks, beginning=5), span(2, 7)) == [0, 1, 2]
    assert await read(Log(chunks), span(8, 15)) == [8, 9]


@pytest.mark.parametrize(
    ("log", "wanted", "reason"),
    [
        (Log([chunk(9)], beginning=100), span(10, 20), "expired"),
        (Log([], beginning=100), span(10, 20), "expired"),
        (Log([chunk(9, "other")] * 30, beginning=15), span(10, 20), "expired"),
        (Log([chunk(9, "other")] * 30), span(10, 20), "not_found"),
        (Log([chunk(0)]), span(10, 20), "not_found"),
        (Log([]), span(0, 0), "not_found"),
        (Log([chunk(0)]), span(0, 0, partition=7), "unknown_partition"),
        (Log([chunk(0)]), span(0, 0, topic="another"), "not_a_span"),
        (Log([chunk(0)]), span(5, 4), "not_a_span"),
        (Log([chunk(0)]), span(-1, 4), "not_a_span"),
        (Log([chunk(0)]), span(0, 10**12), "span_too_long"),
    ],
)
async def test_audio_that_is_not_there_is_told_with_the_reason(log: Log, wanted: AudioSpan, reason: str) -> None:
    with pytest.raises(AudioGone) as caught:
        await read(log, wanted)
    assert caught.value.reason == reason


async def test_a_partition_that_gives_nothing_is_no_missing_audio() -> None:
    ticks = iter(range(0, 1_000, 7))
    spans = SpanReader(Log([chunk(0)] * 9, stuck_at=4), clock=lambda: next(ticks))
    with pytest.raises(BrokerError, match="gives no records"):
        await spans.chunks(span(0, 8), "c", 0)
    assert next(ticks) > reader.RETRY_FOR_S


async def test_what_is_read_for_one_clip_and_for_one_record_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    log, budget = Log([chunk(seq) for seq in range(30)]), Budget(2 * 30 * len(chunk(0)))
    spans = SpanReader(log)
    assert len(await spans.chunks(span(0, 29), "c", 0, budget)) == 30
    assert len(await spans.chunks(span(0, 14), "c", 0, budget)) == 15
    with pytest.raises(AudioGone, match="read_too_much"):
        await spans.chunks(span(0, 29), "c", 0, budget)
    monkeypatch.setattr(reader, "SPAN_BYTES", 10 * len(chunk(0)))
    with pytest.raises(AudioGone, match="read_too_much"):
        await read(log, span(0, 29))
    assert log._position < 20


async def test_an_alert_has_no_more_records_read_than_its_segments_can_lie_in() -> None:
    log, budget = Log([chunk(seq) for seq in range(30)]), Budget(1_000_000, 40)
    spans = SpanReader(log)
    assert len(await spans.chunks(span(0, 29), "c", 0, budget)) == 30
    with pytest.raises(AudioGone, match="read_too_much"):
        await spans.chunks(span(0, 29), "c", 0, budget)
    assert log._position < 15


async def test_what_does_not_hold_the_call_s_name_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []

    def decode(value: bytes) -> CallMessage:
        decoded.append(value)
        return decode_call(value)

    monkeypatch.setattr(reader, "decode_call", decode)
    values = [chunk(seq, "mine" if seq % 5 == 0 else "other") for seq in range(30)]
    assert len(await SpanReader(Log(values)).chunks(span(0, 29), "mine", 0)) == 6
    assert len(decoded) == 6


async def test_a_clip_holds_no_more_audio_than_a_segment_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CLIP_BYTES", 5)
    with pytest.raises(AudioGone, match="clip_too_large"):
        await read(Log([chunk(seq) for seq in range(9)]), span(0, 8))


def stretch(first: int, last: int, partition: int = 0) -> AudioSpan:
    return AudioSpan(topic=CALLS.name, partition=partition, first_offset=first, last_offset=last)


@pytest.mark.parametrize(
    ("first", "last", "beginning", "found"),
    [
        (20, 25, 0, (10, 35)),
        (3, 5, 0, (0, 15)),
        (20, 35, 0, (10, 39)),  # what comes after it has not all come yet
        (20, 25, 15, (15, 35)),  # and what was before it has expired
    ],
)
async def test_a_span_is_widened_by_time_as_far_as_the_log_goes(
    first: int, last: int, beginning: int, found: tuple[int, int]
) -> None:
    log: Any = Log([chunk(number) for number in range(40 - beginning)], beginning=beginning)
    wide = await SpanReader(log).around(stretch(first, first + 1), stretch(last - 1, last), 10_000)
    assert (wide.first_offset, wide.last_offset) == found


async def test_a_span_that_is_not_there_is_not_widened() -> None:
    log: Any = Log([])
    with pytest.raises(AudioGone, match="expired"):
        await SpanReader(log).around(stretch(1, 2), stretch(1, 2), 10_000)
    with pytest.raises(AudioGone, match="unknown_partition"):
        await SpanReader(log).around(stretch(1, 2), stretch(1, 2, partition=7), 10_000)
