"""Which peers there are, and what each is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tonewatch.models.evaluation.reference_systems import heads
from tonewatch.models.evaluation.reference_systems.features import Ear
from tonewatch.models.evaluation.reference_systems.heads import MakeModel
from tonewatch.models.evaluation.reference_systems.measures import ProsodyEar
from tonewatch.models.evaluation.reference_systems.transcripts import WordsEar
from tonewatch.models.evaluation.reference_systems.whisper import WhisperEar


@dataclass(frozen=True)
class Entry:
    """A peer before it is known whether it can be had: `ear` raises DependencyError where a package is missing."""

    name: str
    about: str
    ear: str
    make_model: MakeModel
    per_speaker: bool = False


EARS: dict[str, Callable[[], Ear]] = {
    "sliced": lambda: WhisperEar(padded=False),
    "padded": lambda: WhisperEar(padded=True),
    "words": WordsEar,
    "prosody": ProsodyEar,
}

ROSTER = (
    Entry(
        "frozen encoder",
        "Whisper tiny.en's encoder as it is, as long as the clip; mean and deviation over time of its last layer, "
        "support vector machine",
        "sliced",
        heads.support_vectors,
    ),
    Entry(
        "frozen encoder, padded",
        "the same with every clip padded to 30 s of silence, as Whisper was trained; statistics over the clip's frames",
        "padded",
        heads.support_vectors,
    ),
    Entry(
        "frozen encoder, own usual",
        "the first one's statistics, standardised over all clips of a speaker",
        "sliced",
        heads.support_vectors,
        per_speaker=True,
    ),
    Entry(
        "prosody only",
        "pitch, level, rate, pauses, stress and tilt as the listener measures them, logistic regression",
        "prosody",
        heads.logistic,
    ),
    Entry(
        "prosody only, own usual",
        "the same measurements, standardised over all clips of a speaker",
        "prosody",
        heads.logistic,
        per_speaker=True,
    ),
    Entry(
        "words only",
        "English speech-to-text of the clip, logistic regression over words trained on the texts of the training "
        "manifests; sentences read in every emotion leave it nothing but chance",
        "words",
        heads.bag_of_words,
    ),
)
