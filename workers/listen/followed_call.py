"""One call through the listener's core without Kafka: records in, closed segments and messages out.

A life may end at any record; the next one begins with what was kept, as a listener that was started again does.
"""

from __future__ import annotations

from collections.abc import Iterable

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import (
    AudioChunk,
    CallClock,
    CallClosed,
    CallEnded,
    CallMessage,
    CallOpened,
    CallStarted,
    NoticeWithdrawn,
    Silence,
)
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import Call, ClosedSegment

Output = CallOpened | ClosedSegment | Silence | CallClosed


class FollowedCall:
    """`refused` are the reasons, `clock` what was written last for a restart; the number of a record is its offset."""

    def __init__(self, call_id: str, clock: CallClock | None = None) -> None:
        self.clock = clock
        self.refused: list[str] = []
        self.call = self._new(call_id)

    def take(self, message: CallMessage, offset: int) -> list[Output]:
        """What the record brings out, in the listener's order."""
        match message:
            case CallStarted():
                return [self.call.started(message, offset=offset), *self._kept()]
            case AudioChunk():
                return self._heard(message, offset)
            case CallEnded():
                return self._finish(message, offset)
            case NoticeWithdrawn():
                return [self.call.withdraw(message), *self._kept()]

    def follow(self, records: Iterable[CallMessage]) -> list[Output]:
        return [one for offset, message in enumerate(records) for one in self.take(message, offset)]

    def quiet(self) -> list[Output]:
        """Nothing was received for HOLD_AFTER_S."""
        self.call.hold()
        return self._told()

    def time_out(self, offset: int) -> list[Output]:
        """Nothing was received for `call_idle_s`; `offset` is that of the next record."""
        held: list[Output] = [*self.call.finish(), *self.quiet()]
        before = self.call.closed("timeout", None)
        self.clock = self.call.park(offset, ended=False)
        self.call = self._new(self.call.call_id, before)
        return held

    def give_up(self) -> list[Output]:
        """The call was on hold for `call_hold_s`."""
        return [self.call.closed("timeout", None)]

    def _new(self, call_id: str, before: CallClosed | None = None) -> Call:
        return Call(call_id, SegmenterSettings(), 0.0, self.clock, before)

    def _told(self) -> list[Output]:
        lines = self.call.next_lines()
        return [] if lines is None else [lines]

    def _heard(self, chunk: AudioChunk, offset: int) -> list[Output]:
        opened: list[Output] = [self.call.joined(chunk)] if self.call.notice_given is None else []
        try:
            closed = self.call.add_chunk(chunk, offset)
        except Unprocessable as error:
            self.call.rejected += 1
            self.refused.append(error.reason)
            return [*opened, *self._told()]
        silence = self.call.next_silence()
        return [*opened, *self._kept(), *closed, *([] if silence is None else [silence]), *self._told()]

    def _finish(self, message: CallEnded, offset: int) -> list[Output]:
        closed: list[Output] = [*self.call.finish(), self.call.closed("ended", message.duration_ms)]
        self.clock = self.call.park(offset + 1, ended=True)
        self.call = self._new(self.call.call_id)
        return closed

    def _kept(self) -> list[Output]:
        self.clock = self.call.next_clock() or self.clock
        return []
