from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from threading import Event

import pytest

from tonewatch.workers.reasons.engines.batching import Batcher
from tonewatch.workers.reasons.engines.engine import EngineLate, EngineMalformed, EngineUnavailable, Request


class Held:
    """A model that answers each prompt in capitals once `gate` is open, and tells when it was asked to stop."""

    def __init__(self) -> None:
        self.gate = Event()
        self.begun = Event()
        self.stopped = False

    def run(self, requests: Sequence[Request], stop: Callable[[], bool]) -> list[tuple[str, int]]:
        self.begun.set()
        while not self.gate.wait(0.01):
            if stop():
                self.stopped = True
                break
        return [(request.prompt.upper(), 1) for request in requests]


async def begun(held: Held) -> None:
    await asyncio.to_thread(held.begun.wait, 30)


async def test_what_waits_while_the_first_is_answered_goes_in_one_batch(timeout_factor: float) -> None:
    held = Held()
    batcher = Batcher(held.run, "held", 8)
    first = asyncio.create_task(batcher.complete(Request("a"), deadline_s=30 * timeout_factor))
    await begun(held)
    rest = [asyncio.create_task(batcher.complete(Request(p), deadline_s=30 * timeout_factor)) for p in "bcd"]
    await asyncio.sleep(0)
    held.gate.set()
    texts = [(await task).text for task in (first, *rest)]
    await batcher.aclose()
    assert texts == ["A", "B", "C", "D"]
    assert batcher.sizes == [1, 3]


async def test_a_batch_is_no_larger_than_it_may_be(timeout_factor: float) -> None:
    held = Held()
    held.gate.set()
    batcher = Batcher(held.run, "held", 2)
    await asyncio.gather(*(batcher.complete(Request(p), deadline_s=30 * timeout_factor) for p in "abcde"))
    await batcher.aclose()
    assert max(batcher.sizes) == 2
    assert sum(batcher.sizes) == 5


async def test_a_batch_for_which_nobody_waits_any_more_is_stopped(timeout_factor: float) -> None:
    held = Held()
    batcher = Batcher(held.run, "held", 8)
    with pytest.raises(EngineLate, match="held"):
        await batcher.complete(Request("a"), deadline_s=0.2)
    await batcher.aclose()
    assert held.stopped


async def test_one_that_gave_up_while_it_waited_is_never_asked(timeout_factor: float) -> None:
    held = Held()
    batcher = Batcher(held.run, "held", 8)
    first = asyncio.create_task(batcher.complete(Request("a"), deadline_s=30 * timeout_factor))
    await begun(held)
    with pytest.raises(EngineLate):
        await batcher.complete(Request("b"), deadline_s=0.05)
    held.gate.set()
    await first
    last = await batcher.complete(Request("c"), deadline_s=30 * timeout_factor)
    await batcher.aclose()
    assert last.text == "C"
    assert batcher.sizes == [1, 1]


async def test_an_error_on_the_thread_reaches_those_who_wait_and_the_next_request_still_works(
    timeout_factor: float,
) -> None:
    answers: list[Exception | None] = [EngineMalformed("odd"), None]

    def run(requests: Sequence[Request], stop: Callable[[], bool]) -> list[tuple[str, int]]:
        error = answers.pop(0)
        if error is not None:
            raise error
        return [("fine", 1) for _ in requests]

    batcher = Batcher(run, "odd", 8)
    with pytest.raises(EngineMalformed):
        await batcher.complete(Request("a"), deadline_s=30 * timeout_factor)
    assert (await batcher.complete(Request("b"), deadline_s=30 * timeout_factor)).text == "fine"
    await batcher.aclose()
    with pytest.raises(EngineUnavailable, match="closed"):
        await batcher.complete(Request("c"), deadline_s=1)
