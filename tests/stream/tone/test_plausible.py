"""One record far ahead makes no call deaf, and a call that was on hold, or is joined in its midst, goes on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioSpan, CallOpened, LineState, Segment, SegmentMessage, Silence, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.plausible import LEAP_MS, LONGEST_HOLD_MS, LONGEST_SEGMENT_MS, MOST_PASSED, check
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

from .conftest import Calls, said

DAY_MS = 24 * 3_600_000
HOUR_MS = 3_600_000


def take(memory: CallMemory, *messages: SegmentMessage) -> None:
    for message in messages:
        check(memory, message)
        step(memory, message, ToneConfig())


def in_call() -> CallMemory:
    memory = CallMemory()
    take(memory, *Calls.call([Calls.STEADY] * 3))
    return memory


def at(start_ms: int, *, first: int = 40, last: int = 49) -> Segment:
    segment = Calls.spoken(start_ms, start_ms + 3_000)
    return msgspec.structs.replace(
        segment, audio=AudioSpan(topic="t", partition=0, first_offset=first, last_offset=last)
    )


def line(state: Any, since_ms: int) -> Silence:
    told = LineState(channel=0, role="customer", state=state, since_ms=since_ms)
    return Silence(call_id="c", now_ms=0, lines=(told,))


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        (at(8 * DAY_MS - 3_000, first=2**62, last=2**63 - 1), "implausible_time"),
        (at(LEAP_MS + 20_000), "implausible_time"),
        (at(12_000, first=2**62, last=2**63 - 1), "implausible_place"),
        (at(0, first=2 * MOST_PASSED, last=2 * MOST_PASSED), "implausible_place"),
        (at(12_000, first=49, last=40), "implausible_place"),
        (msgspec.structs.replace(at(12_000), end_ms=12_001 + LONGEST_SEGMENT_MS), "implausible_time"),
        (msgspec.structs.replace(at(12_000), end_ms=11_000), "implausible_time"),
        (Silence(call_id="c", now_ms=8 * DAY_MS), "implausible_time"),
        (Silence(call_id="c", now_ms=0, since_ms=8 * DAY_MS), "implausible_time"),
        (Silence(call_id="c", now_ms=8 * DAY_MS, since_ms=HOUR_MS), "implausible_time"),
        (line("live", 8 * DAY_MS), "implausible_time"),
        (said(at(8 * DAY_MS - 3_000), "far ahead"), "implausible_time"),
    ],
)
def test_what_lies_far_ahead_is_refused_and_what_is_true_is_counted_after_it(forged: Any, reason: str) -> None:
    memory = in_call()
    before = msgspec.to_builtins(memory)
    with pytest.raises(Unprocessable) as refused:
        check(memory, forged)
    assert (refused.value.reason, msgspec.to_builtins(memory)) == (reason, before)
    take(memory, at(12_000), at(16_000, first=50, last=59))
    assert (memory.counted["0"], memory.repeated) == (19_000, 0)


def test_a_call_goes_on_after_a_hold_of_which_its_listener_told() -> None:
    for told in (line("live", 5 * HOUR_MS), Silence(call_id="c", now_ms=0, since_ms=5 * HOUR_MS)):
        memory = in_call()
        take(memory, line("on_hold", 11_000), told, at(5 * HOUR_MS), Silence(call_id="c", now_ms=5 * HOUR_MS + 20_000))
        assert memory.counted["0"] == 5 * HOUR_MS + 3_000


def test_a_silence_that_ends_a_hold_may_tell_of_both_at_once() -> None:
    memory = in_call()
    take(memory, Silence(call_id="c", now_ms=2 * HOUR_MS + 5_000, since_ms=2 * HOUR_MS))
    assert memory.now_ms == 2 * HOUR_MS + 5_000 < LONGEST_HOLD_MS


def test_a_call_that_is_joined_goes_on_wherever_it_is_by_now() -> None:
    memory = in_call()
    take(
        memory,
        CallOpened(call_id="c", notice_given=True),
        at(20 * HOUR_MS, first=2 * MOST_PASSED, last=2 * MOST_PASSED),
    )
    assert memory.counted["0"] == 20 * HOUR_MS + 3_000
    with pytest.raises(Unprocessable):
        check(memory, at(21 * HOUR_MS))


def test_words_of_a_segment_that_is_still_to_come_are_taken(calls: type[Calls]) -> None:
    memory = in_call()
    words: Words = said(at(12_000), "soon")
    take(memory, words)
    assert memory.early == [words]
