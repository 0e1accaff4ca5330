"""What is evaluated: something that describes a clip once, and ways of reading that description as posteriors.

A reading may know the speaker's other clips, as a listener knows a caller's past. That is a different question from
what a clip says alone, so each reading is a row of its own and says which it is. An encoder that makes use of a
caller's running statistics is one more reading of descriptions that hold what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.sound import Samples
from tonewatch.workers.encoder import Encoder, softmax

Descriptions = NDArray[np.float64]  # [clips, whatever the judge keeps of a clip]

SHRINKAGE = 4.0
"""Other clips of a speaker that make half of their mean count."""

_LEAST = 1e-6


@dataclass(frozen=True)
class Reading:
    """`read` takes the descriptions of all clips and whose voice each is ('' where nobody knows)."""

    name: str
    about: str
    knows_speaker: bool
    read: Callable[[Descriptions, Sequence[str]], Posteriors]


def never(descriptions: Descriptions) -> NDArray[np.bool_]:
    return np.zeros(len(descriptions), dtype=np.bool_)


@dataclass(frozen=True)
class Judge:
    """`describe` takes the pieces of one clip, at 16 kHz, and gives a row a piece; rows are averaged by speech.

    `doubts` tells of descriptions whether the judge would rather not answer; the audio's quality is looked at anyway.
    """

    name: str
    version: str
    classes: tuple[str, ...]
    describe: Callable[[Sequence[Samples]], Descriptions]
    readings: tuple[Reading, ...]
    doubts: Callable[[Descriptions], NDArray[np.bool_]] = never


def encoder_judge(encoder: Encoder) -> Judge:
    """A description is the encoder's own posterior; read alone, and beside the speaker's usual."""
    encoder.warm_up()

    def describe(pieces: Sequence[Samples]) -> Descriptions:
        return np.array(encoder.posteriors(pieces), dtype=np.float64)

    return Judge(encoder.name, encoder.version, encoder.card.labels, describe, (ALONE, OWN_USUAL))


def clip_alone(posteriors: Descriptions, _voices: Sequence[str]) -> Posteriors:
    return posteriors


def own_usual(posteriors: Descriptions, voices: Sequence[str]) -> Posteriors:
    """Log posteriors less the shrunk mean of the same speaker's other clips (leave one out), made to add up to 1.

    The mean of n other clips counts n / (n + SHRINKAGE), so a voice heard once stays as it is. It takes for granted
    that a speaker is heard in all classes: with one class alone it takes away what there is to find.
    """
    logs = np.log(np.maximum(posteriors, _LEAST))
    logs -= logs.mean(1, keepdims=True)
    shifted = logs.copy()
    for voice in set(voices) - {""}:
        own = np.flatnonzero([one == voice for one in voices])
        others = own.size - 1
        # sum of the others / n * n / (n + shrinkage)
        shifted[own] -= (logs[own].sum(0) - logs[own]) / (others + SHRINKAGE)
    return softmax(shifted)


ALONE = Reading("clip alone", "each clip judged on its own", False, clip_alone)
OWN_USUAL = Reading(
    "own usual",
    "the same posteriors against the mean log posterior of the speaker's other clips, earlier and later ones, "
    f"which counts n / (n + {SHRINKAGE:g}) for n of them",
    True,
    own_usual,
)
