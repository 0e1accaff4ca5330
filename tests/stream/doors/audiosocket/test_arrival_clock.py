from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.doors.audiosocket.arrival_clock import PAUSE_MS, ArrivalClock, Placed, joined
from tonewatch.stream.doors.audiosocket.frames import Audio
from tonewatch.stream.doors.frames import MOST_FRAME_BYTES
from tonewatch.stream.errors import Unprocessable

FRAME = Audio(8_000, bytes(320))


def heard(clock: ArrivalClock, arrivals: Iterable[float]) -> list[Placed]:
    placed = [one for at_ms in arrivals for one in clock.push(at_ms, FRAME)]
    return placed + clock.flush()


def holes(placed: list[Placed]) -> list[float]:
    after = [(one.end_ms, two.start_ms) for one, two in pairwise(placed)]
    return [round(start - end, 3) for end, start in after if abs(start - end) > 0.001]


def test_the_first_sample_is_as_old_as_its_frame_is_long() -> None:
    assert heard(ArrivalClock(zero_ms=1_000), [1_500, 1_520])[0].start_ms == 480


@given(st.lists(st.floats(0, 200), min_size=2, max_size=300))
def test_jitter_makes_no_hole(delays: list[float]) -> None:
    """TCP keeps the order: a frame that is late makes those behind it late."""
    arrivals, last = [20.0], 20.0
    for n, delay in enumerate(delays, 2):
        last = max(last, 20.0 * n + delay)
        arrivals.append(last)
    placed = heard(ArrivalClock(zero_ms=0), arrivals)
    assert all(abs(hole) <= 20 for hole in holes(placed))


@pytest.mark.parametrize("stalled_ms", [400, 1_000, 8_000])
def test_a_stall_of_the_network_is_caught_up_and_no_hole(stalled_ms: int) -> None:
    late = [max(20.0 * n, 2_000 + stalled_ms) if 20 * n > 2_000 else 20.0 * n for n in range(1, 700)]
    assert holes(heard(ArrivalClock(zero_ms=0), late)) == []


@pytest.mark.parametrize("paused_ms", [500, 3_000, 60_000])
def test_a_pause_of_the_sender_is_a_hole_of_its_length(paused_ms: int) -> None:
    arrivals = [20.0 * n + (paused_ms if n > 100 else 0) for n in range(1, 300)]
    assert holes(heard(ArrivalClock(zero_ms=0), arrivals)) == [paused_ms]


def test_a_short_pause_is_made_up_for_step_by_step() -> None:
    placed = heard(ArrivalClock(zero_ms=0), [20.0 * n + (200 if n > 100 else 0) for n in range(1, 6_500)])
    assert placed[-1].end_ms == pytest.approx(6_499 * 20 + 200, abs=40)


@pytest.mark.parametrize("parts_in_a_million", [-400, 400])
def test_a_drift_of_the_clock_stays_bounded_for_an_hour(parts_in_a_million: int) -> None:
    rng = random.Random(1)
    pace = 1 + parts_in_a_million / 1e6
    clock, worst = ArrivalClock(zero_ms=0), 0.0
    for n in range(1, 180_000, 10):
        for one in clock.push(200 + 20 * n * pace + rng.random() * 5, Audio(8_000, bytes(3_200))):
            worst = max(worst, abs(one.end_ms - (200 + 20 * n * pace)))
    assert worst < 40


def test_every_sample_comes_out_once_and_in_order() -> None:
    rng = random.Random(3)
    clock, at_ms, sent, got = ArrivalClock(zero_ms=0), 0.0, [], []
    for n in range(2_000):
        at_ms += rng.choice([0, 5, 20, 40, 20, PAUSE_MS * 2 if n % 97 == 0 else 20])
        sent.append(Audio(rng.choice([8_000, 16_000]), n.to_bytes(2) * 160))
        got += clock.push(at_ms, sent[-1]) + clock.poll(at_ms + 1)
    got += clock.flush()
    assert [one.audio for one in got] == sent


def test_what_is_held_is_given_when_nothing_follows_it() -> None:
    clock = ArrivalClock(zero_ms=0)
    clock.push(20, FRAME)
    assert clock.push(1_020, FRAME) == [] and clock.poll(1_100) == []
    assert [one.start_ms for one in clock.poll(1_300)] == [1_000]


def test_a_rate_that_changes_goes_on_in_time() -> None:
    clock = ArrivalClock(zero_ms=0)
    clock.push(20, FRAME)
    assert clock.push(40, Audio(44_100, bytes(1_764)))[0].start_ms == 20
    assert clock.push(60, FRAME)[0].start_ms == 40


def test_samples_of_one_byte_are_refused_with_the_cure() -> None:
    clock = ArrivalClock(zero_ms=0)
    with pytest.raises(Unprocessable, match=r"c\(slin\)"):
        for n in range(400):
            clock.push(20.0 * n, Audio(8_000, bytes(160)))


def test_frames_that_go_on_from_each_other_become_one_and_a_hole_or_another_rate_parts_them() -> None:
    one, other = Audio(8_000, b"\1\0" * 160), Audio(16_000, b"\2\0" * 320)
    placed = [Placed(0.0, one), Placed(20.0, one), Placed(40.0, other), Placed(100.0, other)]
    assert joined(placed) == [Placed(0.0, Audio(8_000, one.pcm * 2)), *placed[2:]]
    assert joined([]) == []


def test_what_was_read_late_becomes_no_frame_that_a_door_refuses() -> None:
    frame = Audio(44_100, bytes(2 * 882))
    late = joined([Placed(20.0 * n, frame) for n in range(100)])
    assert [len(one.audio.pcm) // len(frame.pcm) for one in late] == [37, 37, 26]
    assert all(len(one.audio.pcm) <= MOST_FRAME_BYTES for one in late)
    assert [one.start_ms for one in late] == [0.0, 740.0, 1_480.0]
