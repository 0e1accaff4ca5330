from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.service import process
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel, done_before, stop_on_signals, until_loaded


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits between two tries."""
    monkeypatch.setattr(process, "FIRST_WAIT_S", 0.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_sets_the_stop(number: signal.Signals) -> None:
    stop = stop_on_signals()
    os.kill(os.getpid(), number)
    await stop.wait()
    asyncio.get_running_loop().remove_signal_handler(number)


async def test_a_model_is_loaded_again_until_its_file_is_whole_and_the_role_is_not_ready_before() -> None:
    metrics, errors = Metrics(), [DependencyError("no file"), ModelError("broken file")]
    seen: list[str] = []

    async def load() -> str:
        seen.append(metrics.health.not_ready().get("encoder", ""))
        if errors:
            raise errors.pop(0)
        return "model"

    assert await until_loaded("encoder", load, metrics, asyncio.Event()) == "model"
    assert seen == ["the encoder is being loaded", "no file", "broken file"]
    assert metrics.registry.get_sample_value("tonewatch_retries_total", {"of": "encoder"}) == 2
    assert "encoder" not in metrics.health.not_ready()


async def test_what_a_role_can_do_without_does_not_keep_it_from_being_ready() -> None:
    metrics, stop = Metrics(), asyncio.Event()

    async def load() -> str:
        stop.set()
        assert "llm" not in metrics.health.not_ready()
        raise ModelError("broken file")

    assert await until_loaded("llm", load, metrics, stop, needed=False) is None


async def test_any_other_error_is_raised() -> None:
    async def load() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await until_loaded("encoder", load, Metrics(), asyncio.Event())


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CANCEL_AGAIN_S", 0.0)
    heard: list[str] = []

    async def deaf_at_first() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("once")
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf_at_first())
    await asyncio.sleep(0)
    await cancel([task])
    assert task.cancelled()
    assert heard == ["once"]


async def test_work_that_is_done_before_the_stop_is_told_so_and_what_it_raises_is_raised() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    assert await done_before(asyncio.Event(), asyncio.sleep(0))
    with pytest.raises(ZeroDivisionError):
        await done_before(asyncio.Event(), fails())


@pytest.mark.parametrize("grace_s", [0.0, 0.01])
async def test_work_that_waits_is_given_up_at_the_stop(grace_s: float) -> None:
    stop, seen = asyncio.Event(), list[str]()

    async def waits() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    assert not await done_before(stop, waits(), grace_s=grace_s)
    assert seen == ["cancelled"]


async def test_work_that_is_nearly_done_at_the_stop_is_let_end() -> None:
    stop = asyncio.Event()

    async def ends() -> None:
        stop.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert await done_before(stop, ends(), grace_s=60)


async def test_whoever_waits_for_it_may_be_cancelled_and_leaves_nothing_running() -> None:
    began = asyncio.Event()

    async def waits() -> None:
        began.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(done_before(asyncio.Event(), waits()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
