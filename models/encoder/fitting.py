"""Fits after training, on answers about held-out voices: calibration, fusion with the baseline, uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from tonewatch.stream.tone.model.relative_head import LEAST_SHARE
from tonewatch.workers.encoder import Calibration, Uncertainty, softmax

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

ABSTAIN_SHARE = 0.02
"""Share of speech that may be abstained on: the most uncertain answers about held-out voices."""

_RIDGE = 1e-3


def fit_calibration(logits: Floats, seconds: Floats, labels: Labels) -> Calibration:
    """The temperature by length that has the least log loss; logits [items, classes]."""
    inputs, wanted = torch.from_numpy(logits), torch.from_numpy(labels)
    lengths = torch.from_numpy(np.log(np.clip(seconds, 0.8, 4.0)))

    def loss(parameters: torch.Tensor) -> torch.Tensor:
        # T(s) = exp(a + b ln s): positive for any parameters.
        temperature = (parameters[0] + parameters[1] * lengths).exp()
        return functional.cross_entropy(inputs / temperature[:, None], wanted)

    base, per_log_s = _least(loss, 2)
    return Calibration(base, per_log_s)


@dataclass(frozen=True)
class Fusion:
    """Fusion of the judgement against a baseline with the one alone: softmax(logits / temperature + alone * ln p)."""

    temperature: float
    alone: float


def fit_fusion(logits: Floats, posteriors: Floats, labels: Labels) -> Fusion:
    """The fusion of the least log loss; logits against a baseline and posteriors alone, both [items, classes]."""
    inputs, wanted = torch.from_numpy(logits), torch.from_numpy(labels)
    # The floor keeps a posterior of 0 from forbidding a class.
    logs = torch.from_numpy(np.log(np.maximum(posteriors, LEAST_SHARE)))

    def loss(parameters: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(inputs / parameters[0].exp() + parameters[1] * logs, wanted)

    base, alone = _least(loss, 2)
    return Fusion(float(np.exp(base)), alone)


def fit_uncertainty(
    logits: Floats,
    seconds: Floats,
    distance: Floats,
    labels: Labels,
    calibration: Calibration,
    speech: NDArray[np.bool_],
) -> Uncertainty:
    """Logistic regression on whether the largest posterior was wrong; all that is not `speech` counts as wrong."""
    posteriors = softmax(logits / calibration.temperature(seconds)[:, None])
    wrong = torch.from_numpy((~speech | (posteriors.argmax(1) != labels)).astype(np.float64))
    largest = posteriors.max(1)
    inputs = torch.from_numpy(Uncertainty((0.0, 0.0, 0.0, 0.0), 1.0).inputs(largest, seconds, distance))

    def loss(weights: torch.Tensor) -> torch.Tensor:
        # The constant is not penalised, so that the mean uncertainty stays the rate of wrong answers.
        fit = functional.binary_cross_entropy_with_logits(inputs @ weights, wrong)
        return fit + _RIDGE * (weights[1:] ** 2).sum()

    constant, confidence, length, outlier = _least(loss, 4)
    uncertainty = Uncertainty((constant, confidence, length, outlier), 1.0)
    # The limit is the quantile of speech alone: noises may be abstained on without bound.
    scores = uncertainty.score(largest[speech], seconds[speech], distance[speech])
    return Uncertainty(uncertainty.weights, float(np.quantile(scores, 1.0 - ABSTAIN_SHARE)))


def _least(loss: Callable[[torch.Tensor], torch.Tensor], size: int) -> list[float]:
    """Parameters of the least loss, from zeros."""
    parameters = torch.zeros(size, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss(parameters)
        torch.autograd.backward(value)
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return [float(value) for value in parameters.detach()]
