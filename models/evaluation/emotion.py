"""Evaluation of a model on labelled clips, over a telephone line or in the wide band.

Every clip counts by the model's best answer. Which clips the listener would have abstained on is kept beside, because
metrics over the other clips alone would be flattering.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import Clip
from tonewatch.models.evaluation.evaluated_model import EvaluatedModel, Reading
from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.results import Answers
from tonewatch.models.evaluation.sets import ClipSet, label_of
from tonewatch.models.evaluation.sound import Band, Sound, UnreadableClip, read_sound
from tonewatch.stream.errors import AudioFileError

T = TypeVar("T")

UNCERTAIN = "uncertain"
"""Why a clip is abstained on whose audio is good, but of which the model itself is not sure enough."""


class Track(Protocol):
    """Passes items on one by one, and may show the progress."""

    def __call__(self, items: Sequence[T], label: str) -> Iterable[T]: ...


def without_progress(items: Sequence[T], label: str) -> Iterable[T]:
    """Shows nothing."""
    return items


@dataclass(frozen=True)
class DescribedClip:
    """One clip that could be read. `seconds`: time of describing it, front end included, decoding not."""

    set_name: str
    clip: Clip
    label: int
    description: NDArray[np.float64]
    abstained: str
    seconds: float

    @property
    def voice(self) -> str:
        """Speaker with corpus, because two corpora may both have a speaker 1; '' where the speaker is unknown."""
        return f"{self.clip.corpus}/{self.clip.speaker}" if self.clip.speaker else ""


@dataclass(frozen=True)
class Unread:
    """One clip that could not be read; `path` is as the manifest has it."""

    manifest: str
    path: str
    reason: str


@dataclass(frozen=True)
class Run:
    """All clips of an evaluation, described by the model."""

    classes: tuple[str, ...]
    clips: tuple[DescribedClip, ...]
    unreadable: tuple[Unread, ...]

    @property
    def voices(self) -> list[str]:
        return [one.voice for one in self.clips]

    def read(self, reading: Reading) -> Answers:
        posteriors = reading.read(np.array([one.description for one in self.clips]), self.voices)
        seconds = np.array([one.seconds for one in self.clips])
        return self.answers(posteriors, seconds, [one.abstained for one in self.clips])

    def answers(
        self, posteriors: Posteriors, seconds: NDArray[np.float64], abstained: Sequence[str] | None = None
    ) -> Answers:
        """Any system's answers about these clips, in their order; without `abstained` it abstains on none."""
        return Answers(
            classes=self.classes,
            posteriors=posteriors,
            labels=np.array([one.label for one in self.clips], dtype=np.int64),
            speakers=np.array([one.clip.speaker for one in self.clips], dtype=np.str_),
            corpora=np.array([one.clip.corpus for one in self.clips], dtype=np.str_),
            sets=np.array([one.set_name for one in self.clips], dtype=np.str_),
            abstained=np.array(abstained if abstained is not None else [""] * len(self.clips), dtype=np.str_),
            seconds=seconds,
        )


def describe_sets(sets: Sequence[ClipSet], model: EvaluatedModel, band: Band, track: Track = without_progress) -> Run:
    """Every labelled clip of every set. A clip that cannot be read is noted; AudioFileError when none can."""
    clips: list[DescribedClip] = []
    unreadable: list[Unread] = []
    for set_ in sets:
        for clip in track(set_.clips, set_.name):
            try:
                sound = read_sound(clip.path, band)
            except UnreadableClip as error:
                unreadable.append(Unread(set_.name, shown_path(clip.path, set_.folder), error.reason))
                continue
            clips.append(_described(set_.name, clip, sound, model))
    if not clips:
        first = f", {unreadable[0].path}: {unreadable[0].reason}" if unreadable else ""
        raise AudioFileError(f"no clip of {', '.join(one.name for one in sets)} could be read{first}")
    return Run(model.classes, tuple(clips), tuple(unreadable))


def shown_path(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _described(set_name: str, clip: Clip, sound: Sound, model: EvaluatedModel) -> DescribedClip:
    label = label_of(clip, model.classes)
    assert label is not None, "sets hold labelled clips only"
    start = time.perf_counter()
    rows = model.describe(sound.pieces, clip.speaker)
    seconds = time.perf_counter() - start
    # [pieces] @ [pieces, numbers]: the mean over pieces, each weighted by its share of the speech.
    description = sound.shares @ rows
    uncertain = UNCERTAIN if model.uncertainties(description[None])[0] else ""
    return DescribedClip(set_name, clip, label, description, sound.abstained or uncertain, seconds)
