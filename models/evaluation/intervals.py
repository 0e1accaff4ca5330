"""Confidence interval of the unweighted recall over other speakers of the same corpora."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tonewatch.models.estimates import Interval, draw_counts, percentile_interval
from tonewatch.models.evaluation.metrics import Labels, Posteriors, confusion_matrix, recall_of_matrices

DRAWS = 2_000


def recall_interval(
    posteriors: Posteriors, labels: Labels, speakers: Sequence[str], strata: Sequence[str], *, seed: int = 0
) -> Interval | None:
    """Bootstrap interval of the unweighted recall over voices (`estimates.py`).

    Speakers are drawn within their stratum (a corpus). With few voices the interval is too narrow. None with fewer
    than two speakers in all.
    """
    voices = sorted(set(zip(strata, speakers, strict=True)))
    if len(voices) < 2:
        return None
    index = {voice: number for number, voice in enumerate(voices)}
    voice_of_clip = np.array([index[voice] for voice in zip(strata, speakers, strict=True)])
    matrices = np.array(
        [confusion_matrix(posteriors[voice_of_clip == one], labels[voice_of_clip == one]) for one in range(len(voices))]
    )
    counts = draw_counts([stratum for stratum, _ in voices], DRAWS, seed)
    # A sample's confusion matrix is the sum of its voices' matrices: [draws, voices] x [voices, classes, classes].
    return percentile_interval(recall_of_matrices(np.einsum("dv,vij->dij", counts, matrices)))
