from __future__ import annotations

import numpy as np
import pytest

from tonewatch.stream.messages import AudioSpan, Posterior
from tonewatch.stream.tone.evidence.usual import judge, judge_all, voice_baseline
from tonewatch.stream.tone.model.relative_head import LEAST_BASELINE_SEGMENTS, RelativeHead, packed
from tonewatch.stream.tone.state import JudgedSegment

SIZE = 4
CALM = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)


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


def heard(first: float, *, embedded: bool = True, alone: Posterior = CALM) -> JudgedSegment:
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


def test_a_voice_that_always_sounds_sharp_is_not_angry_and_one_that_turns_sharp_is() -> None:
    sharp, soft = ([heard(level) for _ in range(12)] for level in (2.0, 0.0))
    always, turned = heard(2.0), heard(2.0)
    judge_all([always], sharp, head())
    judge_all([turned], soft, head())
    assert turned.posterior.angry > 0.9 > 0.5 > always.posterior.angry
    assert turned.features["angry"] == turned.posterior.angry
    assert (turned.degraded or 0.0) > 0.9 > (always.degraded or 0.0)


def test_the_baselines_own_segments_are_judged_anew_against_the_usual_that_they_make() -> None:
    baseline = [heard(0.0) for _ in range(LEAST_BASELINE_SEGMENTS - 1)]
    judge_all([], baseline, head())
    assert baseline[0].posterior == CALM
    judge_all([], [*baseline, heard(0.0)], head())
    assert baseline[0].posterior != CALM
    assert baseline[0].alone == CALM


def test_without_a_head_or_an_embedding_posteriors_stand_as_they_came() -> None:
    baseline = [heard(0.0) for _ in range(5)]
    plain, bare = heard(2.0), heard(2.0, embedded=False)
    judge_all([plain], baseline, None)
    judge(bare, voice_baseline(baseline), head())
    assert plain.posterior == bare.posterior == CALM
    assert plain.degraded is bare.degraded is None


def test_only_segments_with_an_embedding_make_a_usual() -> None:
    usual = voice_baseline([heard(1.0), heard(3.0), heard(9.0, embedded=False)])
    assert usual.segments == 2
    assert usual.embedding[0] == pytest.approx(2.0)
