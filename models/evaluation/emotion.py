"""How well a judge tells emotions apart on labelled clips, over a telephone line or in the wide band.

Every clip counts by the judge's best answer. Which of them the listener would not have judged at all is kept beside,
because figures over the rest alone would flatter.
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
from tonewatch.models.evaluation.judge import Judge, Reading
from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.results import Answers
from tonewatch.models.evaluation.sets import ClipSet, label_of
from tonewatch.models.evaluation.sound import Band, Sound, UnreadableClip, read_sound
from tonewatch.stream.errors import AudioFileError

T = TypeVar("T")

UNCERTAIN = "doubted"
"""Why a clip is abstained on whose audio is well, but of which the judge itself is not sure enough."""


class Track(Protocol):
    """Hands items on one by one, and may show how far it is."""

    def __call__(self, items: Sequence[T], label: str) -> Iterable[T]: ...


def untold(items: Sequence[T], label: str) -> Iterable[T]:
    """Shows nothing."""
    return items


@dataclass(frozen=True)
class Heard:
    """One clip that could be read. `seconds`: what describing it took, front end included, decoding not."""

    set_name: str
    clip: Clip
    label: int
    description: NDArray[np.float64]
    abstained: str
    seconds: float

    @property
    def voice(self) -> str:
        """The speaker, with the corpus, for two corpora may both have a speaker 1; '' where nobody knows."""
        return f"{self.clip.corpus}/{self.clip.speaker}" if self.clip.speaker else ""


@dataclass(frozen=True)
class Unread:
    """One clip that could not be read; `path` is as the manifest has it."""

    manifest: str
    path: str
    reason: str


@dataclass(frozen=True)
class Run:
    classes: tuple[str, ...]
    heard: tuple[Heard, ...]
    unreadable: tuple[Unread, ...]

    @property
    def voices(self) -> list[str]:
        return [one.voice for one in self.heard]

    def read(self, reading: Reading) -> Answers:
        posteriors = reading.read(np.array([one.description for one in self.heard]), self.voices)
        seconds = np.array([one.seconds for one in self.heard])
        return self.answers(posteriors, seconds, [one.abstained for one in self.heard])

    def answers(
        self, posteriors: Posteriors, seconds: NDArray[np.float64], abstained: Sequence[str] | None = None
    ) -> Answers:
        """Anybody's answers about these clips, in their order; nothing is abstained on unless told."""
        return Answers(
            classes=self.classes,
            posteriors=posteriors,
            labels=np.array([one.label for one in self.heard], dtype=np.int64),
            speakers=np.array([one.clip.speaker for one in self.heard], dtype=np.str_),
            corpora=np.array([one.clip.corpus for one in self.heard], dtype=np.str_),
            sets=np.array([one.set_name for one in self.heard], dtype=np.str_),
            abstained=np.array(abstained if abstained is not None else [""] * len(self.heard), dtype=np.str_),
            seconds=seconds,
        )


def listen(sets: Sequence[ClipSet], judge: Judge, band: Band, track: Track = untold) -> Run:
    """Every labelled clip of every set. A clip that cannot be read is noted; AudioFileError when none can."""
    heard: list[Heard] = []
    unreadable: list[Unread] = []
    for set_ in sets:
        for clip in track(set_.clips, set_.name):
            try:
                sound = read_sound(clip.path, band)
            except UnreadableClip as error:
                unreadable.append(Unread(set_.name, shown_path(clip.path, set_.folder), error.reason))
                continue
            heard.append(_judged(set_.name, clip, sound, judge))
    if not heard:
        first = f", {unreadable[0].path}: {unreadable[0].reason}" if unreadable else ""
        raise AudioFileError(f"no clip of {', '.join(one.name for one in sets)} could be read{first}")
    return Run(judge.classes, tuple(heard), tuple(unreadable))


def shown_path(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _judged(set_name: str, clip: Clip, sound: Sound, judge: Judge) -> Heard:
    label = label_of(clip, judge.classes)
    assert label is not None, "sets hold labelled clips only"
    start = time.perf_counter()
    rows = judge.describe(sound.pieces, clip.speaker)
    seconds = time.perf_counter() - start
    description = sound.shares @ rows
    uncertain = UNCERTAIN if judge.uncertainties(description[None])[0] else ""
    return Heard(set_name, clip, label, description, sound.abstained or uncertain, seconds)
