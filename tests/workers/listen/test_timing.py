"""Lost packets, drifting clocks and late arrival: segments stay where they are, and nothing is taken for dead air."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import AudioChunk, CallMessage, Silence
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.discontinuities import LOST_SHARE, drifting, jittered, packets
from tonewatch.workers.listen.followed_call import FollowedCall, Output
from tonewatch.workers.listen.wire_command import read_call

NEAR_MS = 100

Span = tuple[int, int]


@cache
def sent() -> list[CallMessage]:
    """The first 20 s of a call: three turns of the agent, two of the caller."""
    whole = packets(read_call(default_folder() / "calm_enquiry.flac"))
    return [one for one in whole if not isinstance(one, AudioChunk) or one.start_ms < 20_000]


def spans(outputs: Sequence[Output], channel: int) -> list[Span]:
    return [
        (one.segment.start_ms, one.segment.end_ms)
        for one in outputs
        if isinstance(one, ClosedSegment) and one.channel == channel
    ]


@cache
def undisturbed() -> list[Output]:
    return FollowedCall("c").follow(sent())


def outside(inner: Sequence[Span], outer: Sequence[Span]) -> list[int]:
    """Times, each 20 ms, of the inner spans that lie further than NEAR_MS from every outer one."""
    return [
        at_ms
        for start_ms, end_ms in inner
        for at_ms in range(start_ms, end_ms, 20)
        if not any(start - NEAR_MS <= at_ms <= end + NEAR_MS for start, end in outer)
    ]


def silences(outputs: Sequence[Output]) -> set[int]:
    return {one.now_ms for one in outputs if isinstance(one, Silence) and one.now_ms}


@pytest.mark.parametrize("ppm", [300.0, -300.0])
def test_segments_do_not_move_with_a_clock_that_drifts(ppm: float) -> None:
    found = FollowedCall("c").follow(drifting(sent(), ppm))
    for channel in (0, 1):
        pairs = zip(spans(found, channel), spans(undisturbed(), channel), strict=True)
        assert all(abs(a - c) <= NEAR_MS and abs(b - d) <= NEAR_MS for (a, b), (c, d) in pairs)


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_packets_that_come_late_and_in_another_order_change_nothing(seed: int) -> None:
    found = FollowedCall("c").follow(jittered(sent(), 150, random.Random(seed)))
    for channel in (0, 1):
        assert spans(found, channel) == spans(undisturbed(), channel)


@settings(max_examples=2, deadline=None)
@given(ppm=st.floats(-300.0, 300.0), late_ms=st.integers(0, 150), seed=st.integers(0, 2**32))
def test_a_clock_that_drifts_and_packets_that_come_late_together_move_no_segment(
    ppm: float, late_ms: int, seed: int
) -> None:
    found = FollowedCall("c").follow(jittered(drifting(sent(), ppm), late_ms, random.Random(seed)))
    for channel in (0, 1):
        pairs = zip(spans(found, channel), spans(undisturbed(), channel), strict=True)
        assert all(abs(a - c) <= NEAR_MS and abs(b - d) <= NEAR_MS for (a, b), (c, d) in pairs)
    assert silences(found) == silences(undisturbed())


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_with_a_fifth_of_the_packets_lost_speech_is_found_where_it_is_and_no_silence_is_made(seed: int) -> None:
    rng = random.Random(seed)
    left = [one for one in sent() if not isinstance(one, AudioChunk) or rng.random() >= LOST_SHARE]
    followed = FollowedCall("c")
    found = followed.follow(left)
    for channel in (0, 1):
        whole, heard = spans(undisturbed(), channel), spans(found, channel)
        assert not outside(heard, whole)
        spoken_ms = sum(end - start for start, end in whole)
        assert 20 * len(outside(whole, heard)) <= 0.05 * spoken_ms
    assert followed.refused == []
    assert silences(found) <= silences(undisturbed())
