"""Swapped channels, told to the deployment: not for one call, and no longer than it lasts."""

from __future__ import annotations

import pytest

from tonewatch.stream.monitor.swap_watch import CALLS, GREETINGS, WARNING, SwapWatch
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.sides import Sides
from tonewatch.stream.tone.state import CallMemory


def memory(*, greeted: bool = False, first: str = "agent", both: bool = True) -> CallMemory:
    starts = {"customer": 0 if first == "customer" else 9_000, "agent": 4_000}
    sides = Sides(first_ms=dict(starts), spoken_ms={"customer": 5_000, "agent": 5_000}, greeted=greeted)  # type: ignore[arg-type]
    return CallMemory(bound={"0": ["customer"], **({"1": ["agent"]} if both else {})}, sides=sides)


def warned(metrics: Metrics) -> str:
    return metrics.health.remarks().get("warnings", {}).get(WARNING, "")


def test_one_greeting_is_counted_and_some_warn() -> None:
    metrics = Metrics()
    watch = SwapWatch(metrics)
    for number in range(GREETINGS):
        assert not warned(metrics)
        watch.heard(f"c{number}", False, memory(greeted=True))
        watch.over(memory(greeted=True))
    assert "greeting of the house" in warned(metrics)
    assert metrics.registry.get_sample_value("tonewatch_channels_doubted_total", {"sign": "greeting"}) == GREETINGS


def test_a_greeting_is_counted_once_a_call() -> None:
    metrics = Metrics()
    SwapWatch(metrics).heard("c", True, memory(greeted=True))
    assert metrics.registry.get_sample_value("tonewatch_channels_doubted_total", {"sign": "greeting"}) is None


def test_callers_who_always_speak_first_warn_once_enough_calls_are_over() -> None:
    metrics = Metrics()
    watch = SwapWatch(metrics)
    for _ in range(CALLS - 1):
        watch.over(memory(first="customer"))
    assert not warned(metrics)
    watch.over(memory(first="customer"))
    assert "spoke first" in warned(metrics)


def test_the_warning_goes_when_the_channels_are_put_right() -> None:
    metrics = Metrics()
    watch = SwapWatch(metrics)
    for told in [memory(greeted=True)] * GREETINGS + [memory()] * CALLS:
        watch.over(told)
    assert not warned(metrics)


def test_calls_of_one_channel_say_nothing() -> None:
    metrics = Metrics()
    watch = SwapWatch(metrics)
    for _ in range(2 * CALLS):
        watch.over(memory(greeted=True, both=False))
    assert not warned(metrics)


def test_the_log_holds_no_words_and_no_name(caplog: pytest.LogCaptureFixture) -> None:
    SwapWatch(Metrics()).heard("call-7", False, memory(greeted=True))
    (record,) = caplog.records
    assert record.getMessage() == "The channel of the caller speaks like the house: are the channels swapped?"
