"""The tone of one segment beside the caller's baseline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import AudioSpan, Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.score import arousal, direction, own_tone
from tonewatch.stream.tone.judged_segment import JudgedSegment

CONFIG = ToneConfig()
CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)
HAPPY = Posterior(angry=0.1, happy=0.8, neutral=0.08, sad=0.02)
SAD = Posterior(angry=0.02, happy=0.03, neutral=0.05, sad=0.9)


def segment(posterior: Posterior, level_db: float = -26.0, pitch_st: float = 12.0) -> JudgedSegment:
    return JudgedSegment(
        segment_id="s",
        start_ms=0,
        end_ms=3_000,
        speech_ms=2_500,
        features={"level": level_db, "pitch": pitch_st},
        posterior=posterior,
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=1),
    )


BASELINE = [segment(CALM) for _ in range(6)]


def test_anger_is_negative_and_delight_is_positive_however_loud_both_are() -> None:
    assert own_tone(segment(ANGRY, -18.0, 17.0), BASELINE, CONFIG) < -0.5
    assert own_tone(segment(HAPPY, -18.0, 17.0), BASELINE, CONFIG) > 0.2


def test_a_voice_that_changed_with_the_posterior_weighs_more_than_one_that_did_not() -> None:
    raised, flat = segment(ANGRY, -18.0, 17.0), segment(ANGRY)
    assert own_tone(raised, BASELINE, CONFIG) < own_tone(flat, BASELINE, CONFIG) < 0


def test_a_sinking_voice_confirms_sadness_and_never_anger() -> None:
    sunken_sad, flat_sad = segment(SAD, -34.0, 8.0), segment(SAD)
    sunken_angry, flat_angry = segment(ANGRY, -34.0, 8.0), segment(ANGRY)
    assert own_tone(sunken_sad, BASELINE, CONFIG) < own_tone(flat_sad, BASELINE, CONFIG)
    assert own_tone(sunken_angry, BASELINE, CONFIG) == own_tone(flat_angry, BASELINE, CONFIG)


def test_prosody_alone_makes_no_tone() -> None:
    louder, same = segment(CALM, -14.0, 20.0), segment(CALM)
    assert direction(louder.posterior, BASELINE) == direction(same.posterior, BASELINE)
    assert arousal(louder, BASELINE, CONFIG) > 1.0 > arousal(same, BASELINE, CONFIG)


@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4), st.floats(-90, 0), st.floats(0, 40))
def test_it_stays_in_its_range(shares: list[float], level_db: float, pitch_st: float) -> None:
    found = own_tone(segment(Posterior.of(shares), level_db, pitch_st), BASELINE, CONFIG)
    assert -1.0 <= found <= 1.0


def test_without_a_baseline_an_ordinary_caller_is_taken_for_granted() -> None:
    assert own_tone(segment(CALM), [], CONFIG) == pytest.approx(0.0, abs=0.3)
    assert own_tone(segment(ANGRY), [], CONFIG) < -0.4
