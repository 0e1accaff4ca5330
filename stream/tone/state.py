"""What is remembered of a call, each part with its owner; small enough to be written after each segment."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import CallAttributes, ModelRef, Segment
from tonewatch.stream.tone.alerts.alert_book import AlertBook
from tonewatch.stream.tone.alerts.slot import CallContext
from tonewatch.stream.tone.evidence.baseline import Baseline
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.moments import Moments
from tonewatch.stream.tone.turns import Turns


class CallMemory(msgspec.Struct, kw_only=True):
    """The state of one call.

    call       its attributes, as far as they are known
    announced  the state that was written last: live, not_analysed, ended; '' before any
    counted    per channel, the media time up to which segments were taken; what lies before changes nothing
    now_ms     the latest media time that anything was heard at
    model      the encoder of the newest judged segment
    """

    call: CallAttributes = msgspec.field(default_factory=CallAttributes)
    announced: str = ""
    counted: dict[str, int] = msgspec.field(default_factory=dict)
    now_ms: int = 0
    model: ModelRef | None = None
    baseline: Baseline = msgspec.field(default_factory=Baseline)
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
