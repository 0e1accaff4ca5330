"""What is remembered of a call, each part with its owner; small enough to be written after each segment."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import CallAttributes, ModelRef, Segment, Words
from tonewatch.stream.tone.alerts.alert_book import AlertBook
from tonewatch.stream.tone.alerts.slot import CallContext
from tonewatch.stream.tone.evidence.baseline import Baseline
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.evidence.voices import Voices
from tonewatch.stream.tone.moments import Moments
from tonewatch.stream.tone.turns import Turns

WORDS_KEPT_MS = 120_000
"""Words that come later than this after their segment are left: it is no longer known whether it was judged."""


class CallMemory(msgspec.Struct, kw_only=True):
    """The state of one call.

    call       its attributes, as far as they are known
    announced  the state that was written last: live, not_analysed, ended; '' before any
    counted    per channel, the media time up to which segments were taken; what lies before changes nothing
    now_ms     the latest media time that anything was heard at
    model      the encoder of the newest judged segment
    abstained  the caller's segments that were not judged: id -> end_ms
    early      words that came before their segment
    """

    call: CallAttributes = msgspec.field(default_factory=CallAttributes)
    announced: str = ""
    counted: dict[str, int] = msgspec.field(default_factory=dict)
    now_ms: int = 0
    model: ModelRef | None = None
    abstained: dict[str, int] = msgspec.field(default_factory=dict)
    early: list[Words] = msgspec.field(default_factory=list)
    baseline: Baseline = msgspec.field(default_factory=Baseline)
    voices: Voices = msgspec.field(default_factory=Voices)
    detector: Detector = msgspec.field(default_factory=Detector)
    turns: Turns = msgspec.field(default_factory=Turns)
    alerts: AlertBook = msgspec.field(default_factory=AlertBook)
    moments: Moments = msgspec.field(default_factory=Moments)

    def count(self, segment: Segment) -> bool:
        """Take note of a segment; false where its channel was counted beyond its beginning already."""
        channel = str(segment.channel)
        if segment.start_ms < self.counted.get(channel, 0):
            return False
        self.counted[channel] = segment.end_ms
        self.now_ms = max(self.now_ms, segment.end_ms)
        return True

    def note_abstention(self, segment: Segment) -> None:
        """Its words may be the agent's, or a guess: they are neither evidence nor quoted."""
        self.abstained[segment.segment_id] = segment.end_ms
        oldest_ms = self.now_ms - WORDS_KEPT_MS
        self.abstained = {name: end_ms for name, end_ms in self.abstained.items() if end_ms >= oldest_ms}

    def admit(self, message: Words) -> bool:
        """May these words be heard now? Those that came before their segment are kept until it comes."""
        oldest_ms = self.now_ms - WORDS_KEPT_MS
        if message.end_ms < oldest_ms or message.segment_id in self.abstained:
            return False
        if message.start_ms < self.counted.get(str(message.channel), 0):
            return True
        known = [words for words in self.early if words.end_ms >= oldest_ms]
        is_known = any(words.segment_id == message.segment_id for words in known)
        self.early = known if is_known else [*known, message]
        return False

    def words_of(self, segment: Segment) -> list[Words]:
        """Take out the words that came before this segment."""
        found = [words for words in self.early if words.segment_id == segment.segment_id]
        self.early = [words for words in self.early if words not in found]
        return found

    def context(self, call_id: str, spoken_at_ms: int = 0) -> CallContext:
        """What the judging of alerts is told of the call."""
        return CallContext(
            call_id=call_id,
            queue=self.call.queue,
            now_ms=self.now_ms,
            tone=self.detector.tone,
            baseline_segments=len(self.baseline.own),
            model=self.model,
            spoken_at_ms=spoken_at_ms,
        )

    def forgotten(self) -> CallMemory:
        """What is kept of a call that is over: enough to know its segments again, and its alerts."""
        return CallMemory(
            call=CallAttributes(queue=self.call.queue),
            announced=self.announced,
            counted=self.counted,
            now_ms=self.now_ms,
            alerts=AlertBook(closed=self.alerts.closed, actions=self.alerts.actions),
        )
