from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tonewatch.models.tone.train_tone import TrainingSegments


def segments(seed: int) -> TrainingSegments:
    """Each emotion lies around a corner of its own in the first two inputs; the third says nothing."""
    from tonewatch.models.tone.train_tone import TrainingSegments

    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, 800)
    corners = np.array([[2.0, 2.0], [-2.0, 2.0], [-2.0, -2.0], [2.0, -2.0]])
    inputs = np.column_stack([corners[labels] + rng.standard_normal((800, 2)), rng.standard_normal(800)])
    return TrainingSegments(inputs, labels, np.array(["a"] * 800))
