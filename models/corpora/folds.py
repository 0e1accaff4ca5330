"""Groups of clips that are held out together, so that no voice is both trained and tested on."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from tonewatch.models.corpora.clip import Clip


class Split(StrEnum):
    """The unit that is held out: some speakers of every corpus, or a whole corpus with its language."""

    SPEAKER = "speaker"
    CORPUS = "corpus"


def speaker_folds(clips: Sequence[Clip], count: int, seed: int) -> list[list[str]]:
    """Speakers dealt into `count` groups, corpus by corpus, so that every corpus is in every fold."""
    rng = np.random.default_rng(seed)
    folds: list[list[str]] = [[] for _ in range(count)]
    for corpus in sorted({clip.corpus for clip in clips}):
        speakers = sorted({clip.speaker for clip in clips if clip.corpus == corpus})
        # Dealt like cards, so that the folds of a corpus differ by one speaker at most.
        for position, index in enumerate(rng.permutation(len(speakers))):
            folds[position % count].append(speakers[int(index)])
    return folds


def folds(clips: Sequence[Clip], split: Split, count: int, seed: int) -> list[list[str]]:
    """Speakers of each fold; one fold a corpus, whatever the count, where corpora are split."""
    if split is Split.SPEAKER:
        return speaker_folds(clips, count, seed)
    corpora = sorted({clip.corpus for clip in clips})
    return [sorted({clip.speaker for clip in clips if clip.corpus == corpus}) for corpus in corpora]
