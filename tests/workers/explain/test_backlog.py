from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.explain.backlog import Backlog


def test_of_each_key_the_newest_is_served_first_and_keys_take_turns() -> None:
    backlog: Backlog[str] = Backlog(8)
    for key, item in [("a", "a1"), ("b", "b1"), ("a", "a2")]:
        assert backlog.offer(key, item) == []
    assert [backlog.take() for _ in range(4)] == ["a2", "b1", "a1", None]


def test_what_a_newer_one_overtook_is_left_out_first() -> None:
    backlog: Backlog[str] = Backlog(3)
    for key, item in [("a", "a1"), ("b", "b1"), ("b", "b2")]:
        backlog.offer(key, item)
    assert backlog.offer("c", "c1") == ["b1"]
    assert backlog.offer("d", "d1") == ["a1"]
    assert backlog.clear() == ["b2", "c1", "d1"]


@given(st.lists(st.one_of(st.none(), st.integers(0, 3))), st.integers(0, 4))
def test_nothing_is_lost_and_nothing_comes_twice(steps: list[int | None], capacity: int) -> None:
    """None takes, a number offers under that key."""
    backlog: Backlog[int] = Backlog(capacity)
    given_in, came_out = [], []
    for number, key in enumerate(steps):
        if key is None:
            taken = backlog.take()
            came_out += [] if taken is None else [taken]
        else:
            given_in.append(number)
            came_out += backlog.offer(str(key), number)
        assert len(backlog) <= max(1, capacity)
    assert sorted(came_out + backlog.clear()) == given_in
