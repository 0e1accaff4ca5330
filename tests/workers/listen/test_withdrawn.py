"""Withdrawals that come for calls that never were leave a listener's memory of the others alone."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.messages import CallClock
from tonewatch.workers.listen import partition
from tonewatch.workers.listen.partition import PartitionState


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
