"""Figures of a classifier, from posteriors and true labels. Plain numpy, so that a test can check them by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import EMOTIONS

Posteriors = NDArray[np.float64]  # [clips, 4]
Labels = NDArray[np.int64]  # [clips]


@dataclass(frozen=True)
class Figures:
    """One set's results; a recall or precision with nothing to divide by is None."""

    clips: int
    unweighted_recall: float
    accuracy: float
    recall: dict[str, float | None]
    precision: dict[str, float | None]
    confusion: list[list[int]]  # row: truth, column: answer
    angry_auc: float | None
    angry_happy_auc: float | None
    calibration_error: float
    negative_log_likelihood: float


def confusion_matrix(posteriors: Posteriors, labels: Labels) -> NDArray[np.int64]:
    size = posteriors.shape[1]
    matrix = np.zeros((size, size), dtype=np.int64)
    np.add.at(matrix, (labels, posteriors.argmax(1)), 1)
    return matrix


def unweighted_recall(posteriors: Posteriors, labels: Labels) -> float:
    """Mean recall over the classes that occur."""
    matrix = confusion_matrix(posteriors, labels)
    present = matrix.sum(1) > 0
    return float(np.mean(np.diag(matrix)[present] / matrix.sum(1)[present]))


def area_under_curve(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney); None without both."""
    yes, no = scores[positive], scores[~positive]
    if not yes.size or not no.size:
        return None
    wins = (yes[:, None] > no[None]).sum() + 0.5 * (yes[:, None] == no[None]).sum()
    return float(wins / (yes.size * no.size))


def calibration_error(posteriors: Posteriors, labels: Labels, bins: int = 10) -> float:
    """Expected calibration error of the top answer over equal-width bins (Guo et al. 2017)."""
    confidence, right = posteriors.max(1), posteriors.argmax(1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(right[place == one].mean() - confidence[place == one].mean())) * float((place == one).mean())
        for one in range(bins)
        if (place == one).any()
    ]
    return float(sum(gaps))


def log_loss(posteriors: Posteriors, labels: Labels) -> float:
    return float(-np.mean(np.log(np.maximum(posteriors[np.arange(labels.size), labels], 1e-12))))


def fit_temperature(logits: NDArray[np.float64], labels: Labels) -> float:
    """The temperature of the least log loss, found by golden-section search over its logarithm."""

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        peak = scaled.max(1, keepdims=True)
        normaliser = peak[:, 0] + np.log(np.exp(scaled - peak).sum(1))
        return float(np.mean(normaliser - scaled[np.arange(labels.size), labels]))

    low, high, golden = np.log(0.05), np.log(20.0), (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2.0))


def figures(posteriors: Posteriors, labels: Labels) -> Figures:
    matrix = confusion_matrix(posteriors, labels)
    right, truths, answers = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    heated = labels <= EMOTIONS.index("happy")
    odds = np.log(posteriors[:, 0] + 1e-12) - np.log(posteriors[:, 1] + 1e-12)
    return Figures(
        clips=int(labels.size),
        unweighted_recall=unweighted_recall(posteriors, labels),
        accuracy=float(right.sum() / labels.size),
        recall=_shares(right, truths),
        precision=_shares(right, answers),
        confusion=matrix.tolist(),
        angry_auc=area_under_curve(posteriors[:, 0], labels == 0),
        angry_happy_auc=area_under_curve(odds[heated], labels[heated] == 0),
        calibration_error=calibration_error(posteriors, labels),
        negative_log_likelihood=log_loss(posteriors, labels),
    )


def _shares(part: NDArray[np.int64], whole: NDArray[np.int64]) -> dict[str, float | None]:
    return {
        emotion: float(one / all_) if all_ else None
        for emotion, one, all_ in zip(EMOTIONS, part.tolist(), whole.tolist(), strict=True)
    }
