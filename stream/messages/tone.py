"""What is written to `tonewatch.tone.v1`, as JSON: the caller's rolling tone, and the state of the call."""

from __future__ import annotations

from typing import Literal

import msgspec

from tonewatch.stream.messages.bounds import Computed, Count, EpochMs, MediaMs, SegmentId, Word
from tonewatch.stream.messages.call_attributes import CallRecord
from tonewatch.stream.messages.common import Message, ModelRef, Role
from tonewatch.stream.messages.facts import Facts
from tonewatch.stream.messages.line import Lines
from tonewatch.stream.messages.posterior import Posterior


class Tone(Message, frozen=True, kw_only=True, tag="tone"):
    """The caller's rolling tone after a segment, in [-1, 1]; `spread` is one standard deviation of it.

    `tone` is null while the monitor abstains, and `abstained` says why. `risk` in 0..1 orders the board. `voice` counts
    the voices at the caller's telephone: where it rises, another person has taken it, with a baseline of their own.
    """

    segment_id: SegmentId
    role: Role
    start_ms: MediaMs
    end_ms: MediaMs
    tone: Computed | None
    spread: Computed
    risk: Computed
    posterior: Posterior | None = None
    abstained: Word | None = None
    baseline_ready: bool = False
    facts: Facts = ()
    spoken_at_ms: EpochMs = 0
    emitted_at_ms: EpochMs = 0
    model: ModelRef | None = None
    voice: Count = 1

    def __post_init__(self) -> None:
        if self.abstained == "tone":  # the former word for a signal that is no voice
            msgspec.structs.force_setattr(self, "abstained", "tonal")


class CallState(CallRecord, frozen=True, kw_only=True, tag="call_state"):
    """A call appears, ends, is only counted because the caller was not told, or one of its lines changed.

    `lines`: every channel whose line is known, with what it does; a channel that is not named is live.
    `segments_repeated`: records of segments that were counted before and changed nothing. `run` counts how often the
    call's media time began again, because its id was used again and nobody knew of the run before. `withdrawn`: the
    notice was, what was shown of the call is to be taken away, and nothing of it is shown any more.
    """

    state: Literal["live", "not_analysed", "ended"]
    duration_ms: MediaMs = 0
    reason: Word = ""
    words_shed: Count = 0
    lines: Lines = ()
    segments_repeated: Count = 0
    run: Count = 0
    withdrawn: bool = False


ToneMessage = Tone | CallState
