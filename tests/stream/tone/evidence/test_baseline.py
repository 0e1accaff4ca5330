"""The caller's baseline: what it is taken over, and what is judged against it."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.stream.messages import AudioSpan, Posterior, Prosody, ProsodyConfidence
from tonewatch.stream.tone import facts_table as facts
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.baseline import (
    LEAST_CONFIDENCE,
    Baseline,
    confidences,
    features,
    voice_baseline,
)
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.model.relative_head import LEAST_BASELINE_SEGMENTS, RelativeHead, packed

EVEN = Posterior(angry=0.25, happy=0.25, neutral=0.25, sad=0.25)


def heard(at_s: int, pitch_st: float, sure: float | None) -> JudgedSegment:
    certainty = None if sure is None else ProsodyConfidence(f0_median_st=sure)
    prosody = Prosody(f0_median_st=pitch_st, confidence=certainty)
    return JudgedSegment(
        segment_id=str(at_s),
        start_ms=1000 * at_s,
        end_ms=1000 * at_s + 4000,
        speech_ms=4000,
        features=features(prosody, EVEN),
        confidences=confidences(prosody),
        posterior=EVEN,
        audio=AudioSpan(topic="calls", partition=0, first_offset=0, last_offset=1),
    )


def test_a_measurement_that_is_hardly_sure_is_left_out() -> None:
    assert "pitch" not in heard(0, 12.0, LEAST_CONFIDENCE - 0.01).features
    assert heard(0, 12.0, LEAST_CONFIDENCE).features["pitch"] == 12.0


def test_what_an_older_listener_wrote_counts_as_it_did() -> None:
    assert heard(0, 12.0, None).features["pitch"] == 12.0
    assert heard(0, 12.0, None).confidences == {}


@pytest.mark.parametrize(("sure", "told"), [(0.6, 0.6), (None, 1.0)])
def test_a_fact_is_as_sure_as_its_measurements(sure: float | None, told: float) -> None:
    calm = [heard(4 * index, 12.0, 0.9) for index in range(5)]
    (fact,) = (f for f in facts.measure([heard(20, 16.0, sure)], calm, ToneConfig()) if f.name == "pitch")
    assert fact.confidence == told
    assert fact.salient


SIZE = 4
CALM_POSTERIOR = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)


def head() -> RelativeHead:
    """Hears anger in the first number of the difference, and nothing else."""
    hidden = np.zeros((1, SIZE + 5), dtype=np.float32)
    hidden[0, 0] = 1.0
    none = np.zeros(1, dtype=np.float32)
    emotion = np.array([[4.0], [0.0], [0.0], [0.0]], dtype=np.float32)
    degraded = np.array([[4.0]], dtype=np.float32)
    weights = {
        "hidden": (hidden, none),
        "emotion": (emotion, np.zeros(4, dtype=np.float32)),
        "degraded": (degraded, none),
    }
    return RelativeHead("space", weights, 1.0)


def embedded_segment(first: float, *, embedded: bool = True, alone: Posterior = CALM_POSTERIOR) -> JudgedSegment:
    embedding = packed(np.array([first, 0.0, 0.0, 0.0], dtype=np.float32)) if embedded else b""
    return JudgedSegment(
        segment_id="c/0/0",
        start_ms=0,
        end_ms=2000,
        speech_ms=2000,
        features={},
        posterior=alone,
        alone=alone,
        embedding=embedding,
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=1),
    )


def judged(item: JudgedSegment, own: list[JudgedSegment], with_head: RelativeHead | None) -> JudgedSegment:
    Baseline(own=own).judge(item, with_head)
    return item


def test_a_voice_that_always_sounds_sharp_is_not_angry_and_one_that_turns_sharp_is() -> None:
    sharp, soft = ([embedded_segment(level) for _ in range(12)] for level in (2.0, 0.0))
    always = judged(embedded_segment(2.0), sharp, head())
    turned = judged(embedded_segment(2.0), soft, head())
    assert turned.posterior.angry > 0.9 > 0.5 > always.posterior.angry
    assert turned.features["angry"] == turned.posterior.angry
    assert (turned.degraded or 0.0) > 0.9 > (always.degraded or 0.0)


def test_the_baselines_own_segments_are_judged_anew_against_the_baseline_that_they_make() -> None:
    own = [embedded_segment(0.0) for _ in range(LEAST_BASELINE_SEGMENTS - 1)]
    judged(embedded_segment(0.0), own, head())
    assert own[0].posterior == CALM_POSTERIOR
    judged(embedded_segment(0.0), [*own, embedded_segment(0.0)], head())
    assert own[0].posterior != CALM_POSTERIOR
    assert own[0].alone == CALM_POSTERIOR


def test_without_a_head_or_an_embedding_posteriors_stand_as_they_came() -> None:
    own = [embedded_segment(0.0) for _ in range(5)]
    plain = judged(embedded_segment(2.0), own, None)
    bare = judged(embedded_segment(2.0, embedded=False), own, head())
    assert plain.posterior == bare.posterior == CALM_POSTERIOR
    assert plain.degraded is bare.degraded is None


def test_only_segments_with_an_embedding_make_a_voice_baseline() -> None:
    voice = voice_baseline([embedded_segment(1.0), embedded_segment(3.0), embedded_segment(9.0, embedded=False)])
    assert voice.segments == 2
    assert voice.embedding[0] == pytest.approx(2.0)


def test_what_the_baseline_learned_is_judged_again_apart_from_the_window() -> None:
    item = heard(0, 12.0, 0.9)
    baseline = Baseline()
    baseline.learn(item, -1.0, ToneConfig())
    assert baseline.own == [item]
    assert baseline.own[0] is not item and baseline.own[0].features is not item.features


def test_a_segment_that_may_be_the_beginning_of_a_change_is_not_learned() -> None:
    config = ToneConfig()
    baseline = Baseline(own=[heard(4 * index, 12.0, 0.9) for index in range(config.learns_first)])
    likely, speaking_for_it = heard(40, 16.0, 0.9), heard(44, 16.0, 0.9)
    likely.probability = config.learns_below + 0.1
    baseline.learn(likely, -1.0, config)
    baseline.learn(speaking_for_it, config.learns_evidence + 0.1, config)
    assert len(baseline.own) == config.learns_first
