from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.evaluation.metrics import classifier_metrics
from tonewatch.models.evaluation.results import mean_recall, result

from .conftest import MakeAnswers


def test_the_result_holds_the_classifiers_metrics(make_answers: MakeAnswers) -> None:
    answers = make_answers([0, 0, 1, 2], [0, 1, 1, 2])
    found, wanted = result(answers), classifier_metrics(answers.posteriors, answers.labels)
    assert (found.unweighted_recall, found.recall, found.precision) == (
        wanted.unweighted_recall,
        wanted.recall,
        wanted.precision,
    )
    assert (found.angry_auc, found.ece, found.confusion) == (
        wanted.angry_auc,
        wanted.calibration_error,
        wanted.confusion,
    )
    assert (found.clips, found.speakers, found.seconds_per_clip) == (4, 3, 0.05)


def test_abstained_clips_count_and_the_others_have_metrics_of_their_own(make_answers: MakeAnswers) -> None:
    found = result(make_answers([0, 1, 1, 1], [0, 0, 1, 1], abstained=["", "noisy", "", ""]))
    assert (found.clips, found.abstained, found.abstained_because) == (4, 0.25, {"noisy": 1})
    assert found.unweighted_recall == pytest.approx(0.75)
    assert (found.answered.clips, found.answered.unweighted_recall) == (3, 1.0)


def test_where_every_clip_is_abstained_on_the_answered_have_no_metrics(make_answers: MakeAnswers) -> None:
    found = result(make_answers([0, 1], [0, 1], abstained=["noisy", "clipped"]))
    assert (found.abstained, found.answered.clips, found.answered.unweighted_recall) == (1.0, 0, None)
    assert found.unweighted_recall == 1.0


def test_a_set_without_clips_has_a_result_without_metrics(make_answers: MakeAnswers) -> None:
    found = result(make_answers([0], [0]).of_set("other"))
    assert (found.clips, found.unweighted_recall, found.angry_auc, found.ece) == (0, None, None, None)
    assert np.sum(found.confusion) == 0


def test_a_set_has_its_own_clips_only(make_answers: MakeAnswers) -> None:
    answers = make_answers([0, 1, 1], [0, 0, 1], sets=["one", "two", "one"])
    assert [result(answers.of_set(name)).unweighted_recall for name in ("one", "two")] == [1.0, 0.0]


def test_the_mean_over_sets_weighs_each_alike_and_skips_the_empty(make_answers: MakeAnswers) -> None:
    answers = make_answers([0, 1, 1], [0, 0, 1], sets=["one", "two", "one"])
    assert mean_recall([result(answers.of_set(name)) for name in ("one", "two", "none")]) == 0.5
