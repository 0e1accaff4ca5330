"""The facts table of a moment."""

from __future__ import annotations

from typing import Any

import pytest

from tonewatch.stream.messages import Moment
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.facts_table import SALIENT_Z, measure, table
from tonewatch.stream.tone.state import CallMemory

Calls = Any
CONFIG = ToneConfig()


@pytest.fixture
def memory(calls: Calls) -> CallMemory:
    found = CallMemory()
    calls.run(calls.call([calls.STEADY] * 8 + [calls.SHOUTING] * 3), found)
    return found


def test_a_measurement_stands_beside_the_baseline_with_its_difference(memory: CallMemory) -> None:
    found = table(memory, memory.detector.window[-2:], CONFIG)
    pitch = next(fact for fact in found.facts if fact.name == "pitch")
    assert (pitch.value, pitch.baseline, pitch.delta, pitch.unit) == (17.0, 12.0, 5.0, "st")
    assert pitch.salient and pitch.z >= SALIENT_Z


def test_what_both_do_not_carry_is_no_fact(memory: CallMemory) -> None:
    window = memory.detector.window[-1:]
    del window[0].features["rate"]
    assert {"pitch", "level"} <= {fact.name for fact in measure(window, memory.baseline.own, CONFIG)}
    assert "rate" not in {fact.name for fact in measure(window, memory.baseline.own, CONFIG)}
    assert measure(window, [], CONFIG) == ()


def test_the_table_ends_where_its_window_does(memory: CallMemory) -> None:
    window = memory.detector.window[-2:]
    found = table(memory, window, CONFIG)
    assert (found.at_ms, found.window_start_ms) == (window[-1].end_ms, window[0].start_ms)
    assert found.baseline_segments == 8
    assert found.posterior is not None and found.posterior_baseline is not None
    assert found.posterior.angry > 0.8 > 0.2 > found.posterior_baseline.angry


def test_what_changed_since_the_moment_before_is_told_from_the_second_moment_on(calls: Calls) -> None:
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 8
    moments = [o for o in calls.run([*calls.call(kinds), calls.closed()]) if isinstance(o, Moment)]
    assert [moment.facts.since_ms for moment in moments] == [None, *(moment.at_ms for moment in moments[:-1])]
