"""Floods: many records that are all well-formed, and together more than anybody should be made to wait for.

Each is a generator of records for a rig. What became of them is found out by `flooding.py`.
"""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tonewatch.stream.codec import encode, encode_call
from tonewatch.stream.messages import (
    Alert,
    AudioChunk,
    AudioSpan,
    CallEnded,
    CallOpened,
    CallStarted,
    Evidence,
    FactsTable,
    Thresholds,
)
from tonewatch.stream.topics import ALERTS, CALLS, SEGMENTS

CHUNK_MS: Final = 200
SPAN_OFFSETS: Final = 199_000
SPANS_AN_ALERT: Final = 64
SHORT_CALL_CHUNKS: Final = 7
"""A little more audio than it takes to be heard."""

Offset = tuple[str, int, int]
"""Of a record: topic, partition, offset."""

_noise = random.Random(7).randbytes(1600 * 64)


@dataclass(frozen=True)
class Flooded:
    """One record of a flood: to be written under `key`, about `call_id`."""

    topic: str
    call_id: str
    value: bytes

    @property
    def key(self) -> bytes:
        return self.call_id.encode()


Flood = Callable[[int], Iterator[Flooded]]
"""About so many records."""


def _chunk(call_id: str, seq: int = 0, channel: int = 0) -> Flooded:
    at = (zlib.crc32(call_id.encode()) + seq) % 64 * 1600
    chunk = AudioChunk(
        call_id=call_id,
        channel=channel,
        role="customer",
        seq=seq,
        start_ms=seq * CHUNK_MS,
        codec="mulaw",
        rate_hz=8_000,
        notice_given=True,
        payload=_noise[at : at + 1600],
        captured_at_ms=_now_ms(),
    )
    return Flooded(CALLS.name, call_id, encode_call(chunk))


def _started(call_id: str) -> Flooded:
    message = CallStarted(call_id=call_id, roles=("customer",), notice_given=True, started_at_ms=_now_ms())
    return Flooded(CALLS.name, call_id, encode_call(message))


def _ended(call_id: str, duration_ms: int) -> Flooded:
    message = CallEnded(call_id=call_id, duration_ms=duration_ms, ended_at_ms=_now_ms())
    return Flooded(CALLS.name, call_id, encode_call(message))


def one_chunk_calls(count: int) -> Iterator[Flooded]:
    """Each a chunk and no more."""
    for number in range(count):
        yield _chunk(f"one-chunk-{number}")


def whole_calls_of_a_chunk(count: int) -> Iterator[Flooded]:
    """Each begins, says a chunk, and ends."""
    for number in range(count // 3):
        call_id = f"whole-{number}"
        yield _started(call_id)
        yield _chunk(call_id)
        yield _ended(call_id, CHUNK_MS)


def short_calls(count: int) -> Iterator[Flooded]:
    """Each just long enough to be heard; all of them at once."""
    calls = max(1, count // SHORT_CALL_CHUNKS)
    for seq in range(SHORT_CALL_CHUNKS):
        for number in range(calls):
            yield _chunk(f"short-{number}", seq)


def ends_without_beginning(count: int) -> Iterator[Flooded]:
    for number in range(count):
        yield _ended(f"never-began-{number}", 1_000)


def many_channels(count: int) -> Iterator[Flooded]:
    """A call with thousands of channels."""
    yield _started("many-channels")
    for number in range(count - 1):
        yield _chunk("many-channels", number // 3_000, number % 3_000)


def hurried_call(count: int) -> Iterator[Flooded]:
    """A call that sends as fast as Kafka takes it."""
    yield _started("hurried")
    for number in range(count - 1):
        yield _chunk("hurried", number)


def starts_again_and_again(count: int) -> Iterator[Flooded]:
    """A call that begins with every record."""
    for _ in range(count):
        yield _started("begins-again")


def calls_from_nowhere(count: int) -> Iterator[Flooded]:
    """Calls that no listener has heard of, in the topic behind it."""
    for number in range(count):
        call_id = f"nowhere-{number}"
        yield Flooded(SEGMENTS.name, call_id, encode(CallOpened(call_id=call_id, notice_given=True)))


def wide_spans(count: int) -> Iterator[Flooded]:
    """Alerts whose evidence is said to lie in hundreds of thousands of records."""
    for number in range(max(1, count // 500)):
        call_id = f"wide-{number}"
        yield Flooded(ALERTS.name, call_id, encode(_wide(call_id)))


def _wide(call_id: str) -> Alert:
    evidence = tuple(
        Evidence(
            segment_id=f"{call_id}/0/{at * 4_000}",
            start_ms=at * 4_000,
            end_ms=at * 4_000 + 3_000,
            # The last of them just within what an archive believes.
            audio=AudioSpan(
                topic=CALLS.name,
                partition=0,
                first_offset=0,
                last_offset=SPAN_OFFSETS if at % 2 else 79_000,
            ),
            tone=-0.5,
        )
        for at in range(SPANS_AN_ALERT)
    )
    return Alert(
        call_id=call_id,
        alert_id=f"{call_id}/anger/0",
        seq=1,
        rule="anger",
        state="firing",
        severity="act",
        onset_ms=0,
        fired_ms=1,
        peak_ms=1,
        peak_tone=-0.5,
        sentence="A flood.",
        evidence=evidence,
        facts=FactsTable.empty(),
        thresholds=Thresholds(fire=0.5, clear=0.2, hold_ms=0, cooldown_ms=0, min_segments=1),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


FLOODS: Final[dict[str, Flood]] = {
    made.__name__: made
    for made in (
        one_chunk_calls,
        whole_calls_of_a_chunk,
        short_calls,
        ends_without_beginning,
        many_channels,
        hurried_call,
        starts_again_and_again,
        calls_from_nowhere,
        wide_spans,
    )
}
