from __future__ import annotations

from itertools import pairwise

from tonewatch.stream.doors.simulate.troubles import Step, Troubles, steps

TIMES = range(0, 20_000, 20)


def sent(found: list[Step]) -> list[int]:
    return [step.tick for step in found if step.kind == "send"]


def test_without_trouble_each_tick_is_sent_when_it_is_spoken() -> None:
    assert [(one.due_ms, one.tick) for one in steps(TIMES, Troubles())] == [(at, at // 20) for at in TIMES]


def test_jitter_is_late_and_never_out_of_order() -> None:
    found = list(steps(TIMES, Troubles(jitter_ms=60)))
    assert sent(found) == list(range(1_000)) and all(b.due_ms >= a.due_ms for a, b in pairwise(found))
    assert max(one.due_ms - 20 * one.tick for one in found) > 30


def test_frames_are_lost_swapped_and_sent_twice_in_their_shares() -> None:
    assert 900 < len(sent(list(steps(TIMES, Troubles(loss=0.05))))) < 980
    swapped = sent(list(steps(TIMES, Troubles(swap=0.1))))
    assert sorted(swapped) == list(range(1_000)) and 50 < sum(b < a for a, b in pairwise(swapped)) < 150
    twice = sent(list(steps(TIMES, Troubles(twice=0.1))))
    assert set(twice) == set(range(1_000)) and 1_050 < len(twice) < 1_150


def test_nothing_is_sent_during_a_hold() -> None:
    found = list(steps(TIMES, Troubles(holds=(1_010,), hold_ms=4_000)))
    assert [one.at_ms for one in found if one.kind == "hold"] == [1_020]
    assert sent(found) == [n for n in range(1_000) if not 51 <= n < 251]


def test_a_swapped_frame_is_sent_before_its_connection_ends() -> None:
    found = list(steps(TIMES, Troubles(swap=1.0, breaks=(1_000, 3_000), again=(5_000,))))
    ends = [index for index, one in enumerate(found) if one.kind in ("break", "again")]
    assert [found[index].at_ms for index in ends] == [1_000, 3_000, 5_000]
    for index in ends:
        assert max(sent(found[:index])) * 20 < found[index].at_ms <= min(sent(found[index:])) * 20


def test_the_same_seed_is_the_same_trouble() -> None:
    trouble = Troubles(jitter_ms=40, loss=0.1, swap=0.1, twice=0.1, seed=7)
    assert list(steps(TIMES, trouble)) == list(steps(TIMES, trouble))
    assert list(steps(TIMES, trouble)) != list(steps(TIMES, Troubles(jitter_ms=40, loss=0.1, swap=0.1, twice=0.1)))
