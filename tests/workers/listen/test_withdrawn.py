"""Which calls are withdrawn, however many others are said to be."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.messages import CallClock
from tonewatch.workers.listen import partition
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.withdrawn import Withdrawn, hash_of


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


def test_withdrawals_of_calls_that_never_were_push_out_none_of_a_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("CLOCKS_REMEMBERED", "ENDED_REMEMBERED"):
        monkeypatch.setattr(partition, bound, 10)
    state = PartitionState()
    state.know(OrderedDict({"known": CallClock(call_id="known", withdrawn=True)}))
    state.withdraw("victim")
    for call_id in ("victim", erased_id("erased"), *(f"x{number}" for number in range(20))):
        state.keep(CallClock(call_id=call_id, withdrawn=True))
    assert [state.is_withdrawn(one) for one in ("known", "victim", "erased", "else")] == [True, True, True, False]
    clock = state.clock("victim")
    assert clock is not None and clock.withdrawn


def test_withdrawals_of_calls_that_never_were_push_out_no_clock_of_a_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "CLOCKS_REMEMBERED", 10)
    real, forged = CallClock(call_id="real", end_ms=9), [CallClock(call_id=f"x{n}", withdrawn=True) for n in range(20)]
    state = PartitionState()
    state.keep(real)
    for clock in forged:
        state.keep(clock)
    restarted = PartitionState()
    restarted.know(OrderedDict((clock.call_id, clock) for clock in (real, *forged)))
    restarted.keep(CallClock(call_id="another"))
    assert state.clock("real") == restarted.clock("real") == real
    assert all(one.is_withdrawn("x0") and one.is_withdrawn("x19") for one in (state, restarted))
    state.keep(CallClock(call_id="real", end_ms=9, withdrawn=True))
    known = state.clock("real")
    assert known is not None and known.withdrawn and known.end_ms == 9


def test_a_flood_of_withdrawals_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    withdrawn = Withdrawn(most=2)
    for number in range(20):
        withdrawn.add(f"x{number}")
    assert len(caplog.records) == 1 and len(withdrawn) == 2
