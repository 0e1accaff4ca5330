"""When an alert on the tone is due."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import AudioSpan, Posterior
from tonewatch.stream.rules.model import AngerRule, DistressRule, SuddenDropRule
from tonewatch.stream.tone.alerts.tone_rules import Signals, holds, signals_of, suits
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.judged_segment import JudgedSegment

ANGER, DISTRESS = AngerRule(name="anger"), DistressRule(name="distress")
DROP = SuddenDropRule(name="drop", drop=0.5, within_s=10.0)


def segment(index: int, tone: float = 0.0, share: float = 0.7) -> JudgedSegment:
    return JudgedSegment(
        segment_id=str(index),
        start_ms=4_000 * index,
        end_ms=4_000 * index + 3_000,
        speech_ms=2_500,
        features={},
        posterior=Posterior(angry=share, happy=0.1, neutral=0.9 - share, sad=0.0),
        tone=tone,
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=1),
    )


def signals(probability: float = 0.9, *, is_sad: bool = False, tones: tuple[float, ...] = (0.0,)) -> Signals:
    ends = [(4_000 * index + 3_000, tone) for index, tone in enumerate(tones)]
    return Signals(probability, [segment(0)], is_sad, ends)


def test_a_few_strong_segments_among_many_that_sound_otherwise_raise_nothing_unless_words_do() -> None:
    mostly_calm = [segment(0, share=0.9), *(segment(index, share=0.1) for index in range(1, 4))]
    found = Signals(0.95, mostly_calm, is_sad=False, tones=[(15_000, -0.2)])
    assert found.support == pytest.approx(0.3)
    assert not holds(ANGER, found)
    assert holds(ANGER, replace(found, said=True))
    assert holds(ANGER, replace(found, since_onset=mostly_calm[:1]))


def test_anger_and_distress_are_about_one_tone_each() -> None:
    assert suits(ANGER, signals()) and not suits(DISTRESS, signals())
    assert suits(DISTRESS, signals(is_sad=True)) and not suits(ANGER, signals(is_sad=True))


@pytest.mark.parametrize(("tones", "due"), [((0.2, -0.4), True), ((0.2, -0.2), False), ((0.9, 0.0, 0.0, -0.1), False)])
def test_a_sudden_drop_is_a_fall_of_the_rolling_tone_within_its_time(tones: tuple[float, ...], due: bool) -> None:
    assert suits(DROP, signals(tones=tones)) is due


def test_a_rule_holds_from_its_probability_and_its_seconds_of_speech_on() -> None:
    assert holds(ANGER, signals(ANGER.fire))
    assert not holds(ANGER, signals(ANGER.fire - 0.01))
    assert not holds(msgspec.structs.replace(ANGER, evidence_s=2.6), signals())


def test_the_segments_since_the_dated_onset_are_looked_at_and_at_least_the_newest() -> None:
    window = [segment(index) for index in range(4)]
    dated = Detector(window=window, probability=0.9, rises_since_ms=8_000)
    assert [s.segment_id for s in signals_of(dated).since_onset] == ["2", "3"]
    undated: Any = Detector(window=window, probability=0.1)
    assert [s.segment_id for s in signals_of(undated).since_onset] == ["3"]
