"""Another person at the telephone, or an error of the pitch tracker: no evidence of a mood."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tonewatch.stream.messages import Alert, Posterior, Prosody, Segment, Tone
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

Calls = Any
CONFIG = ToneConfig()
CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)


def voice(pitch_st: float, level_db: float = -26.0) -> Prosody:
    return Prosody(f0_median_st=pitch_st, f0_range_st=6.0, level_db=level_db, tilt_db=-14.0, rate_syl_per_s=4.2)


def run(calls: Calls, kinds: Iterable[tuple[Posterior, Prosody]]) -> tuple[CallMemory, list[Tone], list[Alert]]:
    memory, tones, alerts = CallMemory(told=True), [], []
    for message in calls.call(kinds):
        for output in step(memory, message, CONFIG):
            if isinstance(output, Tone):
                tones.append(output)
            elif isinstance(output, Alert) and output.event == "fired":
                alerts.append(output)
    return memory, tones, alerts


def test_a_lone_segment_half_an_octave_away_is_not_judged_and_changes_nothing(calls: Calls) -> None:
    _, tones, alerts = run(calls, [(CALM, voice(12))] * 6 + [(ANGRY, voice(3))] + [(CALM, voice(12))] * 3)
    assert [tone.abstained for tone in tones[5:8]] == [None, "unknown_voice", None]
    assert {tone.voice for tone in tones} == {1}
    assert alerts == []


def test_another_person_gets_a_baseline_of_their_own_and_the_change_is_said(calls: Calls) -> None:
    memory, tones, alerts = run(calls, [(CALM, voice(22))] * 6 + [(CALM, voice(11))] * 7)
    assert [tone.voice for tone in tones] == [1] * 7 + [2] * 6
    assert [tone.baseline_ready for tone in tones[-6:]] == [False] * 5 + [True]
    assert alerts == []
    assert {segment.features["pitch"] for segment in memory.baseline.own} == {11.0}


def test_who_comes_back_finds_their_former_baseline(calls: Calls) -> None:
    memory, tones, _ = run(calls, [(CALM, voice(22))] * 6 + [(CALM, voice(11))] * 6 + [(CALM, voice(22))] * 3)
    assert [tone.voice for tone in tones[-3:]] == [2, 3, 3]
    assert tones[-1].baseline_ready
    assert {segment.features["pitch"] for segment in memory.baseline.own} == {22.0}


def test_a_shout_may_be_as_high_as_it_likes(calls: Calls) -> None:
    _, tones, alerts = run(calls, [(CALM, voice(12))] * 6 + [(ANGRY, voice(21, -16.0))] * 3)
    assert [alert.rule for alert in alerts] == ["anger"]
    assert "unknown_voice" not in {tone.abstained for tone in tones}


def test_a_shout_that_overloads_the_line_has_no_level_and_is_judged(calls: Calls) -> None:
    shout = msgspec.structs.replace(voice(21), level_db=None)
    memory, fired = CallMemory(told=True), []
    for message in calls.call([(CALM, voice(12))] * 6 + [(ANGRY, shout)] * 3):
        if isinstance(message, Segment) and message.posterior is ANGRY:
            loud = msgspec.structs.replace(message.quality, clipped_share=0.2)
            message = msgspec.structs.replace(message, quality=loud)
        fired += [o for o in step(memory, message, CONFIG) if isinstance(o, Alert) and o.event == "fired"]
    assert [alert.rule for alert in fired] == ["anger"]
    assert "so loud that the line overloads" in fired[0].sentence


def test_before_the_callers_pitch_is_known_every_voice_is_theirs(calls: Calls) -> None:
    _, tones, _ = run(calls, [(CALM, voice(12)), (CALM, voice(22)), (CALM, voice(12))])
    assert {tone.abstained for tone in tones} == {"learning_baseline"}


@pytest.mark.parametrize("posterior", [CALM, ANGRY])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(loud=st.lists(st.tuples(st.floats(0, 0.8), st.floats(0, 1), st.floats(0, 14)), min_size=3, max_size=6))
def test_louder_clipped_or_talked_over_an_alert_stays_and_a_calm_stretch_raises_none(
    calls: Calls, posterior: Posterior, loud: list[tuple[float, float, float]]
) -> None:
    memory, fired = CallMemory(told=True), []
    kinds = [(CALM, voice(12))] * 6 + [(posterior, voice(14))] * len(loud)
    for index, message in enumerate(calls.call(kinds)):
        if isinstance(message, Segment) and index > 6:
            clipped, overlap, louder_db = loud[index - 7]
            heard = msgspec.structs.replace(message.quality, clipped_share=clipped, overlap_share=overlap)
            level = None if clipped > 0.02 else -26.0 + louder_db
            prosody = msgspec.structs.replace(voice(14), level_db=level)
            message = msgspec.structs.replace(message, quality=heard, prosody=prosody)
        fired += [o for o in step(memory, message, CONFIG) if isinstance(o, Alert) and o.event == "fired"]
    assert len(fired) == (1 if posterior is ANGRY else 0)
