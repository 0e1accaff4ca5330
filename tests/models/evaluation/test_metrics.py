from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tonewatch.models.corpora import EMOTIONS8
from tonewatch.models.evaluation import metrics


def answers(*choices: int, sure: float = 0.7) -> metrics.Posteriors:
    rows = np.full((len(choices), 4), (1.0 - sure) / 3.0)
    rows[np.arange(len(choices)), choices] = sure
    return rows


def labels(*truths: int) -> metrics.Labels:
    return np.array(truths, dtype=np.int64)


@st.composite
def judged(draw: st.DrawFn, most_classes: int = 8) -> tuple[metrics.Posteriors, metrics.Labels]:
    """Posteriors on a coarse grid, so that ties happen, and labels of as many classes."""
    classes = draw(st.integers(2, most_classes))
    count = draw(st.integers(1, 40))
    weights = draw(arrays(np.int64, (count, classes), elements=st.integers(1, 9)))
    truths = draw(arrays(np.int64, count, elements=st.integers(0, classes - 1)))
    return weights / weights.sum(1, keepdims=True), truths


def test_confusion_counts_truth_by_answer() -> None:
    matrix = metrics.confusion_matrix(answers(0, 1, 1, 3), labels(0, 0, 1, 3))
    assert matrix.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_unweighted_recall_is_the_mean_over_the_emotions_that_occur() -> None:
    # angry 3 of 4, sad 0 of 1, the others never occur: (0.75 + 0) / 2
    assert metrics.unweighted_recall(answers(0, 0, 0, 1, 2), labels(0, 0, 0, 0, 3)) == pytest.approx(0.375)


@given(judged())
def test_recall_counted_clip_by_clip_is_the_same(found: tuple[metrics.Posteriors, metrics.Labels]) -> None:
    posteriors, truths = found
    right = posteriors.argmax(1) == truths
    by_hand = [float(right[truths == one].mean()) for one in set(truths.tolist())]
    assert metrics.unweighted_recall(posteriors, truths) == pytest.approx(sum(by_hand) / len(by_hand))


@given(judged(), st.integers(0, 7), st.integers(2, 4))
def test_more_clips_of_a_class_moves_no_unweighted_recall(
    found: tuple[metrics.Posteriors, metrics.Labels], which: int, times: int
) -> None:
    posteriors, truths = found
    again = np.concatenate([np.arange(truths.size), *[np.flatnonzero(truths == which)] * times])
    once = metrics.unweighted_recall(posteriors, truths)
    assert metrics.unweighted_recall(posteriors[again], truths[again]) == pytest.approx(once)


def test_without_a_clip_there_is_no_recall() -> None:
    with pytest.raises(ValueError, match="without a clip"):
        metrics.unweighted_recall(np.zeros((0, 4)), labels())


def test_the_area_is_the_share_of_pairs_in_order_and_a_tie_is_half() -> None:
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    positive = np.array([True, True, False, False])
    assert metrics.area_under_curve(scores, positive) == pytest.approx((2 + 1.5) / 4)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_the_area_counted_pair_by_pair_and_under_the_curve_is_the_same(pairs: list[tuple[int, bool]]) -> None:
    scores = np.array([float(score) for score, _ in pairs])
    positive = np.array([yes for _, yes in pairs])
    area, curve = metrics.area_under_curve(scores, positive), metrics.roc_curve(scores, positive)
    wins = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    if not wins:
        assert area is None
        assert curve is None
        return
    assert curve is not None
    assert area == pytest.approx(np.mean(wins))
    assert area == pytest.approx(np.trapezoid(curve[:, 1], curve[:, 0]))
    assert (np.diff(curve, axis=0) >= 0.0).all()
    assert curve[[0, -1]].tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_there_is_no_area_without_both_sides() -> None:
    assert metrics.area_under_curve(np.array([0.2, 0.3]), np.array([True, True])) is None


def test_calibration_error_is_the_gap_between_sureness_and_success() -> None:
    # four answers at 0.7, three right: |0.75 - 0.7|
    assert metrics.calibration_error(answers(0, 1, 2, 3), labels(0, 1, 2, 0)) == pytest.approx(0.05)


def test_calibration_error_weighs_bins_by_their_clips() -> None:
    posteriors = np.concatenate([answers(0, 0, 0), answers(1, sure=0.95)])
    # 3/4 of the clips at 0.7 and always right, 1/4 at 0.95 and wrong
    assert metrics.calibration_error(posteriors, labels(0, 0, 0, 0)) == pytest.approx(0.75 * 0.3 + 0.25 * 0.95)


@given(judged())
def test_the_bins_hold_every_clip_and_their_gaps_are_the_error(
    found: tuple[metrics.Posteriors, metrics.Labels],
) -> None:
    bins = [one for one in metrics.reliability(*found) if one is not None]
    assert sum(one.clips for one in bins) == found[1].size
    gaps = sum(one.clips * abs(one.accuracy - one.confidence) for one in bins)
    assert metrics.calibration_error(*found) == pytest.approx(gaps / found[1].size)


def test_a_certain_answer_falls_into_the_last_bin() -> None:
    *others, last = metrics.reliability(answers(0, 1, sure=1.0), labels(0, 0))
    assert others == [None] * 9
    assert last == metrics.Bin(clips=2, confidence=1.0, accuracy=0.5)


@given(judged())
def test_answering_everything_is_the_recall_of_everything(found: tuple[metrics.Posteriors, metrics.Labels]) -> None:
    (all_,) = metrics.recall_by_coverage(*found, [1.0])
    assert all_ == pytest.approx(metrics.unweighted_recall(*found))


def test_the_surest_half_is_answered_first() -> None:
    posteriors = np.concatenate([answers(1, 1, sure=0.5), answers(0, 0, sure=0.9)])
    assert metrics.recall_by_coverage(posteriors, labels(0, 0, 0, 0), [0.5, 1.0]) == [1.0, 0.5]


def test_log_loss_of_even_odds_over_four() -> None:
    assert metrics.log_loss(np.full((5, 4), 0.25), labels(0, 1, 2, 3, 0)) == pytest.approx(np.log(4.0))


def test_the_temperature_that_was_taken_away_is_found_again() -> None:
    rng = np.random.default_rng(0)
    logits = 2.0 * rng.standard_normal((4000, 4))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    drawn = np.array([rng.choice(4, p=row) for row in shares])
    assert metrics.fit_temperature(3.0 * logits, drawn) == pytest.approx(3.0, rel=0.1)


def test_metrics_of_a_small_set_worked_by_hand() -> None:
    result = metrics.classifier_metrics(answers(0, 0, 1, 2), labels(0, 1, 1, 2))
    assert result.clips == 4
    assert result.accuracy == pytest.approx(0.75)
    assert result.recall == {"angry": 1.0, "happy": 0.5, "neutral": 1.0, "sad": None}
    assert result.precision == {"angry": 0.5, "happy": 1.0, "neutral": 1.0, "sad": None}
    assert result.angry_auc == pytest.approx((2 + 0.5) / 3)
    assert result.angry_happy_auc == pytest.approx(0.75)


def test_eight_emotions_find_angry_by_its_name() -> None:
    truths = labels(*range(8), 4)
    posteriors = np.full((9, 8), 0.05)
    posteriors[np.arange(9), truths] = 0.65
    result = metrics.classifier_metrics(posteriors, truths, EMOTIONS8)
    assert list(result.recall) == list(EMOTIONS8)
    assert (result.unweighted_recall, result.angry_auc, result.angry_happy_auc) == (1.0, 1.0, 1.0)


def test_classes_without_angry_have_no_area() -> None:
    result = metrics.classifier_metrics(np.array([[0.6, 0.4], [0.3, 0.7]]), labels(0, 1), ("low", "high"))
    assert (result.unweighted_recall, result.angry_auc, result.angry_happy_auc) == (1.0, None, None)
