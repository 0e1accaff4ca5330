"""Boosted trees that turn what is known of a segment into log likelihoods of the four emotions.

Trees split on thresholds, so what they answer stays within what was seen in training, however extreme an input is;
sums of a linear model's logits over a call do not (J. H. Friedman, "Greedy function approximation: a gradient boosting
machine", Annals of Statistics 29, 2001).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Forest:
    """Complete binary trees of one depth, `trees` of them for each of four classes; the nodes lie level by level.

    feature    [4, trees, 2^depth - 1] place of the input that a node looks at
    threshold  [4, trees, 2^depth - 1] the path goes right where the input lies above it
    value      [4, trees, 2^depth] what a leaf adds to the logit of its class
    log_share  [4] log of how often each class was seen in training
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    value: NDArray[np.float32]
    log_share: NDArray[np.float32]

    def log_likelihoods(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """[4], in nats, up to a constant: log posterior less log share."""
        depth = self.value.shape[2].bit_length() - 1
        classes, trees = np.ogrid[: self.value.shape[0], : self.value.shape[1]]
        node = np.zeros(self.value.shape[:2], dtype=np.int64)
        given = inputs.astype(np.float32)
        for _ in range(depth):
            above = given[self.feature[classes, trees, node]] > self.threshold[classes, trees, node]
            node = 2 * node + 1 + above
        logits = self.value[classes, trees, node - (self.value.shape[2] - 1)].sum(1, dtype=np.float64)
        return np.asarray(logits - np.logaddexp.reduce(logits) - self.log_share)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Under the names that a file has them by."""
        return {f"forest.{name}": getattr(self, name) for name in ("feature", "threshold", "value", "log_share")}


def read_forest(file: Mapping[str, NDArray[np.generic]]) -> Forest | None:
    """Null where the file has none.

    Raises:
        KeyError: it has only some of its arrays.
        ValueError: they do not go together.
    """
    if "forest.value" not in file:
        return None
    forest = Forest(
        file["forest.feature"].astype(np.int16),
        file["forest.threshold"].astype(np.float32),
        file["forest.value"].astype(np.float32),
        file["forest.log_share"].astype(np.float32),
    )
    classes, trees, leaves = forest.value.shape
    nodes = (classes, trees, leaves - 1)
    if leaves & (leaves - 1) or forest.feature.shape != nodes or forest.threshold.shape != nodes:
        raise ValueError(f"trees of {leaves} leaves cannot have nodes of the shape {forest.feature.shape}")
    return forest
