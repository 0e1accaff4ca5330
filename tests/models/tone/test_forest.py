from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the train extra")

from tonewatch.models.tone.forest import SHARES, ForestRecipe, fit_forest

from .conftest import segments

pytestmark = pytest.mark.train


def test_the_monitor_s_trees_answer_as_those_that_were_fitted() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    known, recipe = segments(0), ForestRecipe(trees=7, fewest=5, seen_share=1.0)
    forest = fit_forest(known.inputs, known.labels, recipe)
    weights = np.array(SHARES)[known.labels] / np.bincount(known.labels)[known.labels]
    booster = GradientBoostingClassifier(
        n_estimators=7, max_depth=3, learning_rate=0.06, min_samples_leaf=5, init="zero", random_state=0
    ).fit(known.inputs, known.labels, sample_weight=weights / weights.mean())
    wanted = booster.predict_log_proba(known.inputs[:50]) - np.log(SHARES)
    np.testing.assert_allclose([forest.log_likelihoods(one) for one in known.inputs[:50]], wanted, atol=1e-4)


def test_rare_emotions_count_as_much_as_their_share_says() -> None:
    known = segments(1)
    kept = (known.labels != 0) | (np.arange(known.labels.size) % 10 == 0)
    some = known.at(kept)
    forest = fit_forest(some.inputs, some.labels, ForestRecipe(trees=20, fewest=5))
    answers = np.array([forest.log_likelihoods(one) for one in known.inputs])
    assert (answers[known.labels == 0].argmax(1) == 0).mean() > 0.8
