from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.evaluation import metrics


def answers(*choices: int, sure: float = 0.7) -> metrics.Posteriors:
    rows = np.full((len(choices), 4), (1.0 - sure) / 3.0)
    rows[np.arange(len(choices)), choices] = sure
    return rows


def labels(*truths: int) -> metrics.Labels:
    return np.array(truths, dtype=np.int64)


def test_confusion_counts_truth_by_answer() -> None:
    matrix = metrics.confusion_matrix(answers(0, 1, 1, 3), labels(0, 0, 1, 3))
    assert matrix.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_unweighted_recall_is_the_mean_over_the_emotions_that_occur() -> None:
    # angry 3 of 4, sad 0 of 1, the others never occur: (0.75 + 0) / 2
    assert metrics.unweighted_recall(answers(0, 0, 0, 1, 2), labels(0, 0, 0, 0, 3)) == pytest.approx(0.375)


def test_the_area_is_the_share_of_pairs_in_order_and_a_tie_is_half() -> None:
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    positive = np.array([True, True, False, False])
    assert metrics.area_under_curve(scores, positive) == pytest.approx((2 + 1.5) / 4)


def test_there_is_no_area_without_both_sides() -> None:
    assert metrics.area_under_curve(np.array([0.2, 0.3]), np.array([True, True])) is None


def test_calibration_error_is_the_gap_between_sureness_and_success() -> None:
    # four answers at 0.7, three right: |0.75 - 0.7|
    assert metrics.calibration_error(answers(0, 1, 2, 3), labels(0, 1, 2, 0)) == pytest.approx(0.05)


def test_calibration_error_weighs_bins_by_their_clips() -> None:
    posteriors = np.concatenate([answers(0, 0, 0), answers(1, sure=0.95)])
    # 3/4 of the clips at 0.7 and always right, 1/4 at 0.95 and wrong
    assert metrics.calibration_error(posteriors, labels(0, 0, 0, 0)) == pytest.approx(0.75 * 0.3 + 0.25 * 0.95)


def test_log_loss_of_even_odds_over_four() -> None:
    assert metrics.log_loss(np.full((5, 4), 0.25), labels(0, 1, 2, 3, 0)) == pytest.approx(np.log(4.0))


def test_the_temperature_that_was_taken_away_is_found_again() -> None:
    rng = np.random.default_rng(0)
    logits = 2.0 * rng.standard_normal((4000, 4))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    drawn = np.array([rng.choice(4, p=row) for row in shares])
    assert metrics.fit_temperature(3.0 * logits, drawn) == pytest.approx(3.0, rel=0.1)


def test_figures_of_a_small_set_worked_by_hand() -> None:
    result = metrics.figures(answers(0, 0, 1, 2), labels(0, 1, 1, 2))
    assert result.clips == 4
    assert result.accuracy == pytest.approx(0.75)
    assert result.recall == {"angry": 1.0, "happy": 0.5, "neutral": 1.0, "sad": None}
    assert result.precision == {"angry": 0.5, "happy": 1.0, "neutral": 1.0, "sad": None}
    assert result.angry_auc == pytest.approx((2 + 0.5) / 3)
    assert result.angry_happy_auc == pytest.approx(0.75)
