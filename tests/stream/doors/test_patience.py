from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tonewatch.stream.doors.patience import Patience


@dataclass
class HandTimers:
    """A clock that is moved by hand."""

    now_s: float = 0.0
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def time(self) -> float:
        return self.now_s

    def call_at(self, when: float, callback: Callable[[], None]) -> Any:
        self.due.append((when, callback))
        return asyncio.get_running_loop().call_later(3_600, lambda: None)

    def move(self, seconds: float) -> None:
        self.now_s += seconds
        for one in [one for one in self.due if one[0] <= self.now_s]:
            self.due.remove(one)
            one[1]()


async def waits(patience: Patience, outcomes: list[str]) -> None:
    try:
        with patience:
            await asyncio.Event().wait()
    except TimeoutError:
        outcomes.append("too long")
    await asyncio.sleep(0)
    outcomes.append("went on")


async def test_a_wait_that_is_too_long_is_a_time_out_and_the_task_goes_on() -> None:
    timers, outcomes = HandTimers(), list[str]()
    task = asyncio.create_task(waits(Patience(60, timers), outcomes))
    await asyncio.sleep(0)
    timers.move(59)
    timers.move(1)
    await task
    assert outcomes == ["too long", "went on"] and task.cancelling() == 0


async def test_waits_that_are_over_do_not_add_up_and_set_no_timer_each() -> None:
    timers = HandTimers()
    patience = Patience(60, timers)
    for _ in range(20):
        with patience:
            timers.move(50)
    assert len(timers.due) == 1
    patience.stop()


async def test_what_is_done_between_waits_may_take_longer() -> None:
    timers = HandTimers()
    patience = Patience(60, timers)
    with patience:
        await asyncio.sleep(0)
    timers.move(600)
    with patience:
        await asyncio.sleep(0)
    patience.stop()


async def test_a_task_that_is_cancelled_meanwhile_is_cancelled() -> None:
    task = asyncio.create_task(waits(Patience(60, HandTimers()), []))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_time_out_leaves_no_cancellation_behind() -> None:
    timers, answered, outcomes = HandTimers(), asyncio.Event(), list[str]()
    patience = Patience(60, timers)

    async def asks() -> None:
        with patience:
            await answered.wait()
        outcomes.append("answered")

    task = asyncio.create_task(asks())
    await asyncio.sleep(0)
    timers.move(60)
    answered.set()
    with pytest.raises(TimeoutError):
        # Both in one turn: the cancellation was asked for first, and asyncio carries it out.
        await task
    assert not outcomes and task.cancelling() == 0
