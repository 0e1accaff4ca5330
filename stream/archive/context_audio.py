"""The whole of an alert for people to hear: the caller from ten seconds before its evidence to ten seconds after it.

The evidence's own clips are stubs of what was judged. This is cut when the alert is over, from what Kafka still has;
silence stands where the caller's channel has none. The agent is not in it; where it is set that the agent's voice is
kept too (`TONEWATCH_ARCHIVE_AGENT`), a second clip has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tonewatch.stream.archive.clips import Clip, cut
from tonewatch.stream.archive.evidence_audio import Spans, callers_alone, channel_of
from tonewatch.stream.archive.reader import AudioGone, Budget
from tonewatch.stream.messages import Alert, AudioChunk, AudioSpan

MARGIN_MS = 10_000

LONGEST_MS = 180_000
"""Of one clip; a longer alert is heard from its beginning."""


class WideSpans(Spans, Protocol):
    """What finds and reads spans of the calls topic: `SpanReader`."""

    async def around(self, first: AudioSpan, last: AudioSpan, margin_ms: int, most_records: int = ...) -> AudioSpan: ...

    async def of_call(self, span: AudioSpan, call_id: str) -> list[tuple[int, AudioChunk]]: ...


def context_id(alert_id: str) -> str:
    """In the place of a segment's id, in the table `audio`."""
    return f"{alert_id}/context"


def agent_id(alert_id: str) -> str:
    """The same of the agent's clip."""
    return f"{context_id(alert_id)}/agent"


def is_over(alert: Alert) -> bool:
    """Its audio is all there that will be."""
    return alert.state in ("resolved", "withdrawn") and bool(alert.evidence)


def bounds_ms(alert: Alert) -> tuple[int, int]:
    """Media time of the whole; never before the call's beginning."""
    start_ms = max(0, min(item.start_ms for item in alert.evidence) - MARGIN_MS)
    end_ms = max(item.end_ms for item in alert.evidence) + MARGIN_MS
    return start_ms, min(end_ms, start_ms + LONGEST_MS)


async def context_of(spans: WideSpans, alert: Alert, budget: Budget) -> Clip:
    """The clip from `bounds_ms`, of the channel that the evidence lies on.

    Raises:
        AudioGone: with the reasons of `SpanReader`, and those of `callers_alone`.
        BrokerError, KafkaError: Kafka does not answer; trying again may help.
    """
    first = min(alert.evidence, key=lambda item: item.start_ms)
    last = max(alert.evidence, key=lambda item: item.end_ms)
    span = await spans.around(first.audio, last.audio, MARGIN_MS)
    found = await spans.chunks(span, alert.call_id, channel_of(alert.call_id, first.segment_id), budget)
    chunks = callers_alone(found)
    start_ms, end_ms = bounds_ms(alert)
    shift_ms = first.audio.shift_ms
    return _cut(chunks, start_ms - shift_ms, end_ms - shift_ms)


async def agent_of(spans: WideSpans, alert: Alert) -> Clip:
    """The agent in the same stretch; times of all channels are taken to be off by as much as the caller's.

    Raises:
        AudioGone: as `context_of` does.
        BrokerError, KafkaError: Kafka does not answer; trying again may help.
    """
    first = min(alert.evidence, key=lambda item: item.start_ms)
    last = max(alert.evidence, key=lambda item: item.end_ms)
    span = await spans.around(first.audio, last.audio, MARGIN_MS)
    chunks = [chunk for _offset, chunk in await spans.of_call(span, alert.call_id)]
    start_ms, end_ms = bounds_ms(alert)
    shift_ms = first.audio.shift_ms
    return _cut(
        [one for one in chunks if one.role == "agent" and one.notice_given], start_ms - shift_ms, end_ms - shift_ms
    )


def _cut(chunks: Sequence[AudioChunk], start_ms: int, end_ms: int) -> Clip:
    clip = cut(chunks, start_ms, end_ms, LONGEST_MS)
    if clip is None:
        raise AudioGone("not_found")
    return clip
