"""Metrics of a classifier, from posteriors and true labels: any number of classes, plain numpy, checkable by hand.

Shares lie in 0..1. Where there is nothing to divide by (a class that never occurs) a metric is None, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import EMOTIONS

Posteriors = NDArray[np.float64]  # [clips, classes]
Labels = NDArray[np.int64]  # [clips]

BINS = 10
_LEAST = 1e-12


@dataclass(frozen=True)
class ClassifierMetrics:
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


@dataclass(frozen=True)
class Bin:
    """Answers whose sureness fell into one bin: how many, how sure on average, how many of them right (share)."""

    clips: int
    confidence: float
    accuracy: float


def confusion_matrix(posteriors: Posteriors, labels: Labels) -> NDArray[np.int64]:
    size = posteriors.shape[1]
    matrix = np.zeros((size, size), dtype=np.int64)
    np.add.at(matrix, (labels, posteriors.argmax(1)), 1)
    return matrix


def unweighted_recall(posteriors: Posteriors, labels: Labels) -> float:
    """Mean recall over the classes that occur; ValueError without any clip."""
    (recall,) = recall_of_matrices(confusion_matrix(posteriors, labels)[None])
    if np.isnan(recall):
        raise ValueError("there is no recall without a clip")
    return float(recall)


def recall_of_matrices(matrices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Unweighted recall of each confusion matrix [.., classes, classes]; NaN for one without any clip."""
    truths = matrices.sum(-1)
    present = truths > 0
    right = np.diagonal(matrices, axis1=-2, axis2=-1) / np.maximum(truths, 1)
    count = present.sum(-1)
    return np.where(count > 0, np.where(present, right, 0.0).sum(-1) / np.maximum(count, 1), np.nan)


def area_under_curve(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    """Probability that a positive scores above a negative, ties half (Mann-Whitney); None without both."""
    yes, no = scores[positive], np.sort(scores[~positive])
    if not yes.size or not no.size:
        return None
    # Mann-Whitney: for each positive the negatives below it, those of equal score counted half.
    below, up_to = np.searchsorted(no, yes, "left"), np.searchsorted(no, yes, "right")
    return float((below.sum() + up_to.sum()) / (2.0 * yes.size * no.size))


def roc_curve(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Points (false alarms, hits) from (0, 0) to (1, 1), one a distinct score, as shares; None without both kinds."""
    if positive.all() or not positive.any():
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, hit = scores[order], positive[order]
    # Clips with the same score pass the threshold together, so the curve has one point per distinct score.
    last_of_tie = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
    hits, alarms = np.cumsum(hit)[last_of_tie], np.cumsum(~hit)[last_of_tie]
    points = np.stack([alarms / alarms[-1], hits / hits[-1]], axis=1)
    return np.concatenate([np.zeros((1, 2)), points])


def reliability(posteriors: Posteriors, labels: Labels, bins: int = BINS) -> list[Bin | None]:
    """Bins of equal width over the sureness of the top answer, the lowest first; None for an empty one."""
    confidence, right = posteriors.max(1), posteriors.argmax(1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    found: list[Bin | None] = []
    for one in range(bins):
        inside = bin_of == one
        count = int(inside.sum())
        found.append(Bin(count, float(confidence[inside].mean()), float(right[inside].mean())) if count else None)
    return found


def calibration_error(posteriors: Posteriors, labels: Labels, bins: int = BINS) -> float:
    """Expected calibration error of the top answer over equal-width bins (Guo et al. 2017)."""
    filled = [one for one in reliability(posteriors, labels, bins) if one is not None]
    return sum(one.clips / labels.size * abs(one.accuracy - one.confidence) for one in filled)


def recall_by_coverage(posteriors: Posteriors, labels: Labels, shares: Sequence[float]) -> list[float]:
    """Unweighted recall of the surest answers, for each share of all clips that is answered (at least one clip)."""
    surest = np.argsort(-posteriors.max(1), kind="stable")
    counts = [max(1, round(share * labels.size)) for share in shares]
    return [unweighted_recall(posteriors[surest[:count]], labels[surest[:count]]) for count in counts]


def log_loss(posteriors: Posteriors, labels: Labels) -> float:
    return float(-np.mean(np.log(np.maximum(posteriors[np.arange(labels.size), labels], _LEAST))))


def fit_temperature(logits: NDArray[np.float64], labels: Labels) -> float:
    """The temperature of the least log loss, found by golden-section search over its logarithm."""

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        peak = scaled.max(1, keepdims=True)  # taken out, so that exp() cannot overflow
        normaliser = peak[:, 0] + np.log(np.exp(scaled - peak).sum(1))
        return float(np.mean(normaliser - scaled[np.arange(labels.size), labels]))

    # Golden-section search: the loss is unimodal in the logarithm of the temperature.
    low, high, golden = np.log(0.05), np.log(20.0), (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2.0))


def classifier_metrics(posteriors: Posteriors, labels: Labels, classes: Sequence[str] = EMOTIONS) -> ClassifierMetrics:
    """ValueError without any clip. The areas are those of the classes called `angry` and `happy`, where they exist."""
    matrix = confusion_matrix(posteriors, labels)
    right, truths, answers = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    return ClassifierMetrics(
        clips=int(labels.size),
        unweighted_recall=unweighted_recall(posteriors, labels),
        accuracy=float(right.sum() / labels.size),
        recall=_shares(classes, right, truths),
        precision=_shares(classes, right, answers),
        confusion=matrix.tolist(),
        angry_auc=class_auc(posteriors, labels, classes, "angry"),
        angry_happy_auc=_pair_auc(posteriors, labels, classes, "angry", "happy"),
        calibration_error=calibration_error(posteriors, labels),
        negative_log_likelihood=log_loss(posteriors, labels),
    )


def class_auc(posteriors: Posteriors, labels: Labels, classes: Sequence[str], name: str) -> float | None:
    """One class against the rest; None where it does not exist, never occurs, or is all that occurs."""
    if name not in classes:
        return None
    index = classes.index(name)
    return area_under_curve(posteriors[:, index], labels == index)


def _pair_auc(
    posteriors: Posteriors, labels: Labels, classes: Sequence[str], positive: str, negative: str
) -> float | None:
    """One class against another, by their odds, over the clips of these two alone."""
    if positive not in classes or negative not in classes:
        return None
    yes, no = classes.index(positive), classes.index(negative)
    either = (labels == yes) | (labels == no)
    odds = np.log(posteriors[either, yes] + _LEAST) - np.log(posteriors[either, no] + _LEAST)
    return area_under_curve(odds, labels[either] == yes)


def _shares(classes: Sequence[str], part: NDArray[np.int64], whole: NDArray[np.int64]) -> dict[str, float | None]:
    return {
        name: float(one / all_) if all_ else None
        for name, one, all_ in zip(classes, part.tolist(), whole.tolist(), strict=True)
    }
