"""Can what a record says of its time and place be true of its call? One that lies years ahead would make the call deaf:
all that is said afterwards would lie behind it, and be taken for copies.

A bound, not a proof: whoever can write to the segments topic can still be wrong by less than it.
"""

from __future__ import annotations

from typing import Final

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Segment, Silence, Words
from tonewatch.stream.tone.state import CallMemory

LEAP_MS: Final = 10 * 60_000
"""Ahead of all that was heard. A listener tells of a longer pause before what follows it: of the line that is live
again, or up to where audio was missing."""

LONGEST_HOLD_MS: Final = 6 * 3_600_000
"""Of such a pause itself: the monitor forgets a call of which nothing is heard for so long."""

LONGEST_SEGMENT_MS: Final = 60_000
"""Fifteen times what a listener writes: an archive believes no longer clip either."""

MOST_PASSED: Final = 100_000_000
"""Records of a partition of the calls topic between two segments of a call: 4,600 a second for six hours."""


def check(memory: CallMemory, message: object) -> None:
    """Before a message changes anything that is remembered of its call.

    The first segment after a CallOpened may lie anywhere: the call may have gone on for hours under another listener.

    Raises:
        Unprocessable: `implausible_time`, `implausible_place`.
    """
    match message:
        case Segment():
            _check_length(message)
            if not _may_leap(memory):
                _check_ahead(memory, message.start_ms, LEAP_MS)
                _check_place(memory, message)
        case Words() if not _may_leap(memory):
            _check_ahead(memory, message.end_ms, LEAP_MS + LONGEST_SEGMENT_MS)
        case Silence() if not _may_leap(memory):
            told_ms = [message.since_ms, *(line.since_ms for line in message.lines)]
            _check_ahead(memory, max(told_ms), LONGEST_HOLD_MS)
            _check_ahead(memory, message.now_ms - max(0, max(told_ms) - _heard_ms(memory)), LEAP_MS)


def _may_leap(memory: CallMemory) -> bool:
    return memory.joins or not memory.counted


def _heard_ms(memory: CallMemory) -> int:
    """The latest time of the call that anything was told of."""
    told = (memory.counted.values(), memory.turns.unheard_until_ms, (line.since_ms for line in memory.lines.values()))
    return max([memory.now_ms, *(at_ms for times in told for at_ms in times)])


def _check_ahead(memory: CallMemory, at_ms: int, most_ms: int) -> None:
    ahead_ms = at_ms - _heard_ms(memory)
    if ahead_ms > most_ms:
        text = f"it lies {ahead_ms} ms ahead of all that was heard of the call; at most {most_ms} are believed"
        raise Unprocessable(text, reason="implausible_time")


def _check_length(segment: Segment) -> None:
    lasts_ms = segment.end_ms - segment.start_ms
    if not 0 <= lasts_ms <= LONGEST_SEGMENT_MS:
        text = f"a segment of {lasts_ms} ms; at most {LONGEST_SEGMENT_MS} are believed"
        raise Unprocessable(text, reason="implausible_time")


def _check_place(memory: CallMemory, segment: Segment) -> None:
    newest = max(memory.offsets.values(), default=segment.audio.last_offset)
    ahead = segment.audio.last_offset - newest
    if ahead > MOST_PASSED or segment.audio.first_offset > segment.audio.last_offset:
        text = f"its audio lies {ahead} records ahead of the call's; at most {MOST_PASSED} are believed"
        raise Unprocessable(text, reason="implausible_place")
