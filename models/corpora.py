"""Labelled speech: folders with a `manifest.csv`, one line a clip.

Columns: path (relative to the manifest), corpus, speaker, gender, emotion (the corpus's own word), emotion4 (one of
`EMOTIONS`, or empty when none fits), language, text, duration_s.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.stream.errors import AudioFileError, DependencyError

RATE_HZ = 16_000
EMOTIONS = ("angry", "happy", "neutral", "sad")
CORPORA = ("ravdess", "emodb", "nemo")

# A corpus's own word -> ours, for manifests that lack emotion4. Everything else (fear, disgust, surprise, boredom,
# RAVDESS's calm) has no place among the four and is left out.
LABELS = {
    "anger": "angry",
    "angry": "angry",
    "happiness": "happy",
    "happy": "happy",
    "joy": "happy",
    "neutral": "neutral",
    "sad": "sad",
    "sadness": "sad",
}


class Split(StrEnum):
    """What is kept aside together: some speakers of every corpus, or a whole corpus with its language."""

    SPEAKER = "speaker"
    CORPUS = "corpus"


@dataclass(frozen=True)
class Clip:
    path: Path
    corpus: str
    speaker: str
    gender: str
    emotion: str
    emotion4: str
    language: str
    text: str
    duration_s: float

    @property
    def label(self) -> int:
        """Index into EMOTIONS; ValueError where emotion4 is empty."""
        return EMOTIONS.index(self.emotion4)


def data_root(root: Path | None = None) -> Path:
    """The argument, or TONEWATCH_DATA; DependencyError when neither names a folder."""
    named = root or (Path(os.environ["TONEWATCH_DATA"]) if "TONEWATCH_DATA" in os.environ else None)
    if named is None or not named.is_dir():
        raise DependencyError(f"speech data not found ({named}): pass --data or set TONEWATCH_DATA to its folder")
    return named


def read_manifest(path: Path) -> list[Clip]:
    """Every clip of one manifest, labelled or not, in its order."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [_clip(path.parent, row) for row in csv.DictReader(file)]
    except OSError as error:
        raise DependencyError(f"cannot read the manifest {path}: {error.strerror}") from error
    except (KeyError, ValueError) as error:
        raise DependencyError(f"{path} is not a manifest: {error!r}; see corpora.py for its columns") from error


def _clip(folder: Path, row: dict[str, str]) -> Clip:
    emotion4 = row["emotion4"] if "emotion4" in row else LABELS.get(row["emotion"], "")
    if emotion4 and emotion4 not in EMOTIONS:
        raise ValueError(f"emotion4 {emotion4!r} of {row['path']} is not one of {', '.join(EMOTIONS)}")
    return Clip(
        path=folder / row["path"],
        corpus=row["corpus"],
        speaker=row["speaker"],
        gender=row["gender"],
        emotion=row["emotion"],
        emotion4=emotion4,
        language=row["language"],
        text=row["text"],
        duration_s=float(row["duration_s"]),
    )


def read_corpora(root: Path, names: Iterable[str] = CORPORA) -> list[Clip]:
    """The labelled clips of several corpora under one root."""
    return labelled(clip for name in names for clip in read_manifest(root / name / "manifest.csv"))


def labelled(clips: Iterable[Clip]) -> list[Clip]:
    return [clip for clip in clips if clip.emotion4]


def load_samples(path: Path) -> NDArray[np.float32]:
    """First channel as float32 at 16 kHz; AudioFileError when the file cannot be read or is empty."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise AudioFileError(f"cannot read {path} as audio: {error}") from error
    if samples.shape[0] == 0:
        raise AudioFileError(f"{path} holds no audio")
    mono = np.ascontiguousarray(samples[:, 0])
    return mono if rate_hz == RATE_HZ else np.asarray(soxr.resample(mono, rate_hz, RATE_HZ), dtype=np.float32)


def speaker_folds(clips: Sequence[Clip], count: int, seed: int) -> list[list[str]]:
    """Speakers dealt into `count` groups, corpus by corpus, so that every fold hears every corpus."""
    rng = np.random.default_rng(seed)
    folds: list[list[str]] = [[] for _ in range(count)]
    for corpus in sorted({clip.corpus for clip in clips}):
        speakers = sorted({clip.speaker for clip in clips if clip.corpus == corpus})
        for place, index in enumerate(rng.permutation(len(speakers))):
            folds[place % count].append(speakers[int(index)])
    return folds


def folds(clips: Sequence[Clip], split: Split, count: int, seed: int) -> list[list[str]]:
    """Speakers of each fold; one fold a corpus, whatever the count, where corpora are split."""
    if split is Split.SPEAKER:
        return speaker_folds(clips, count, seed)
    corpora = sorted({clip.corpus for clip in clips})
    return [sorted({clip.speaker for clip in clips if clip.corpus == corpus}) for corpus in corpora]
