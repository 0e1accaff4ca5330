from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.encoder.fitting import (  # noqa: E402
    ABSTAIN_SHARE,
    fit_calibration,
    fit_fusion,
    fit_uncertainty,
)
from tonewatch.workers.encoder import Calibration, softmax  # noqa: E402

pytestmark = pytest.mark.train

CLIPS = 4000


def drawn(temperature: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn as often as they say at that temperature."""
    rng = np.random.default_rng(seed)
    logits = 2.0 * rng.standard_normal((temperature.size, 4))
    cumulated = softmax(logits).cumsum(1)
    labels = (rng.random((temperature.size, 1)) > cumulated).sum(1)
    return logits * temperature[:, None], labels


def test_logits_that_were_blown_up_count_for_less_and_a_guess_for_nothing() -> None:
    logits, labels = drawn(np.full(CLIPS, 3.0))
    found = fit_fusion(logits, np.full((CLIPS, 4), 0.25), labels)
    assert found.temperature == pytest.approx(3.0, rel=0.1)


def test_what_is_known_alone_counts_beside_the_judgement_against_the_baseline() -> None:
    logits, labels = drawn(np.ones(CLIPS))
    one = np.random.default_rng(3).standard_normal((CLIPS, 4))
    found = fit_fusion(logits - one, softmax(one), labels)
    assert [found.temperature, found.alone] == pytest.approx([1.0, 1.0], rel=0.1)


def test_a_temperature_that_falls_with_length_is_found() -> None:
    truth = Calibration(0.8, -0.4)
    seconds = np.random.default_rng(1).uniform(0.8, 4.0, CLIPS)
    logits, labels = drawn(truth.temperature(seconds))
    found = fit_calibration(logits, seconds, labels)
    lengths = np.array([0.8, 2.0, 4.0])
    np.testing.assert_allclose(found.temperature(lengths), truth.temperature(lengths), rtol=0.15)


def test_uncertainty_is_the_share_of_wrong_answers() -> None:
    logits, labels = drawn(np.ones(CLIPS))
    seconds, distance = np.full(CLIPS, 2.0), np.ones(CLIPS)
    uncertainty = fit_uncertainty(logits, seconds, distance, labels, Calibration(0.0), np.ones(CLIPS, dtype=np.bool_))
    posteriors = softmax(logits)
    scores = uncertainty.score(posteriors.max(1), seconds, distance)
    wrong = posteriors.argmax(1) != labels
    sure = scores < np.quantile(scores, 0.3)
    assert scores.mean() == pytest.approx(wrong.mean(), abs=0.02)
    assert scores[sure].mean() == pytest.approx(wrong[sure].mean(), abs=0.04)


def test_outliers_are_abstained_on_and_little_speech_is() -> None:
    logits, labels = drawn(np.ones(CLIPS))
    strange = np.arange(CLIPS) >= CLIPS - 400
    distance = np.where(strange, 8.0, 1.0) * np.random.default_rng(2).uniform(0.8, 1.2, CLIPS)
    seconds = np.full(CLIPS, 2.0)
    uncertainty = fit_uncertainty(logits, seconds, distance, np.where(strange, -1, labels), Calibration(0.0), ~strange)
    abstained = uncertainty.score(softmax(logits).max(1), seconds, distance) > uncertainty.abstain_above
    assert abstained[~strange].mean() == pytest.approx(ABSTAIN_SHARE, abs=0.002)
    assert abstained[strange].mean() > 0.8
