"""Calls on which nobody speaks: no message comes from them, so a clock has to tell.

A listener that is behind looks just the same. So what it is behind, by the segments that came lately, is no silence;
and where several calls are live and not one of them is heard of, it is the listener that is silent.
"""

from __future__ import annotations

from dataclasses import dataclass

from tonewatch.stream.messages import CallClosed, ControlMessage, Rationale, Segment, SegmentMessage, Silence
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import CallMemory
from tonewatch.stream.tone.turns import LATE_MS

LATELY_MS = 30_000
"""The listener is behind by the most that any segment was late within this time."""

STALLED_MS = 10_000
SEVERAL = 5
"""So many live calls are not all silent for `STALLED_MS` at once."""

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
        self._late: list[tuple[int, int]] = []

    def note(
        self, message: SegmentMessage | Rationale | ControlMessage, memory: CallMemory, config: ToneConfig, at_ms: int
    ) -> None:
        """After a message was taken into account, at this time of the wall clock."""
        if isinstance(message, CallClosed):
            self._calls.pop(message.call_id, None)
        if not isinstance(message, Segment) or not message.spoken_at_ms or memory.announced != "live":
            return
        lately = [(at, late) for at, late in self._late if at_ms - at < LATELY_MS]
        self._late = [*lately, (at_ms, max(0, at_ms - message.spoken_at_ms))]
        known = self._calls.get(message.call_id)
        if known is not None and message.end_ms <= known.now_ms:
            return
        rules = [rule for rule in config.rules.for_queue(memory.queue) if rule.kind == "dead_air"]
        if rules:
            least_ms = round(1000 * min(rule.silence_s for rule in rules))
            self._calls[message.call_id] = _Call(message.spoken_at_ms, message.end_ms, least_ms)

    def due(self, now_at_ms: int) -> list[Silence]:
        """One message for each silence that became long enough; a segment that is under way may still break it."""
        found: list[Silence] = []
        if self._is_stalled(now_at_ms):
            return found
        behind_ms = self._behind_ms(now_at_ms)
        for call_id, call in list(self._calls.items()):
            silent_ms = now_at_ms - call.spoken_at_ms - behind_ms
            if silent_ms > FORGET_AFTER_MS:
                del self._calls[call_id]
            elif not call.told and silent_ms >= call.least_ms + LATE_MS:
                call.told = True
                found.append(Silence(call_id=call_id, now_ms=call.now_ms + silent_ms))
        return found

    def _behind_ms(self, now_at_ms: int) -> int:
        """By the segments that came lately, or by the last one where none did."""
        lately = [late for at, late in self._late if now_at_ms - at < LATELY_MS]
        return max(lately or [late for _, late in self._late[-1:]], default=0)

    def _is_stalled(self, now_at_ms: int) -> bool:
        live = sum(not call.told for call in self._calls.values())
        heard_at_ms = max((at for at, _ in self._late), default=now_at_ms)
        return live >= SEVERAL and now_at_ms - heard_at_ms >= STALLED_MS
