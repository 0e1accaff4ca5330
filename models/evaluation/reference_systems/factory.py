"""The reference systems, each a feature extractor and a classifier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tonewatch.models.evaluation.reference_systems import heads
from tonewatch.models.evaluation.reference_systems.features import FeatureExtractor
from tonewatch.models.evaluation.reference_systems.heads import MakeModel
from tonewatch.models.evaluation.reference_systems.measures import ProsodyExtractor
from tonewatch.models.evaluation.reference_systems.transcripts import TranscriptExtractor
from tonewatch.models.evaluation.reference_systems.whisper import WhisperExtractor


@dataclass(frozen=True)
class SystemSpec:
    """A reference system before its packages are looked for; `extractor` is a key of EXTRACTORS."""

    name: str
    about: str
    extractor: str
    make_model: MakeModel
    per_speaker: bool = False


EXTRACTORS: dict[str, Callable[[], FeatureExtractor]] = {
    "sliced": lambda: WhisperExtractor(padded=False),
    "padded": lambda: WhisperExtractor(padded=True),
    "words": TranscriptExtractor,
    "prosody": ProsodyExtractor,
}
"""By name; each raises DependencyError where a package is missing."""

REFERENCE_SYSTEMS = (
    SystemSpec(
        "frozen encoder",
        "Whisper tiny.en's encoder as it is, as long as the clip; mean and deviation over time of its last layer, "
        "support vector machine",
        "sliced",
        heads.support_vectors,
    ),
    SystemSpec(
        "frozen encoder, padded",
        "the same with every clip padded to 30 s of silence, as Whisper was trained; statistics over the clip's frames",
        "padded",
        heads.support_vectors,
    ),
    SystemSpec(
        "frozen encoder, own baseline",
        "the first one's statistics, standardised over all clips of a speaker",
        "sliced",
        heads.support_vectors,
        per_speaker=True,
    ),
    SystemSpec(
        "prosody only",
        "pitch, level, rate, pauses, stress and tilt as the listener measures them, logistic regression",
        "prosody",
        heads.logistic,
    ),
    SystemSpec(
        "prosody only, own baseline",
        "the same measurements, standardised over all clips of a speaker",
        "prosody",
        heads.logistic,
        per_speaker=True,
    ),
    SystemSpec(
        "words only",
        "English speech-to-text of the clip, logistic regression over words trained on the texts of the training "
        "manifests; sentences read in every emotion leave it at chance level",
        "words",
        heads.bag_of_words,
    ),
)
