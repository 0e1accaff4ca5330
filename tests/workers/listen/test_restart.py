"""A listener that begins again at any place that could have been committed hears what the first one heard."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import CallClock, CallMessage
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.discontinuities import DISCONTINUITIES, jittered, packets
from tonewatch.workers.listen.followed_call import FollowedCall, Output
from tonewatch.workers.listen.wire_command import read_call

Heard = tuple[int, int, int, int, tuple[tuple[int, int], ...]]
AHEAD = 150
BREAK_MS = 24_000
NEAR = 640
"""Records of a call that is broken off, as many as a restart near the break can read."""

EXACT = sorted(set(DISCONTINUITIES) - {"times_jitter", "arrival_jitters", "clock_drifts"})


@cache
def messages(stem: str, discontinuity: str = "") -> list[CallMessage]:
    """A demo call, broken off at BREAK_MS; the number of a message is its offset."""
    records = read_call(default_folder() / f"{stem}.flac")
    return DISCONTINUITIES[discontinuity](records, BREAK_MS)[:NEAR] if discontinuity else records


def heard_of(outputs: Sequence[Output]) -> list[Heard]:
    """Segments with their epochs."""
    return [
        (s.channel, s.segment.start_ms, s.segment.end_ms, s.segment.epoch, s.other_turns)
        for s in outputs
        if isinstance(s, ClosedSegment)
    ]


@cache
def whole(stem: str, discontinuity: str = "") -> tuple[list[list[Heard]], list[int], list[CallClock | None]]:
    """Of each record what it closes, the offset that is safe to commit and the clock that is written before it."""
    alone = FollowedCall(stem)
    heard, safe, clocks = [], [], []
    for offset, message in enumerate(messages(stem, discontinuity)):
        held = alone.call.oldest_open_offset()
        safe.append(offset if held is None else min(held, offset))
        clocks.append(alone.clock)
        heard.append(heard_of(alone.take(message, offset)))
    clocks.append(alone.clock)
    return heard, safe, clocks


def check_restart(stem: str, discontinuity: str, crash: int, *, late: bool) -> None:
    """`late`: the listener wrote on for AHEAD records behind its last commit before it died."""
    heard, safe, clocks = whole(stem, discontinuity)
    until = min(len(heard), crash + AHEAD)
    again = FollowedCall(stem, clocks[until if late else crash])
    found = [
        one for o in range(safe[crash], until) for one in heard_of(again.take(messages(stem, discontinuity)[o], o))
    ]
    assert set(found) >= {one for closed in heard[crash:until] for one in closed}
    known = {one[:4] for closed in heard for one in closed}
    assert {one[:4] for one in found} <= known


@pytest.mark.parametrize("stem", ["billing_dispute", "noisy_line"])
@settings(max_examples=12)
@given(share=st.floats(0, 0.999), late=st.booleans())
def test_a_restart_at_any_committed_offset_finds_the_same_segments_and_turns(
    stem: str, share: float, late: bool
) -> None:
    check_restart(stem, "", 2 + int(share * (len(messages(stem)) - 2)), late=late)


@pytest.mark.parametrize("discontinuity", EXACT)
@settings(max_examples=6)
@given(records=st.integers(-40, 220), late=st.booleans())
def test_a_restart_before_in_and_behind_an_epoch_finds_the_same_segments_in_the_same_epochs(
    discontinuity: str, records: int, late: bool
) -> None:
    first = next(i for i, (a, b) in enumerate(_beside_undisturbed(discontinuity)) if a != b)
    first = min(max(first, 100), 260)
    check_restart("billing_dispute", discontinuity, max(2, first + records), late=late)


def _beside_undisturbed(discontinuity: str) -> list[tuple[CallMessage, CallMessage]]:
    return list(zip(messages("billing_dispute", discontinuity), messages("billing_dispute"), strict=False))


def test_a_cut_just_before_a_pause_leaves_the_next_segment_where_a_restart_finds_it() -> None:
    heard, safe, _ = whole("billing_dispute")
    crash = 91
    again = FollowedCall("x")
    found = [one for o in range(safe[crash], 200) for one in heard_of(again.take(messages("billing_dispute")[o], o))]
    expected = [one for closed in heard[crash:200] for one in closed if one[:2] != (0, 5_080)]
    assert [one for one in expected if one[0] == 0]
    assert set(expected) <= set(found)


@cache
def in_packets() -> tuple[list[CallMessage], list[Heard]]:
    """A turn of each party in packets of 20 ms, and what is heard of them in time."""
    records = [one for one in packets(messages("billing_dispute")) if getattr(one, "start_ms", 0) < 15_000]
    return records, heard_of(FollowedCall("c").follow(records))


@settings(max_examples=4)
@given(seed=st.integers(0, 1_000))
def test_packets_that_come_up_to_150_ms_late_lose_nothing(seed: int) -> None:
    records, expected = in_packets()
    assert {channel for channel, *_ in expected} == {0, 1}
    late = FollowedCall("c")
    assert heard_of(late.follow(jittered(records, 150, random.Random(seed)))) == expected
    assert late.refused == []
