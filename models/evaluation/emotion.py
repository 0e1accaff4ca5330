"""How well an encoder file tells emotions apart on labelled clips, over a telephone line or in the wide band."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import RATE_HZ, Clip, load_samples
from tonewatch.models.evaluation.metrics import Figures, figures
from tonewatch.models.telephone import phone_line
from tonewatch.workers.encoder import LONGEST_S, Encoder


class Band(StrEnum):
    PHONE = "phone"
    WIDE = "wide"


@dataclass(frozen=True)
class Evaluation:
    """Figures per corpus, and the mean time the encoder took for a clip (front end included, decoding not)."""

    encoder: str
    version: str
    band: Band
    corpora: dict[str, Figures]
    seconds_per_clip: float


def heard(samples: NDArray[np.float32], band: Band) -> NDArray[np.float32]:
    """What reaches the encoder: through mu-law at 8 kHz or as recorded; no more than the first 10 s."""
    line = phone_line(samples) if band is Band.PHONE else samples
    return line[: int(LONGEST_S * RATE_HZ)]


def evaluate(encoder: Encoder, clips: Sequence[Clip], band: Band) -> Evaluation:
    """All clips must be labelled; corpora are reported apart, for they are not equally hard."""
    encoder.warm_up()
    rows, seconds = [], 0.0
    for clip in clips:
        segment = heard(load_samples(clip.path), band)
        start = time.perf_counter()
        rows.extend(encoder.posteriors([segment]))
        seconds += time.perf_counter() - start
    posteriors, labels = np.array(rows), np.array([clip.label for clip in clips])
    names = np.array([clip.corpus for clip in clips])
    results = {
        name: figures(posteriors[names == name], labels[names == name]) for name in dict.fromkeys(names.tolist())
    }
    return Evaluation(encoder.name, encoder.version, band, results, seconds / len(clips))
