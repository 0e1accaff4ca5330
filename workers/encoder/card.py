"""What an encoder file says of itself in its ONNX `metadata_props`, and the small functions fitted after training."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.messages import EMOTIONS

EIGHT = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")

SHORT_S, LONG_S = 0.8, 4.0
"""Between these lengths the calibration was fitted; outside them the nearer one stands."""


@dataclass(frozen=True)
class Calibration:
    """Temperature of the logits by the length of the segment in seconds: exp(base + per_log_s * ln s).

    A longer segment is classified better than its logits say (temperature scaling: Guo et al. 2017, arXiv 1706.04599).
    """

    base: float
    per_log_s: float = 0.0

    def temperature(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        logarithm = np.log(np.clip(seconds, SHORT_S, LONG_S))
        return np.asarray(np.exp(self.base + self.per_log_s * logarithm))


@dataclass(frozen=True)
class Uncertainty:
    """Probability that the likeliest emotion is the wrong one: a logistic function of posterior, length and distance.

    weights        constant, logit of the largest posterior, ln of the seconds, ln of the mean squared deviation of
                   the embedding's statistics from those of the training (music, tones and noise lie far out)
    abstain_above  probability above which no answer is better than this one
    """

    weights: tuple[float, float, float, float]
    abstain_above: float

    def inputs(
        self, largest: NDArray[np.float64], seconds: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """[items, 4], as the weights take them."""
        # Bounded away from 0 and 1: the logit of a posterior that was rounded to 1 would be infinite.
        sure = np.clip(largest, 1e-6, 1.0 - 1e-6)
        length = np.log(np.clip(seconds, SHORT_S, LONG_S))
        strange = np.log(np.maximum(distance, 1e-6))
        return np.stack([np.ones_like(sure), np.log(sure / (1.0 - sure)), length, strange], axis=1)

    def score(
        self, largest: NDArray[np.float64], seconds: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """In 0..1, for each item."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.inputs(largest, seconds, distance) @ np.array(self.weights)))))


@dataclass(frozen=True)
class Card:
    """`space` names the embedding; `data` lists the training corpora; `licence` says how the weights may be used."""

    name: str
    labels: tuple[str, ...]
    commit: str
    calibration: Calibration
    uncertainty: Uncertainty
    space: str
    data: tuple[str, ...] = ()
    licence: str = ""

    def properties(self) -> dict[str, str]:
        """As `metadata_props` hold it."""
        return {
            "name": self.name,
            "labels": json.dumps(self.labels),
            "commit": self.commit,
            "calibration": json.dumps([self.calibration.base, self.calibration.per_log_s]),
            "uncertainty": json.dumps([*self.uncertainty.weights, self.uncertainty.abstain_above]),
            "space": self.space,
            "data": json.dumps(self.data),
            "licence": self.licence,
        }


def read_card(properties: Mapping[str, str]) -> Card:
    """ValueError or KeyError, with the reason, where the properties are not those of an encoder of these emotions."""
    base, per_log_s = _numbers(properties["calibration"], 2)
    # The weights that are shipped carry the key's former name.
    uncertainty = properties.get("uncertainty") or properties["doubt"]
    constant, sure, length, strange, abstain_above = _numbers(uncertainty, 5)
    card = Card(
        name=properties["name"],
        labels=tuple(json.loads(properties["labels"])),
        commit=properties["commit"],
        calibration=Calibration(base, per_log_s),
        uncertainty=Uncertainty((constant, sure, length, strange), abstain_above),
        space=properties["space"],
        data=tuple(json.loads(properties.get("data", "[]"))),
        licence=properties.get("licence", ""),
    )
    # The order of the outputs is part of the contract: a permuted file would swap emotions and look healthy.
    if card.labels != EMOTIONS:
        raise ValueError(f"its labels are {card.labels}, not {EMOTIONS}")
    return card


def _numbers(text: str, count: int) -> list[float]:
    values = [float(value) for value in json.loads(text)]
    if len(values) != count or not all(math.isfinite(value) for value in values):
        raise ValueError(f"{count} finite numbers are wanted, not {text}")
    return values
