"""The facts table of a moment."""

from __future__ import annotations

from typing import Any

import pytest

from tonewatch.stream.messages import Moment
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.stream.tone.facts_table import DOUBTED, SALIENT_Z, measure, table
from tonewatch.stream.tone.state import CallMemory

Calls = Any
CONFIG = ToneConfig()


@pytest.fixture
def memory(calls: Calls) -> CallMemory:
    found = CallMemory(told=True)
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
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 8 + [calls.STEADY] * 8
    written = [o for o in calls.run([*calls.call(kinds), calls.closed()]) if isinstance(o, Moment)]
    moments = [moment for moment in written if not moment.closing]
    assert len(moments) > 2
    assert [moment.facts.since_ms for moment in moments] == [None, *(moment.at_ms for moment in moments[:-1])]


def test_an_octave_that_the_pitch_tracker_jumped_is_no_fact_to_speak_of(memory: CallMemory) -> None:
    window = memory.detector.window[-2:]
    for item in window:
        item.features["pitch"] += 12.0
        item.features["pitch_range"] += 28.0
    found = {fact.name: fact.confidence for fact in table(memory, window, CONFIG).facts}
    assert found["pitch"] == found["pitch_range"] == DOUBTED < LEAST_CONFIDENCE < found["level"]


def test_it_is_known_who_broke_in_and_what_was_heard_at_the_moment_before(calls: Calls) -> None:
    caller = [calls.segment(i, kind) for i, kind in enumerate([calls.STEADY] * 6 + [calls.SHOUTING] * 8)]
    agent = [calls.spoken(one.start_ms + 1_500, one.end_ms + 800, role="agent", channel=1) for one in caller[6:]]
    spoken = sorted([*caller, *agent], key=lambda one: one.end_ms)
    found = [o.facts for o in calls.run([calls.opened(), *spoken, calls.closed()]) if isinstance(o, Moment)]
    assert all(one.interruptions == one.interruptions_by_agent + one.interruptions_by_caller for one in found)
    assert all(one.longest_silence_ms >= 0 for one in found)
    assert found[0].posterior_since is None
    assert found[1].posterior_since is not None and found[1].posterior_since.angry > 0.5
