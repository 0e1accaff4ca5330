"""Fitting the forest of `stream/tone/model/forest.py`: boosted trees over the judged segments of many calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.tree._tree import Tree

from tonewatch.stream.tone.model.forest import Forest

SHARES = (0.25, 0.15, 0.35, 0.25)
"""Total weight of the angry, happy, neutral and sad segments, however many of each there are."""


@dataclass(frozen=True)
class ForestRecipe:
    """`seen_share` of the segments is drawn for each tree."""

    trees: int = 80
    depth: int = 3
    learning_rate: float = 0.06
    fewest: int = 40
    seen_share: float = 0.7
    seed: int = 0


def fit_forest(inputs: NDArray[np.float64], labels: NDArray[np.int64], recipe: ForestRecipe) -> Forest:
    """`inputs` [segments, n] and `labels` [segments], indices into EMOTIONS; each of the four must occur."""
    counts = np.bincount(labels, minlength=len(SHARES))
    weights = np.array(SHARES)[labels] / counts[labels]
    booster = GradientBoostingClassifier(
        n_estimators=recipe.trees,
        max_depth=recipe.depth,
        learning_rate=recipe.learning_rate,
        min_samples_leaf=recipe.fewest,
        subsample=recipe.seen_share,
        init="zero",
        random_state=recipe.seed,
    )
    booster.fit(inputs, labels, sample_weight=weights / weights.mean())
    # estimators_ is [trees, classes]; transposed, the forest is [classes, trees].
    grown = [[_complete(tree.tree_, recipe.depth) for tree in column] for column in booster.estimators_.T]
    feature, threshold, value = (np.array([[tree[part] for tree in column] for column in grown]) for part in range(3))
    return Forest(
        feature.astype(np.int16),
        threshold.astype(np.float32),
        (recipe.learning_rate * value).astype(np.float32),
        np.log(np.array(SHARES, dtype=np.float32)),
    )


def _complete(tree: Tree, depth: int) -> tuple[list[int], list[float], list[float]]:
    """Features, thresholds and leaf values of a complete tree of this depth, level by level."""
    level, feature, threshold = [0], [], []
    for _ in range(depth):
        after = []
        for node in level:
            is_leaf = tree.children_left[node] < 0
            feature.append(0 if is_leaf else int(tree.feature[node]))
            threshold.append(0.0 if is_leaf else float(tree.threshold[node]))
            # An early leaf is its own two children, so that every path has the full depth.
            after += [node, node] if is_leaf else [int(tree.children_left[node]), int(tree.children_right[node])]
        level = after
    return feature, threshold, [float(tree.value[node].item()) for node in level]
