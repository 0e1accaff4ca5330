"""What is written to `tonewatch.segments.v1`, as JSON: what a listener heard of a call."""

from __future__ import annotations

from typing import Literal

import msgspec

from tonewatch.stream.former_names import Renamed, read_former_names
from tonewatch.stream.messages.call_attributes import CallRecord
from tonewatch.stream.messages.common import AudioSpan, Message, ModelRef, Plain, Role
from tonewatch.stream.messages.posterior import Posterior
from tonewatch.stream.messages.prosody import Prosody

ClosedBy = Literal["pause", "max_length", "gap", "call_end"]

CloseReason = Literal["ended", "timeout"]


class Quality(Plain, frozen=True, kw_only=True):
    """Can this segment be judged at all?"""

    snr_db: float | None = None
    clipped_share: float = 0.0
    missing_ms: int = 0
    speech_ms: int = 0
    overlap_share: float = 0.0


class CallOpened(CallRecord, frozen=True, kw_only=True, tag="call_opened"):
    """A listener began to follow a call (again after a time-out, if audio comes back).

    `caller` is the keyed hash of the caller's id; '' where there is none, or no secret to make it with.
    """

    notice_given: bool
    caller: str = ""


class Segment(Message, frozen=True, kw_only=True, tag="segment"):
    """One stretch of speech on one channel, closed by a pause, by 4 s of length, by a gap or by the call's end.

    An agent's segment carries times only. `abstained` says why there is no posterior to rely on. `posterior` is of this
    segment alone; `uncertainty` the probability that its largest share is
    wrong, `degraded` that the tone is a degraded one.
    `embedding` (float16, little endian; base64 in JSON) is what a judgement against the caller's own usual needs, and
    `space` names the weights that it belongs to.
    `spoken_at_ms` is the wall clock at the end of its speech, `emitted_at_ms` when it was written.
    `epoch` counts the discontinuities of its channel before it (a transfer, another codec, a clock that jumped); media
    time goes on over all of them.
    """

    segment_id: str
    channel: int
    role: Role
    start_ms: int
    end_ms: int
    closed_by: ClosedBy
    audio: AudioSpan
    prosody: Prosody | None = None
    posterior: Posterior | None = None
    quality: Quality = Quality()
    abstained: str | None = None
    model: ModelRef | None = None
    spoken_at_ms: int = 0
    emitted_at_ms: int = 0
    uncertainty: float | None = None
    degraded: float | None = None
    embedding: bytes = b""
    space: str = ""
    epoch: int = 0
    doubt: float | Renamed | None = msgspec.UNSET

    def __post_init__(self) -> None:
        read_former_names(self, doubt="uncertainty")
        if self.abstained == "tone":  # the former word for a signal that is no voice
            msgspec.structs.force_setattr(self, "abstained", "tonal")


class Words(Message, frozen=True, kw_only=True, tag="words"):
    """What was said in a segment; follows the segment, only where speech-to-text was worth its cost."""

    segment_id: str
    channel: int
    start_ms: int
    end_ms: int
    text: str
    confidence: float
    model: ModelRef


class CallClosed(Message, frozen=True, kw_only=True, tag="call_closed"):
    """Nothing more comes for this call. Counters are over the listener that closed it."""

    reason: CloseReason
    duration_ms: int
    segments: int = 0
    chunks: int = 0
    chunks_rejected: int = 0
    missing_ms: int = 0
    words_shed: int = 0


class Silence(Message, frozen=True, kw_only=True, tag="silence"):
    """Both parties' audio was heard up to `now_ms`, and nobody has spoken since the segments before this record.

    `since_ms`: up to there the audio of one of them was missing or could not be used; nothing is known of a silence
    before it.
    """

    now_ms: int
    since_ms: int = 0


SegmentMessage = CallOpened | Segment | Words | CallClosed | Silence
