"""Calls on which nobody speaks: no message comes from them, so a clock has to tell."""

from __future__ import annotations

from dataclasses import dataclass

from tonewatch.stream.messages import CallClosed, ControlMessage, Rationale, Segment, SegmentMessage, Silence
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import CallMemory
from tonewatch.stream.tone.turns import LATE_MS

FORGET_AFTER_MS = 3_600_000
"""A call that never ended is not waited for any longer."""


@dataclass
class _Call:
    """`spoken_at_ms` is the wall clock, `now_ms` the call's own time at the end of what was last said."""

    spoken_at_ms: int
    now_ms: int
    least_ms: int
    told: bool = False


class Quiet:
    """Which live calls of this process have been quiet for as long as their rules ask for. Times are wall clock."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def note(
        self, message: SegmentMessage | Rationale | ControlMessage, memory: CallMemory, config: ToneConfig
    ) -> None:
        """After a message was taken into account."""
        if isinstance(message, CallClosed):
            self._calls.pop(message.call_id, None)
        if not isinstance(message, Segment) or not message.spoken_at_ms or memory.announced != "live":
            return
        known = self._calls.get(message.call_id)
        if known is not None and message.end_ms <= known.now_ms:
            return
        rules = [rule for rule in config.rules.for_queue(memory.queue) if rule.kind == "dead_air"]
        if rules:
            least_ms = round(1000 * min(rule.silence_s for rule in rules))
            self._calls[message.call_id] = _Call(message.spoken_at_ms, message.end_ms, least_ms)

    def due(self, now_at_ms: int) -> list[Silence]:
        """One message for each silence that became long enough; a segment that is under way may still break it."""
        found = []
        for call_id, call in list(self._calls.items()):
            silent_ms = now_at_ms - call.spoken_at_ms
            if silent_ms > FORGET_AFTER_MS:
                del self._calls[call_id]
            elif not call.told and silent_ms >= call.least_ms + LATE_MS:
                call.told = True
                found.append(Silence(call_id=call_id, now_ms=call.now_ms + silent_ms))
        return found
