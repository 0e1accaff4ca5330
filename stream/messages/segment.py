"""What is written to `tonewatch.segments.v1`, as JSON: what a listener heard of a call."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tonewatch.stream.former_names import Renamed, read_former_names
from tonewatch.stream.messages.bounds import (
    Channel,
    Count,
    Embedding,
    EpochMs,
    Label,
    Language,
    Measured,
    MediaMs,
    SegmentId,
    SignedMs,
    SpokenText,
    Word,
)
from tonewatch.stream.messages.call_attributes import CallRecord
from tonewatch.stream.messages.common import AudioSpan, Message, ModelRef, Plain, Role
from tonewatch.stream.messages.line import Lines
from tonewatch.stream.messages.posterior import Posterior
from tonewatch.stream.messages.prosody import Prosody

ClosedBy = Literal["pause", "max_length", "gap", "call_end"]

CloseReason = Literal["ended", "timeout"]


class Quality(Plain, frozen=True, kw_only=True):
    """Can this segment be judged at all?

    `missing_ms` of audio never came; of these `concealed_ms` are gaps of single packets, across which the encoder's
    spectrum is interpolated. `echo_correlation`, in -1..1: of its energies with those of another channel, `echo_lag_ms`
    earlier; null where no other channel was heard.
    """

    snr_db: Measured | None = None
    clipped_share: Measured = 0.0
    missing_ms: MediaMs = 0
    concealed_ms: MediaMs = 0
    speech_ms: MediaMs = 0
    overlap_share: Measured = 0.0
    echo_correlation: Measured | None = None
    echo_lag_ms: SignedMs = 0


class CallOpened(CallRecord, frozen=True, kw_only=True, tag="call_opened"):
    """A listener began to follow a call (again after a time-out, if audio comes back).

    `caller` is the keyed hash of the caller's id; '' where there is none, or no secret to make it with.
    `withdrawn_at_ms`: the notice was withdrawn then, and what was derived of the call is to be deleted; 0: it was not.
    """

    notice_given: bool
    caller: Label = ""
    withdrawn_at_ms: EpochMs = 0

    def as_far_as_told(self) -> CallOpened:
        """Without what is not for a call whose caller was not told, whoever wrote it."""
        if self.notice_given:
            return self
        return msgspec.structs.replace(self, call=self.call.for_routing(), caller="")


class Segment(Message, frozen=True, kw_only=True, tag="segment"):
    """One stretch of speech on one channel, closed by a pause, by 4 s of length, by a gap or by the call's end.

    An agent's segment carries times only, and `echo` in `abstained` where it is the caller's own sound. `abstained`
    says why there is no posterior to rely on. `posterior` is of this segment alone; `uncertainty` the probability that
    its largest share is wrong, `degraded` that the tone is a degraded one. `embedding` (float16, little endian; base64
    in JSON) is what a judgement against the caller's own baseline
    needs, and `space` names the weights that it belongs to.
    `spoken_at_ms` is the wall clock at the end of its speech, `emitted_at_ms` when it was written.
    `epoch` counts the discontinuities of its channel before it (a transfer, another codec, a clock that jumped); media
    time goes on over all of them.
    """

    segment_id: SegmentId
    channel: Channel
    role: Role
    start_ms: MediaMs
    end_ms: MediaMs
    closed_by: ClosedBy
    audio: AudioSpan
    prosody: Prosody | None = None
    posterior: Posterior | None = None
    quality: Quality = Quality()
    abstained: Word | None = None
    model: ModelRef | None = None
    spoken_at_ms: EpochMs = 0
    emitted_at_ms: EpochMs = 0
    uncertainty: Measured | None = None
    degraded: Measured | None = None
    embedding: Embedding = b""
    space: Label = ""
    epoch: Count = 0
    doubt: Measured | Renamed | None = msgspec.UNSET

    def __post_init__(self) -> None:
        read_former_names(self, doubt="uncertainty")
        if self.abstained == "tone":  # the former word for a signal that is no voice
            msgspec.structs.force_setattr(self, "abstained", "tonal")


class SpokenWord(Plain, frozen=True, kw_only=True):
    """One word of a transcript, with its punctuation; media time. `confidence` 0..1: of its least likely token."""

    text: Word
    start_ms: MediaMs
    end_ms: MediaMs
    confidence: Measured


class Words(Message, frozen=True, kw_only=True, tag="words"):
    """What was said in a segment; follows the segment, only where speech-to-text was worth its cost.

    `words`: each with its own confidence; none from a recogniser that does not tell. `language` as it was identified
    (ISO 639-1, '' where it was not), with its probability; null where the recogniser knows one language only.
    """

    segment_id: SegmentId
    channel: Channel
    start_ms: MediaMs
    end_ms: MediaMs
    text: SpokenText
    confidence: Measured
    model: ModelRef
    words: Annotated[tuple[SpokenWord, ...], Meta(max_length=400)] = ()
    language: Language = ""
    language_confidence: Measured | None = None


class CallClosed(Message, frozen=True, kw_only=True, tag="call_closed"):
    """Nothing more comes for this call. Counters are over the listener that closed it."""

    reason: CloseReason
    duration_ms: MediaMs
    segments: Count = 0
    chunks: Count = 0
    chunks_rejected: Count = 0
    missing_ms: MediaMs = 0
    words_shed: Count = 0


class Silence(Message, frozen=True, kw_only=True, tag="silence"):
    """Both parties' audio was heard up to `now_ms`, and nobody has spoken since the segments before this record.

    `since_ms`: up to there the audio of one of them was missing or could not be used; nothing is known of a silence
    before it. `lines`: the channels whose line changed; a record that only tells of those says 0 for both times.
    """

    now_ms: MediaMs
    since_ms: MediaMs = 0
    lines: Lines = ()


SegmentMessage = CallOpened | Segment | Words | CallClosed | Silence
