"""The model under evaluation: it describes a clip once, and each of its readings turns descriptions into posteriors.

A reading may use the speaker's other clips, as the monitor uses a caller's earlier segments. That is a different
question from what a clip says alone, so each reading is a row of its own and says which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.sound import Samples
from tonewatch.stream.tone.model.relative_head import LEAST_BASELINE_SEGMENTS, RelativeHead, VoiceBaseline
from tonewatch.workers.encoder import EMOTIONS, Encoder, EncoderOutput

Descriptions = NDArray[np.float64]  # [clips, numbers that the model keeps of a clip]

_UNCERTAINTY, _ENCODER, _EMBEDDING = 4, 5, 6
"""Columns of an encoder's description after the four posteriors: uncertainty, number of the encoder, embedding."""


@dataclass(frozen=True)
class Reading:
    """`read` takes the descriptions of all clips and the voice of each ('' where the speaker is unknown)."""

    name: str
    about: str
    knows_speaker: bool
    read: Callable[[Descriptions, Sequence[str]], Posteriors]


def never(descriptions: Descriptions) -> NDArray[np.bool_]:
    return np.zeros(len(descriptions), dtype=np.bool_)


@dataclass(frozen=True)
class EvaluatedModel:
    """`describe` takes the pieces of one clip, at 16 kHz, and its speaker, and gives a row a piece.

    Rows are averaged by speech. `uncertainties` marks the descriptions on which the model abstains; the audio's quality
    is checked in any case. The first of the readings is the model's own, the others stand beside it.
    """

    name: str
    version: str
    classes: tuple[str, ...]
    describe: Callable[[Sequence[Samples], str], Descriptions]
    readings: tuple[Reading, ...]
    uncertainties: Callable[[Descriptions], NDArray[np.bool_]] = never


@dataclass(frozen=True)
class EncoderWithHead:
    """An encoder and the head that judges its embeddings against a voice's baseline."""

    encoder: Encoder
    head: RelativeHead


def encoder_model(main: EncoderWithHead, folds: Mapping[str, EncoderWithHead] | None = None) -> EvaluatedModel:
    """The encoder as the product uses it: against the voice's baseline where there is one, and each clip alone.

    `folds`: for some speakers the encoder of a fold, which was not trained on their voice.
    """
    by_speaker = folds or {}
    # By identity: several speakers share the encoder of their fold.
    encoders = [main, *{id(one): one for one in by_speaker.values()}.values()]
    for one in encoders:
        one.encoder.warm_up()
    index = {id(one): number for number, one in enumerate(encoders)}
    limits = np.array([one.encoder.card.uncertainty.abstain_above for one in encoders])

    def describe(pieces: Sequence[Samples], speaker: str) -> Descriptions:
        chosen = by_speaker.get(speaker, main)
        return np.array([_row(output, index[id(chosen)]) for output in chosen.encoder.hear(pieces)])

    def uncertainties(rows: Descriptions) -> NDArray[np.bool_]:
        return np.asarray(rows[:, _UNCERTAINTY] > limits[encoder_index(rows)])

    heads = [one.head for one in encoders]
    baseline = Reading(
        "against the baseline",
        "each clip judged against the mean of the same speaker's other clips, earlier and later ones; alone where "
        f"there are fewer than {LEAST_BASELINE_SEGMENTS} of them, the speaker is unknown, or most sound alike",
        True,
        lambda rows, voices: against_baseline(rows, voices, heads),
    )
    return EvaluatedModel(main.encoder.name, main.encoder.version, EMOTIONS, describe, (baseline, ALONE), uncertainties)


def _row(output: EncoderOutput, encoder: int) -> list[float]:
    return [*output.posterior, output.uncertainty, float(encoder), *output.embedding.tolist()]


def encoder_index(rows: Descriptions) -> NDArray[np.int64]:
    """Which encoder described each clip; rounded, because a clip's row is a mean over its pieces."""
    return np.asarray(rows[:, _ENCODER].round().astype(np.int64))


def clip_alone(rows: Descriptions, _voices: Sequence[str]) -> Posteriors:
    return rows[:, : len(EMOTIONS)]


def against_baseline(rows: Descriptions, voices: Sequence[str], heads: Sequence[RelativeHead]) -> Posteriors:
    """The baseline of a clip is the mean of the other clips of its voice, never of the clip itself."""
    alone, embeddings = rows[:, : len(EMOTIONS)], rows[:, _EMBEDDING:]
    found = alone.copy()
    names = np.array(voices, dtype=np.str_)
    for voice in set(voices) - {""}:
        own = np.flatnonzero(names == voice)
        head, others = heads[encoder_index(rows[own[:1]])[0]], max(own.size - 1, 1)
        # Leave-one-out means of all clips of the voice at once: (sum - own) / (n - 1).
        means = [(part[own].sum(0) - part[own]) / others for part in (embeddings, alone)]
        for index, embedding, posterior in zip(own, *means, strict=True):
            baseline = VoiceBaseline(embedding.astype(np.float32), posterior.astype(np.float32), own.size - 1)
            found[index] = head.judge(embeddings[index].astype(np.float32), alone[index].tolist(), baseline).posterior
    return found


ALONE = Reading("clip alone", "each clip judged on its own", False, clip_alone)
