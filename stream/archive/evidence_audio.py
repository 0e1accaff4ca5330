"""The audio of one piece of evidence: read back from Kafka, checked to be the caller's, and cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tonewatch.stream.archive.clips import Clip, cut
from tonewatch.stream.archive.reader import AudioGone, Budget
from tonewatch.stream.messages import AudioChunk, AudioSpan, Evidence

NOT_THE_CALLERS = "not_the_caller_s_channel"
"""The reason of audio that is there and is given to nobody."""

WITHOUT_NOTICE = "without_notice"
"""The same, of a caller who had not been told."""

ALERT_BYTES = 256 * 1_048_576
ALERT_RECORDS = 200_000
"""Of the calls topic that are read for the audio of one record, whatever spans its evidence claims: sixteen segments of
4 s among three hundred two-channel calls in one partition, many times more than one listener hears."""


class Spans(Protocol):
    """What reads a span of the calls topic: `SpanReader`."""

    async def chunks(
        self, span: AudioSpan, call_id: str, channel: int, budget: Budget | None = None
    ) -> list[AudioChunk]: ...


async def clip_of(spans: Spans, call_id: str, item: Evidence, budget: Budget) -> Clip:
    """The audio of one segment that an alert rests on.

    Raises:
        AudioGone: with the reasons of `SpanReader.chunks`, `bad_segment_id`, NOT_THE_CALLERS or
            WITHOUT_NOTICE.
        BrokerError, KafkaError: Kafka does not answer; trying again may help.
    """
    found = await spans.chunks(item.audio, call_id, channel_of(call_id, item.segment_id), budget)
    chunks = callers_alone(found)
    # The chunks carry their sender's times, the evidence those of the call.
    clip = cut(chunks, item.start_ms - item.audio.shift_ms, item.end_ms - item.audio.shift_ms)
    if clip is None:
        raise AudioGone("not_found")
    return clip


def callers_alone(chunks: Sequence[AudioChunk]) -> list[AudioChunk]:
    """What the caller said after having been told. Checked on the audio itself, whatever the alert says.

    Raises:
        AudioGone: NOT_THE_CALLERS, where the channel is the agent's or holds the agent's voice too; WITHOUT_NOTICE.
    """
    if any(chunk.role != "customer" for chunk in chunks):
        raise AudioGone(NOT_THE_CALLERS)
    told = [chunk for chunk in chunks if chunk.notice_given]
    if chunks and not told:
        raise AudioGone(WITHOUT_NOTICE)
    return told


def channel_of(call_id: str, segment_id: str) -> int:
    """The channel in `call_id/channel/start_ms`.

    Raises:
        AudioGone: `bad_segment_id`; the id is not of this call, or not of this form.
    """
    of_call, _, rest = segment_id.rpartition("/")[0].rpartition("/")
    if of_call != call_id or not (rest.isascii() and rest.isdigit()):
        raise AudioGone("bad_segment_id")
    return int(rest)
