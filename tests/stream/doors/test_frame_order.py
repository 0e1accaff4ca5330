from __future__ import annotations

import random

import pytest

from tonewatch.stream.doors.frame_order import HELD_FRAMES, RESTART_FRAMES, FrameOrder
from tonewatch.stream.doors.frames import Frame


def frame(number: int | None) -> Frame:
    return Frame(0, 20 * (number or 0), b"a" * 160, "mulaw", 8_000, number)


def numbers(order: FrameOrder, sent: list[int]) -> list[int | None]:
    ready = [one for number in sent for one in order.take(frame(number))]
    return [one.frame.number for one in [*ready, *order.rest()]]


@pytest.mark.parametrize("first", [1, None])
@pytest.mark.parametrize("seed", range(5))
def test_frames_out_of_order_and_twice_come_out_in_order_once(seed: int, first: int | None) -> None:
    lot = random.Random(seed)
    sent = list(range(1, 200))
    late = sorted([*sent, *lot.sample(sent, 40)], key=lambda number: number + lot.uniform(0, HELD_FRAMES / 2))
    # Where numbers begin anywhere, three frames are looked at before the first one is chosen.
    late = late if first else [*sent[:5], *(number for number in late if number > 5)]
    order = FrameOrder(first)
    assert numbers(order, late) == sent and (first is None or order.left_out == 40)


def test_a_frame_that_never_comes_is_given_up_and_told_of_once() -> None:
    order = FrameOrder(1)
    ready = [one for n in range(1, 40) if n != 5 for one in order.take(frame(n))]
    assert [(one.frame.number, one.lost) for one in ready if one.lost] == [(6, True)]
    assert order.take(frame(5)) == [] and order.left_out == 1


def test_frames_without_a_number_pass_through() -> None:
    assert [one.frame.media_ms for one in FrameOrder().take(frame(None))] == [0]


def test_numbers_that_begin_anew_are_followed_and_one_stray_is_not() -> None:
    order = FrameOrder()
    far = 10 * RESTART_FRAMES
    before = numbers(order, [far, far + 1, far + 2])
    assert before == [far, far + 1, far + 2]
    assert numbers(order, [7, far + 3]) == [far + 3]
    assert numbers(order, [1, 2, 3, 4]) == [2, 3, 4]
