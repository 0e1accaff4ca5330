"""Folders with a `manifest.csv`, one line a clip.

Columns: path (relative to the manifest), corpus, speaker, gender, emotion (the corpus's own word), emotion4 (one of
`EMOTIONS`, or empty when none fits), language, text, duration_s.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from tonewatch.models.corpora.clip import EMOTIONS, Clip, labelled
from tonewatch.stream.errors import DependencyError

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
