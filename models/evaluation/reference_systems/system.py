"""One reference system: a feature extractor, a head, and whether it uses the speaker's other clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.evaluation.metrics import Labels, Posteriors
from tonewatch.models.evaluation.reference_systems.features import Description, FeatureExtractor
from tonewatch.models.evaluation.reference_systems.heads import Head, MakeModel

_LEAST_SPREAD = 1e-6


class ReferenceSystem:
    """`per_speaker`: descriptions are standardised over all clips of a voice before anything else sees them."""

    def __init__(self, extractor: FeatureExtractor, make: MakeModel, classes: int, *, per_speaker: bool) -> None:
        self.extractor = extractor
        self._head = Head(make, classes)
        self._per_speaker = per_speaker

    def fit(self, values: Sequence[Description], labels: Labels, speakers: Sequence[str]) -> None:
        """ValueError with fewer than two classes."""
        self._head.fit(self._seen(values, speakers), labels, speakers)

    def posteriors(self, values: Sequence[Description], speakers: Sequence[str]) -> Posteriors:
        return self._head.posteriors(self._seen(values, speakers))

    def _seen(self, values: Sequence[Description], speakers: Sequence[str]) -> Sequence[Description]:
        if not self._per_speaker:
            return values
        return list(standardised(np.array(values, dtype=np.float32), speakers))


def standardised(values: NDArray[np.float32], speakers: Sequence[str]) -> NDArray[np.float32]:
    """Each column less its mean over a speaker's clips, over their deviation; NaN stays NaN and counts for nothing.

    Clips of unknown speakers ('') count as one voice.
    """
    out = np.array(values, dtype=np.float64)
    for speaker in set(speakers):
        own = np.flatnonzero([one == speaker for one in speakers])
        # Means and deviations over the known values only; a constant column becomes 0, not infinite.
        known = ~np.isnan(out[own])
        count = np.maximum(known.sum(0), 1)
        mean = np.where(known, out[own], 0.0).sum(0) / count
        spread = np.sqrt(np.where(known, (out[own] - mean) ** 2, 0.0).sum(0) / count)
        out[own] = (out[own] - mean) / np.maximum(spread, _LEAST_SPREAD)
    return cast(NDArray[np.float32], out.astype(np.float32))
