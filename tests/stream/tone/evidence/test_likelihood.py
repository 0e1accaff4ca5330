"""How much likelier a segment is under each emotion."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import EMOTIONS, AudioSpan, Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.likelihood import bounded, evidence, inputs, likelihoods, trust, with_words
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.model.forest import Forest
from tonewatch.stream.tone.model.relative_head import RelativeHead, voice_baseline_of

CONFIG = ToneConfig()
NOBODY = voice_baseline_of([], [])
CALM = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.9, happy=0.05, neutral=0.03, sad=0.02)


def heard(posterior: Posterior, speech_ms: int = 2_500) -> JudgedSegment:
    return JudgedSegment(
        segment_id="c/0/0",
        start_ms=0,
        end_ms=3_000,
        speech_ms=speech_ms,
        features={},
        posterior=posterior,
        alone=posterior,
        embedding=b"12",
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=0),
    )


def test_an_angry_segment_speaks_for_a_degraded_tone_and_a_calm_one_against_it() -> None:
    angry, calm = (evidence(likelihoods(heard(one), NOBODY, True, CONFIG)) for one in (ANGRY, CALM))
    assert angry > 2.0 > -1.0 > calm


def test_a_short_segment_and_one_before_the_baseline_is_known_count_for_less() -> None:
    whole, short, early = (
        evidence(likelihoods(heard(ANGRY, speech_ms), NOBODY, is_ready, CONFIG))
        for speech_ms, is_ready in ((2_500, True), (400, True), (2_500, False))
    )
    assert whole > early > 0.0
    assert whole > short > 0.0


def test_a_segment_of_which_the_encoder_is_unsure_counts_for_less() -> None:
    sure, unsure, lost = (
        evidence(likelihoods(msgspec.structs.replace(heard(ANGRY), uncertainty=share), NOBODY, True, CONFIG))
        for share in (0.1, 0.4, 0.9)
    )
    assert sure == evidence(likelihoods(heard(ANGRY), NOBODY, True, CONFIG))
    assert sure > unsure > lost > 0.0


@given(st.floats(0.0, 1.0))
def test_trust_falls_with_the_uncertainty_and_never_to_nothing(uncertainty: float) -> None:
    assert CONFIG.least_weight <= trust(uncertainty, 0.6, CONFIG) <= 1.0
    assert trust(uncertainty, 0.6, CONFIG) >= trust(min(1.0, uncertainty + 0.1), 0.6, CONFIG)
    assert trust(uncertainty, 0.6, CONFIG) >= trust(uncertainty, 0.45, CONFIG)


def test_no_forest_makes_an_angry_segment_of_one_that_sounds_happy_and_nothing_else() -> None:
    happy = heard(Posterior(angry=0.02, happy=0.9, neutral=0.06, sad=0.02))
    found = bounded((0.0, -3.0, -4.0, -6.0), happy, 2.0, CONFIG)
    assert evidence(found) < 0.0
    assert max(found) == 0.0
    angry = (0.0, -3.0, -4.0, -6.0)
    assert bounded(angry, heard(ANGRY), 2.0, CONFIG) == angry


@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4), st.integers(1, 10_000))
def test_no_segment_decides_alone(shares: list[float], speech_ms: int) -> None:
    found = likelihoods(heard(Posterior(**dict(zip(EMOTIONS, shares, strict=True))), speech_ms), NOBODY, True, CONFIG)
    assert max(found) == 0.0
    assert min(found) >= -CONFIG.most_nats


def test_words_speak_for_anger_and_distress_alike() -> None:
    before = likelihoods(heard(CALM), NOBODY, True, CONFIG)
    assert evidence(with_words(before, 1.5)) == pytest.approx(evidence(before) + 1.5)
    assert with_words(before, 0.0) == before


def test_the_head_s_forest_has_the_say_where_there_is_one() -> None:
    """Its one tree a class adds 5 to happy where the baseline, the last of the inputs, is a sad one."""
    feature = np.full((4, 1, 1), 11, dtype=np.int16)
    threshold = np.full((4, 1, 1), 0.5, dtype=np.float32)
    value = np.zeros((4, 1, 2), dtype=np.float32)
    value[1, 0] = [0.0, 5.0]
    forest = Forest(feature, threshold, value, np.log(np.full(4, 0.25, dtype=np.float32)))
    config = replace(CONFIG, relative=RelativeHead("s", {}, 1.0, forest=forest))
    sad = voice_baseline_of([np.zeros(1, dtype=np.float32)], [[0.1, 0.1, 0.1, 0.7]])
    assert inputs(ANGRY, CALM, sad).shape == (12,)
    assert likelihoods(heard(ANGRY), sad, True, config)[1] == 0.0
    assert evidence(likelihoods(heard(ANGRY), sad, True, config)) < -2.0
    assert evidence(likelihoods(heard(ANGRY), NOBODY, True, config)) == pytest.approx(0.0, abs=0.6)
