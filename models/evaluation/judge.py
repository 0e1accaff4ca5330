"""What is evaluated: something that describes a clip once, and ways of reading that description as posteriors.

A reading may know the speaker's other clips, as a listener knows a caller's past. That is a different question from
what a clip says alone, so each reading is a row of its own and says which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.sound import Samples
from tonewatch.stream.messages import EMOTIONS
from tonewatch.stream.tone.model.relative_head import LEAST_BASELINE_SEGMENTS, RelativeHead, VoiceBaseline
from tonewatch.workers.encoder import Encoder, EncoderOutput

Descriptions = NDArray[np.float64]  # [clips, whatever the judge keeps of a clip]

_DOUBT, _EAR, _EMBEDDING = 4, 5, 6
"""Columns of an encoder's description: posterior alone, doubt, which ear heard it, embedding."""


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
    """`describe` takes the pieces of one clip, at 16 kHz, and its speaker, and gives a row a piece.

    Rows are averaged by speech. `doubts` tells of descriptions whether the judge would rather not answer; the audio's
    quality is looked at anyway. The first of the readings is the judge's own, the others stand beside it.
    """

    name: str
    version: str
    classes: tuple[str, ...]
    describe: Callable[[Sequence[Samples], str], Descriptions]
    readings: tuple[Reading, ...]
    uncertainties: Callable[[Descriptions], NDArray[np.bool_]] = never


@dataclass(frozen=True)
class Ear:
    """An encoder and the head that judges against a voice's usual."""

    encoder: Encoder
    head: RelativeHead


def encoder_judge(main: Ear, folds: Mapping[str, Ear] | None = None) -> Judge:
    """The encoder as the product uses it: against the voice's usual where there is one, and each clip alone.

    `folds`: an ear of its own for some speakers, one that was not trained on their voice.
    """
    by_speaker = folds or {}
    ears = [main, *{id(ear): ear for ear in by_speaker.values()}.values()]
    for ear in ears:
        ear.encoder.warm_up()
    place = {id(ear): number for number, ear in enumerate(ears)}
    limits = np.array([ear.encoder.card.uncertainty.abstain_above for ear in ears])

    def describe(pieces: Sequence[Samples], speaker: str) -> Descriptions:
        ear = by_speaker.get(speaker, main)
        return np.array([_row(heard, place[id(ear)]) for heard in ear.encoder.encode(pieces)])

    def uncertainties(rows: Descriptions) -> NDArray[np.bool_]:
        return np.asarray(rows[:, _DOUBT] > limits[ear_of(rows)])

    heads = [ear.head for ear in ears]
    usual = Reading(
        "against the usual",
        "each clip judged against the mean of the same speaker's other clips, earlier and later ones; alone where "
        f"there are fewer than {LEAST_BASELINE_SEGMENTS} of them, nobody knows the speaker, or most sound alike",
        True,
        lambda rows, voices: against_usual(rows, voices, heads),
    )
    return Judge(main.encoder.name, main.encoder.version, EMOTIONS, describe, (usual, ALONE), uncertainties)


def _row(heard: EncoderOutput, ear: int) -> list[float]:
    return [*heard.probabilities, heard.uncertainty, float(ear), *heard.embedding.tolist()]


def ear_of(rows: Descriptions) -> NDArray[np.int64]:
    return np.asarray(rows[:, _EAR].round().astype(np.int64))


def clip_alone(rows: Descriptions, _voices: Sequence[str]) -> Posteriors:
    return rows[:, : len(EMOTIONS)]


def against_usual(rows: Descriptions, voices: Sequence[str], heads: Sequence[RelativeHead]) -> Posteriors:
    """The usual of a clip is made of the other clips of its voice, never of the clip itself."""
    alone, embeddings = rows[:, : len(EMOTIONS)], rows[:, _EMBEDDING:]
    found = alone.copy()
    names = np.array(voices, dtype=np.str_)
    for voice in set(voices) - {""}:
        own = np.flatnonzero(names == voice)
        head, others = heads[ear_of(rows[own[:1]])[0]], max(own.size - 1, 1)
        means = [(part[own].sum(0) - part[own]) / others for part in (embeddings, alone)]
        for place, embedding, posterior in zip(own, *means, strict=True):
            usual = VoiceBaseline(embedding.astype(np.float32), posterior.astype(np.float32), own.size - 1)
            found[place] = head.judge(embeddings[place].astype(np.float32), alone[place].tolist(), usual).posterior
    return found


ALONE = Reading("clip alone", "each clip judged on its own", False, clip_alone)
