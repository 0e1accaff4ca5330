"""Which calls are withdrawn, however many others are said to be."""

from __future__ import annotations

import pytest

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.withdrawn import Withdrawn, hash_of


def test_a_call_and_what_an_erasure_left_in_its_place_are_the_same() -> None:
    withdrawn = Withdrawn()
    withdrawn.add("one")
    withdrawn.add(erased_id("two"))
    assert ["one" in withdrawn, "two" in withdrawn, "three" in withdrawn, len(withdrawn)] == [True, True, False, 2]


@pytest.mark.parametrize("name", ["erased:", "erased:zz", "erased:" + "0" * 63])
def test_a_call_that_is_named_nearly_like_a_hash_is_a_call(name: str) -> None:
    withdrawn = Withdrawn()
    withdrawn.add(name)
    assert name in withdrawn and len(hash_of(name)) == 32


def test_beyond_the_bound_the_oldest_is_forgotten() -> None:
    withdrawn = Withdrawn(most=2)
    for name in "abc":
        withdrawn.add(name)
    assert [name in withdrawn for name in "abc"] == [False, True, True]


def test_a_flood_of_withdrawals_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    withdrawn = Withdrawn(most=2)
    for number in range(20):
        withdrawn.add(f"x{number}")
    assert len(caplog.records) == 1 and len(withdrawn) == 2
