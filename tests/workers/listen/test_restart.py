"""A listener that begins again at any place that could have been committed hears what the first one heard."""

from __future__ import annotations

import asyncio
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.messages import AudioChunk, CallMessage, CallStarted
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import Call, ClosedSegment

Heard = tuple[int, int, int, tuple[tuple[int, int], ...]]
AHEAD = 150


@cache
def messages(stem: str) -> list[CallMessage]:
    """A demo call; the number of a message is its offset."""
    sent: list[CallMessage] = []

    async def keep(message: CallMessage) -> None:
        sent.append(message)

    path = default_folder() / f"{stem}.flac"
    asyncio.run(replay(plan(path, roles=None, about=None, notice_given=True, suffix="x"), keep, speed=0))
    return sent


def take(call: Call, message: CallMessage, offset: int) -> list[Heard]:
    found: list[ClosedSegment] = []
    match message:
        case CallStarted():
            call.started(message)
        case AudioChunk():
            if call.notice_given is None:
                call.joined(message)
            found = call.add_chunk(message, offset)
        case _:
            found = call.finish()
    return [(s.channel, s.segment.start_ms, s.segment.end_ms, s.other_turns) for s in found]


@cache
def whole(stem: str) -> tuple[list[list[Heard]], list[int]]:
    """What each record closes, and the offset that is safe to commit before it is taken."""
    call = Call(stem, SegmenterSettings(), 0.0)
    heard, safe = [], []
    for offset, message in enumerate(messages(stem)):
        held = call.oldest_open_offset()
        safe.append(offset if held is None else min(held, offset))
        heard.append(take(call, message, offset))
    return heard, safe


@pytest.mark.parametrize("stem", ["billing_dispute", "noisy_line"])
@settings(max_examples=12)
@given(share=st.floats(0, 0.999))
def test_a_restart_at_any_committed_offset_finds_the_same_segments_and_turns(stem: str, share: float) -> None:
    heard, safe = whole(stem)
    crash = 2 + int(share * (len(heard) - 2))
    until = min(len(heard), crash + AHEAD)
    again = Call(stem, SegmenterSettings(), 0.0)
    found = [one for o in range(safe[crash], until) for one in take(again, messages(stem)[o], o)]
    assert set(found) >= {one for closed in heard[crash:until] for one in closed}
    known = {one[:3] for closed in heard for one in closed}
    assert {one[:3] for one in found} <= known


def test_a_cut_just_before_a_pause_leaves_the_next_segment_where_a_restart_finds_it() -> None:
    heard, safe = whole("billing_dispute")
    crash = 91
    again = Call("x", SegmenterSettings(), 0.0)
    found = [one for o in range(safe[crash], 200) for one in take(again, messages("billing_dispute")[o], o)]
    expected = [one for closed in heard[crash:200] for one in closed if one[:2] != (0, 5_080)]
    assert [one for one in expected if one[0] == 0] and set(expected) <= set(found)
