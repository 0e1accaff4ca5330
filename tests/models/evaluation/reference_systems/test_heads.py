from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: make test EXTRAS=train")

from tonewatch.models.evaluation.metrics import calibration_error, unweighted_recall
from tonewatch.models.evaluation.reference_systems.heads import (
    Head,
    MakeModel,
    bag_of_words,
    logistic,
    pair_sums,
    support_vectors,
)

pytestmark = pytest.mark.train


def clusters(count: int, spread: float, seed: int) -> tuple[list[np.ndarray], np.ndarray, list[str]]:
    """Three overlapping heaps in a plane, and six speakers that each say some of every heap."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    centres = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    values = centres[labels] + spread * rng.standard_normal((count, 2))
    return list(values.astype(np.float32)), labels, [f"s{index % 6}" for index in range(count)]


@pytest.mark.parametrize("make", [support_vectors, logistic])
def test_heaps_are_told_apart_with_sureness_that_can_be_believed(make: MakeModel) -> None:
    head = Head(make, 4)
    head.fit(*clusters(240, 0.8, seed=1))
    values, labels, _ = clusters(240, 0.8, seed=2)
    posteriors = head.posteriors(values)
    assert unweighted_recall(posteriors, labels) > 0.75
    assert calibration_error(posteriors, labels) < 0.1


def test_a_class_never_met_gets_next_to_nothing_and_all_adds_up() -> None:
    head = Head(support_vectors, 4)
    values, labels, speakers = clusters(120, 0.5, seed=1)
    head.fit(values, labels, speakers)
    posteriors = head.posteriors(values)
    assert posteriors.shape == (120, 4)
    assert posteriors.sum(1) == pytest.approx(np.ones(120))
    assert posteriors[:, 3].max() < 1e-4


def test_two_classes_have_one_score_and_two_posteriors() -> None:
    head = Head(support_vectors, 2)
    values, labels, speakers = clusters(120, 0.5, seed=1)
    kept = np.flatnonzero(labels < 2)
    head.fit([values[index] for index in kept], labels[kept], [speakers[index] for index in kept])
    assert unweighted_recall(head.posteriors([values[index] for index in kept]), labels[kept]) > 0.9


@pytest.mark.parametrize("make", [support_vectors, logistic])
def test_the_same_clips_give_the_same_answers(make: MakeModel) -> None:
    values, labels, speakers = clusters(90, 0.8, seed=3)
    first, second = Head(make, 3), Head(make, 3)
    for head in (first, second):
        head.fit(values, labels, speakers)
    assert np.array_equal(first.posteriors(values), second.posteriors(values))


def test_a_measurement_that_is_missing_or_never_there_ends_nothing() -> None:
    values, labels, speakers = clusters(200, 0.5, seed=4)
    broken = [np.where(index % 3 == 0, np.nan, [*value, np.nan]) for index, value in enumerate(values)]
    head = Head(logistic, 3)
    head.fit(broken, labels, speakers)
    whole = np.arange(200) % 3 != 0
    assert unweighted_recall(head.posteriors(broken)[whole], labels[whole]) > 0.8


def test_words_that_go_with_a_class_are_found() -> None:
    texts = ["thank you so much", "this is a scandal"] * 20
    head = Head(bag_of_words, 2)
    head.fit(texts, np.array([0, 1] * 20), [f"s{index % 4}" for index in range(40)])
    assert head.posteriors(["what a scandal", "thank you", ""]).argmax(1)[:2].tolist() == [1, 0]


def test_one_class_alone_teaches_nothing() -> None:
    values, _, speakers = clusters(10, 0.5, seed=5)
    with pytest.raises(ValueError, match="two classes"):
        Head(support_vectors, 4).fit(values, np.zeros(10, dtype=np.int64), speakers)


def test_a_class_is_as_likely_as_its_pairs_say_in_sum() -> None:
    # 0 against 1, 0 against 2, 1 against 2
    assert pair_sums(np.array([[1.0, 2.0, 5.0]]), 3).tolist() == [[3.0, 4.0, -7.0]]
