from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.kafka.fair_queue import OTHERS_EVERY, FairQueue, FairWorkers, side_by_side

Steps = list[tuple[str, bool]]
"""Whose item is put in, and whether that one comes first."""

steps = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=60)


def drained(queue: FairQueue[str, int]) -> list[tuple[str, int]]:
    found = []
    while (taken := queue.take()) is not None:
        found.append(taken)
        queue.done(taken[0])
    return found


@given(steps)
def test_each_key_s_items_come_in_their_order_and_all_of_them_come(put: Steps) -> None:
    queue: FairQueue[str, int] = FairQueue()
    given_in: dict[str, list[int]] = defaultdict(list)
    for number, (key, first) in enumerate(put):
        queue.put(key, number, first=first)
        given_in[key].append(number)
    came: dict[str, list[int]] = defaultdict(list)
    for key, item in drained(queue):
        came[key].append(item)
    assert came == given_in
    assert queue.is_idle and len(queue) == 0


@given(flood=st.integers(1, 300), keys=st.integers(1, 30), hogs=st.integers(1, 5))
def test_a_call_waits_for_one_turn_of_each_other_however_much_those_have(flood: int, keys: int, hogs: int) -> None:
    queue: FairQueue[str, int] = FairQueue()
    for number in range(flood):
        for hog in range(hogs):
            queue.put(f"hog {hog}", number)
    for number in range(keys):
        queue.put(f"one {number}", number)
    queue.put("mine", 0)
    turns = [key for key, _ in drained(queue)].index("mine")
    assert turns <= keys + hogs


@given(strangers=st.integers(0, 2_000), known=st.integers(0, 20))
def test_a_known_call_waits_for_no_more_than_a_third_of_its_own_kind_of_strangers(strangers: int, known: int) -> None:
    queue: FairQueue[str, int] = FairQueue()
    for number in range(strangers):
        queue.put(f"stranger {number}", 0, first=False)
    for number in range(known):
        queue.put(f"known {number}", 0)
    queue.put("mine", 0)
    turns = [key for key, _ in drained(queue)].index("mine")
    assert turns <= (known + 1) * OTHERS_EVERY // (OTHERS_EVERY - 1) + 1


def test_strangers_have_their_turns_too_while_known_calls_never_stop() -> None:
    queue: FairQueue[str, int] = FairQueue()
    queue.put("stranger", 0, first=False)
    for number in range(2 * OTHERS_EVERY):
        queue.put("known", number)
    assert "stranger" in [key for key, _ in drained(queue)[:OTHERS_EVERY]]


def test_a_key_has_one_item_at_a_time() -> None:
    queue: FairQueue[str, int] = FairQueue()
    queue.put("a", 1)
    queue.put("a", 2)
    assert queue.take() == ("a", 1)
    assert queue.take() is None
    assert queue.done("a")
    assert queue.take() == ("a", 2)


def test_a_blocked_key_keeps_its_place_for_nobody_and_goes_on_when_it_is_unblocked() -> None:
    queue: FairQueue[str, int] = FairQueue()
    queue.put("a", 1)
    queue.put("b", 1)
    queue.block("a")
    assert queue.take() == ("b", 1)
    assert queue.take() is None
    assert queue.unblock("a")
    assert queue.take() == ("a", 1)
    queue.block("a")
    queue.put("a", 2)
    assert not queue.done("a")
    assert queue.unblock("a")
    assert queue.take() == ("a", 2)


def test_what_is_dropped_is_returned_and_the_others_stay() -> None:
    queue: FairQueue[str, int] = FairQueue()
    for key, item in (("a", 1), ("a", 2), ("b", 3)):
        queue.put(key, item)
    assert queue.drop(lambda key: key == "a") == [1, 2]
    assert drained(queue) == [("b", 3)]


def test_how_long_a_key_waited_for_its_turn_is_known() -> None:
    now_s = [0.0]
    queue: FairQueue[str, int] = FairQueue(lambda: now_s[0])
    queue.put("a", 1)
    now_s[0] = 0.7
    queue.take()
    assert queue.waited_s == pytest.approx(0.7)


def test_how_long_a_key_has_been_waiting_is_known_before_its_turn() -> None:
    now_s = [0.0]
    queue: FairQueue[str, int] = FairQueue(lambda: now_s[0])
    assert queue.longest_wait_s == 0.0
    queue.put("a", 1)
    now_s[0] = 2.0
    queue.put("b", 1)
    assert queue.longest_wait_s == pytest.approx(2.0)
    queue.take()
    queue.put("a", 2)
    queue.done("a")
    now_s[0] = 3.0
    assert queue.longest_wait_s == pytest.approx(1.0)


async def test_workers_do_different_keys_at_once_and_one_key_in_its_order() -> None:
    at_once, most, done = set[str](), [0], list[tuple[str, int]]()

    async def work(key: str, item: int) -> None:
        assert key not in at_once
        at_once.add(key)
        most[0] = max(most[0], len(at_once))
        await asyncio.sleep(0)
        at_once.discard(key)
        done.append((key, item))

    workers: FairWorkers[str, int] = FairWorkers(work, 3)
    running = asyncio.create_task(workers.run())
    for number in range(5):
        for key in "abcd":
            workers.put(key, number)
    await workers.join()
    assert most == [3]
    assert [item for key, item in done if key == "a"] == [0, 1, 2, 3, 4]
    assert len(done) == 20
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_the_work_raises_is_raised_as_it_is() -> None:
    async def work(_key: str, _item: int) -> None:
        raise LookupError("none")

    workers: FairWorkers[str, int] = FairWorkers(work, 2)
    workers.put("a", 1)
    with pytest.raises(LookupError):
        await workers.run()


async def test_one_that_fails_ends_the_others() -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await side_by_side(endless(), fails())
    assert ended.is_set()


def test_three_turns_of_four_are_the_highest_rank_s_and_three_of_four_of_the_rest_the_next_one_s() -> None:
    queue: FairQueue[str, int] = FairQueue()
    for rank, name in enumerate(("came at once", "begun", "goes on")):
        for number in range(200):
            queue.put(f"{name} {number}", number, first=rank)
    taken = Counter(key.rsplit(" ", 1)[0] for key, _ in drained(queue)[:160])
    assert taken == {"goes on": 120, "begun": 30, "came at once": 10}


def test_a_key_that_waits_and_comes_first_from_now_on_waits_with_those_that_do() -> None:
    queue: FairQueue[str, int] = FairQueue()
    for number in range(100):
        queue.put(f"stranger {number}", number, first=False)
    queue.put("mine", 0, first=False)
    queue.put("mine", 1, first=True)
    assert [key for key, _ in drained(queue)[:2]] == ["mine", "mine"]


def test_a_key_that_is_worked_on_or_blocked_comes_back_in_its_new_rank() -> None:
    queue: FairQueue[str, int] = FairQueue()
    queue.put("mine", 0, first=False)
    queue.take()
    queue.put("mine", 1, first=False)
    queue.block("mine")
    queue.put("mine", 2, first=True)
    queue.put("other", 0, first=False)
    queue.done("mine")
    assert [key for key, _ in drained(queue)] == ["other"]
    for number in range(9):
        queue.put(f"other {number}", number, first=False)
    queue.unblock("mine")
    assert [key for key, _ in drained(queue)[:3]].count("mine") == 2
