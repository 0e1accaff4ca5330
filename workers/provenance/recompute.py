"""A segment made again from the audio that it was made from, by the listener's own way, and how far it differs.

The call's chunks go through the same core from its beginning, so that the segment comes out under the same id, with the
same speech flags and the same turns of the other party; of the agent's channel only times are made, here as there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import msgspec
from aiokafka import TopicPartition

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, NoticeWithdrawn, Segment
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import Call, ClosedSegment

POSTERIOR_AGREES = 0.02
"""Of any share: another processor's int8 arithmetic moves a posterior by less (models/CARD.md)."""

PROSODY_AGREES = 0.01
"""Of a measure, relative to its size and never less than one hundredth of its unit."""


@dataclass(frozen=True)
class Agreement:
    """Largest differences; `why` is '' where both sides could be compared and agree within the bounds."""

    segment_id: str
    posterior: float | None
    prosody: float | None
    why: str = ""


def segments_again(
    records: Iterable[tuple[int, CallMessage]],
    analysis: Analysis,
    partition: TopicPartition,
    wanted: Collection[str],
    segmenter: SegmenterSettings | None = None,
) -> dict[str, Segment]:
    """Segments by id, out of the records of one call with their offsets; those that do not come out are missing.

    None come out of a call whose notice was withdrawn, of what was said before that neither.
    """
    found: dict[str, Segment] = {}
    call: Call | None = None
    for offset, message in records:
        if isinstance(message, NoticeWithdrawn):
            return {}
        call = call or Call(message.call_id, segmenter or SegmenterSettings(), 0.0)
        for closed in _closed(call, message, offset):
            if closed.segment_id in wanted and call.notice_given:
                found[closed.segment_id] = analysis.segment(closed, partition)[0]
    for closed in call.finish() if call is not None and call.notice_given else ():
        if closed.segment_id in wanted:
            found[closed.segment_id] = analysis.segment(closed, partition)[0]
    return found


def _closed(call: Call, message: CallMessage, offset: int) -> list[ClosedSegment]:
    match message:
        case CallStarted():
            call.started(message, offset=offset)
            return []
        case AudioChunk():
            if call.notice_given is None:
                call.joined(message)
            try:
                return call.add_chunk(message, offset)
            except Unprocessable:
                return []  # as the listener did: it is among the dead letters
        case CallEnded():
            return call.finish()
        case NoticeWithdrawn():
            return []  # nothing of the call is judged from here on


def compare(then: Segment, again: Segment) -> Agreement:
    """What the topic has beside what comes out now."""
    if then.model is not None and again.model is not None and then.model.version != again.model.version:
        versions = f"({again.model.version}) than then ({then.model.version})"
        why = f"other weights here {versions}: set TONEWATCH_WEIGHTS or TONEWATCH_ENCODER"
        return Agreement(then.segment_id, None, None, why)
    posterior, prosody = _posterior(then, again), _prosody(then, again)
    said = []
    if then.abstained != again.abstained:
        said.append(f"abstained was {then.abstained or 'not said'}, is {again.abstained or 'not said'}")
    if (then.start_ms, then.end_ms) != (again.start_ms, again.end_ms):
        said.append(f"ended at {then.end_ms} ms, ends at {again.end_ms} ms")
    if posterior is not None and posterior > POSTERIOR_AGREES:
        said.append(f"a share of the posterior differs by {posterior:.4f}")
    if prosody is not None and prosody > PROSODY_AGREES:
        said.append(f"a measure differs by {100 * prosody:.1f} %")
    return Agreement(then.segment_id, posterior, prosody, "; ".join(said))


def _posterior(then: Segment, again: Segment) -> float | None:
    if then.posterior is None or again.posterior is None:
        return None
    pairs = zip(then.posterior.shares(), again.posterior.shares(), strict=True)
    return max(abs(one - other) for one, other in pairs)


def _prosody(then: Segment, again: Segment) -> float | None:
    """Largest relative difference of a measure that both have."""
    if then.prosody is None or again.prosody is None:
        return None
    one, other = msgspec.structs.asdict(then.prosody), msgspec.structs.asdict(again.prosody)
    return max(
        (
            abs(value - other[name]) / max(abs(value), 1.0)
            for name, value in one.items()
            if isinstance(value, float) and isinstance(other[name], float)
        ),
        default=None,
    )
