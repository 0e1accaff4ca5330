"""Classifiers of scikit-learn on descriptions, calibrated on voices they were not fitted to; all seeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.evaluation.metrics import Labels, Posteriors, fit_temperature
from tonewatch.models.evaluation.reference_systems.features import Description
from tonewatch.workers.encoder import softmax

SEED = 0
_INNER_FOLDS = 5
_LEAST = 1e-6

MakeModel = Callable[[], Any]  # an unfitted scikit-learn classifier; scikit-learn has no types


@dataclass
class Head:
    """Scores of a classifier over a temperature. A class that is absent from the training gets next to nothing.

    `speakers` keep a voice together while the temperature is fitted. ValueError with fewer than two classes.
    """

    make: MakeModel
    classes: int
    _model: Any = field(default=None, init=False)
    _temperature: float = field(default=1.0, init=False)

    def fit(self, values: Sequence[Description], labels: Labels, speakers: Sequence[str]) -> None:
        if np.unique(labels).size < 2:
            raise ValueError("clips of two classes at least are needed for training")
        self._temperature = self._calibrated(values, labels, speakers)
        self._model = self.make().fit(_table(values), labels)

    def posteriors(self, values: Sequence[Description]) -> Posteriors:
        return self._spread(softmax(scores(self._model, values) / self._temperature), self._model.classes_)

    def _calibrated(self, values: Sequence[Description], labels: Labels, speakers: Sequence[str]) -> float:
        """The best temperature for voices outside the training; 1 with fewer than two voices."""
        from sklearn.model_selection import GroupKFold

        folds = min(_INNER_FOLDS, len(set(speakers)))
        if folds < 2:
            return 1.0
        # A class that is absent from a fold's training keeps the floor instead of a score.
        logits = np.full((labels.size, self.classes), np.log(_LEAST))
        for inside, outside in GroupKFold(folds).split(np.zeros(labels.size), groups=np.array(speakers)):
            if np.unique(labels[inside]).size < 2:
                return 1.0
            model = self.make().fit(_table([values[index] for index in inside]), labels[inside])
            logits[np.ix_(outside, model.classes_)] = scores(model, [values[index] for index in outside])
        return fit_temperature(logits, labels)

    def _spread(self, posteriors: Posteriors, known: NDArray[np.int64]) -> Posteriors:
        whole = np.full((len(posteriors), self.classes), _LEAST)
        whole[:, known] = np.maximum(posteriors, _LEAST)
        shares: Posteriors = whole / whole.sum(1, keepdims=True)
        return shares


def scores(model: Any, values: Sequence[Description]) -> NDArray[np.float64]:  # noqa: ANN401
    """[clips, classes the model knows]: the larger, the likelier."""
    found = np.asarray(model.decision_function(_table(values)), dtype=np.float64)
    if found.ndim == 1:  # of two classes, for the second
        return np.stack([-0.5 * found, 0.5 * found], axis=1)
    pairwise = getattr(model[-1], "decision_function_shape", "") == "ovo"
    return pair_sums(found, len(model.classes_)) if pairwise else found


def pair_sums(found: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """One column for each two classes, for the first of them -> for each class the sum over its pairs.

    scikit-learn's own way counts won pairs first, so that its scores come in steps and rank clips badly.
    """
    sums = np.zeros((len(found), classes))
    # Each pair's score speaks for its first class and against its second.
    for column, (first, second) in zip(found.T, combinations(range(classes), 2), strict=True):
        sums[:, first] += column
        sums[:, second] -= column
    return sums


def support_vectors() -> Any:  # noqa: ANN401
    """Standardised, radial basis functions, every setting at its default: a floor, not tuned."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo", random_state=SEED))


def logistic() -> Any:  # noqa: ANN401
    """Standardised; a missing measurement is replaced by the median. Boosted trees were no better, and slow."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(class_weight="balanced", max_iter=1_000, random_state=SEED),
    )


def bag_of_words() -> Any:  # noqa: ANN401
    """Words and pairs of words, weighed by how rare they are, into a logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),
        LogisticRegression(class_weight="balanced", max_iter=1_000, random_state=SEED),
    )


def _table(values: Sequence[Description]) -> Any:  # noqa: ANN401 - texts or rows
    return list(values) if isinstance(values[0], str) else np.array(values, dtype=np.float64)
