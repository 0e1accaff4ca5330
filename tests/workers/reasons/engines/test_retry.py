from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.engines.engine import Completion, EngineBusy, EngineLate, EngineUnavailable, Request
from tonewatch.workers.reasons.engines.retry import FIRST_PAUSE_S, RetryingEngine

if TYPE_CHECKING:
    from tests.conftest import Clock

MODEL = ModelRef(name="moody", version="0")


@dataclass
class Moody:
    """Fails as often as it is told to, then answers."""

    failures: int
    asked: list[float] = field(default_factory=list)
    ref: ModelRef = MODEL

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        self.asked.append(deadline_s)
        if len(self.asked) <= self.failures:
            raise EngineUnavailable("away")
        return Completion("here", 1, 0.0)

    async def aclose(self) -> None:
        return


async def test_a_server_that_was_away_for_a_moment_is_asked_again_with_what_is_left_of_the_time(clock: Clock) -> None:
    engine = Moody(2)
    patient = RetryingEngine(engine, attempts=3, clock=clock, sleep=clock.sleep)
    assert (await patient.complete(Request("?"), deadline_s=10.0)).text == "here"
    assert engine.asked == [10.0, 10.0 - FIRST_PAUSE_S, 10.0 - 3 * FIRST_PAUSE_S]


async def test_it_is_asked_no_oftener_than_allowed(clock: Clock) -> None:
    engine = Moody(9)
    with pytest.raises(EngineUnavailable, match="away"):
        await RetryingEngine(engine, attempts=2, clock=clock, sleep=clock.sleep).complete(Request("?"), deadline_s=10.0)
    assert len(engine.asked) == 2


async def test_no_time_is_spent_on_an_attempt_that_would_be_late(clock: Clock) -> None:
    engine = Moody(9)
    with pytest.raises(EngineUnavailable):
        await RetryingEngine(engine, attempts=9, clock=clock, sleep=clock.sleep).complete(Request("?"), deadline_s=0.2)
    assert len(engine.asked) == 1


async def test_a_deadline_that_has_passed_is_late() -> None:
    with pytest.raises(EngineLate):
        await RetryingEngine(Moody(0)).complete(Request("?"), deadline_s=0.0)


async def test_one_more_than_may_wait_is_refused_at_once() -> None:
    gate = asyncio.Event()

    class Slow(Moody):
        async def complete(self, request: Request, *, deadline_s: float) -> Completion:
            await gate.wait()
            return Completion("here", 1, 0.0)

    patient = RetryingEngine(Slow(0), most_waiting=1)
    first = asyncio.create_task(patient.complete(Request("?"), deadline_s=5))
    await asyncio.sleep(0)
    with pytest.raises(EngineBusy, match="1 requests wait"):
        await patient.complete(Request("?"), deadline_s=5)
    gate.set()
    assert (await first).text == "here"
    assert (await patient.complete(Request("?"), deadline_s=5)).text == "here"
