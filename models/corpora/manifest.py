"""Folders with a `manifest.csv`, one line a clip: for a user's own calls, and for any corpus once it has been read.

Needed columns: path (relative to the manifest), speaker, and one of emotion (the corpus's own word) and emotion4 (one
of EMOTIONS, or empty when none fits). Further ones: corpus (else the folder's name), gender, language, text, duration_s
(else from the file), emotion8, arousal and valence in [0, 1], dialogue, partition, licence, commercial (yes, no).
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tonewatch.models.corpora.audio import length_s
from tonewatch.models.corpora.clip import EMOTIONS, EMOTIONS8, Clip, labelled
from tonewatch.models.corpora.labels import LABELS, NOWHERE, WORDS, map_label
from tonewatch.models.corpora.licences import LICENCES
from tonewatch.stream.errors import DataError, DependencyError

MANIFEST = "manifest.csv"
CORPORA = ("ravdess", "emodb", "nemo", "savee", "tess", "emotiontts_ko")
COLUMNS = (
    "path",
    "corpus",
    "speaker",
    "gender",
    "emotion",
    "emotion4",
    "language",
    "text",
    "duration_s",
    "emotion8",
    "arousal",
    "valence",
    "dialogue",
    "partition",
    "licence",
    "commercial",
)
# The copy of EmoDB that this project was built on holds only so much of every clip without an emotion4.
_CUT_S = 2.0
_YES_NO = {"yes": True, "no": False, "": None}


def data_root(root: Path | None = None) -> Path:
    """The argument, or TONEWATCH_DATA; DependencyError when neither names a folder."""
    named = root or (Path(os.environ["TONEWATCH_DATA"]) if "TONEWATCH_DATA" in os.environ else None)
    if named is None or not named.is_dir():
        raise DependencyError(f"speech data not found ({named}): pass --data or set TONEWATCH_DATA to its folder")
    return named


def read_manifest(path: Path) -> list[Clip]:
    """Every clip of one manifest, labelled or not, in its order.

    Raises DependencyError when the file cannot be read, and DataError, which names the line, when it is no manifest.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            _check_header(path, reader.fieldnames or ())
            clips = [_clip(path, f"{path}, line {reader.line_num}", row) for row in reader]
    except OSError as error:
        raise DependencyError(f"cannot read the manifest {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a manifest: {error}") from error
    return _mark_cut(clips)


def write_manifest(clips: Iterable[Clip], path: Path) -> None:
    """A manifest of any corpus; paths are relative where they lie under its folder, absolute elsewhere."""
    folder = path.resolve().parent
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for clip in clips:
            sound = clip.path.resolve()
            named = sound.relative_to(folder) if sound.is_relative_to(folder) else sound
            writer.writerow([named.as_posix(), *(_written(getattr(clip, column)) for column in COLUMNS[1:])])


def read_corpora(root: Path, names: Iterable[str] = CORPORA) -> list[Clip]:
    """The labelled clips of several corpora under one root."""
    return labelled(clip for name in names for clip in read_manifest(root / name / MANIFEST))


def _check_header(path: Path, columns: Iterable[str]) -> None:
    there = set(columns)
    missing = [column for column in ("path", "speaker") if column not in there]
    if not there & {"emotion", "emotion4"}:
        missing.append("emotion or emotion4")
    if missing:
        raise DataError(f"{path} is not a manifest: it lacks the column {missing[0]}; it may have {', '.join(COLUMNS)}")


def _clip(manifest: Path, where: str, row: dict[str, str | None]) -> Clip:
    given = {name: (value or "").strip() for name, value in row.items() if name}
    sound = manifest.parent / given["path"]
    # For error messages: file, line and clip.
    where = f"{where} ({given['path']})"
    corpus = given.get("corpus") or manifest.resolve().parent.name
    emotion4, emotion8 = _emotions(corpus, where, given)
    licence = LICENCES.get(corpus)
    commercial = None if licence is None else licence.commercial
    return Clip(
        path=sound,
        corpus=corpus,
        speaker=given["speaker"],
        gender=given.get("gender", ""),
        emotion=given.get("emotion") or emotion4,
        emotion4=emotion4,
        language=given.get("language", ""),
        text=given.get("text", ""),
        duration_s=_number(where, "duration_s", given["duration_s"]) if given.get("duration_s") else length_s(sound),
        emotion8=emotion8,
        arousal=_share(where, "arousal", given.get("arousal", "")),
        valence=_share(where, "valence", given.get("valence", "")),
        dialogue=given.get("dialogue", ""),
        partition=given.get("partition", ""),
        licence=given.get("licence") or ("" if licence is None else licence.name),
        commercial=_yes_no(where, given["commercial"]) if given.get("commercial") else commercial,
    )


def _emotions(corpus: str, where: str, given: dict[str, str]) -> tuple[str, str]:
    """As the columns say; by the label map where a column is not there. An unknown word passes beside an emotion4."""
    word = given.get("emotion", "")
    if "emotion4" not in given:
        emotion4, emotion8 = map_label(corpus, word, where) if word else (NOWHERE, NOWHERE)
    else:
        emotion4 = _one_of(where, "emotion4", given["emotion4"], EMOTIONS)
        emotion8 = LABELS.get(corpus, WORDS).get(word, emotion4)
    if "emotion8" in given:
        emotion8 = _one_of(where, "emotion8", given["emotion8"], EMOTIONS8)
    return emotion4, emotion8


def _one_of(where: str, column: str, value: str, allowed: tuple[str, ...]) -> str:
    if value and value not in allowed:
        raise DataError(f"{where}: {column} {value!r} is not one of {', '.join(allowed)}, nor empty")
    return value


def _number(where: str, column: str, value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise DataError(f"{where}: {column} {value!r} is not a number") from error


def _share(where: str, column: str, value: str) -> float | None:
    if not value:
        return None
    share = _number(where, column, value)
    if not 0.0 <= share <= 1.0:
        raise DataError(f"{where}: {column} {value} does not lie in 0 to 1")
    return share


def _yes_no(where: str, value: str) -> bool | None:
    if value not in _YES_NO:
        raise DataError(f"{where}: commercial {value!r} is neither yes nor no nor empty")
    return _YES_NO[value]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _mark_cut(clips: list[Clip]) -> list[Clip]:
    """Marks clips of EmoDB that end after 2.0 s for want of a copy of the rest, where all without emotion4 do."""
    unplaced = [clip for clip in clips if clip.corpus == "emodb" and not clip.emotion4]
    # Only where all of them end at 2.0 s: a whole copy of EmoDB has clips of other lengths.
    if not unplaced or any(clip.duration_s != _CUT_S for clip in unplaced):
        return clips
    return [replace(clip, cut=clip.corpus == "emodb" and not clip.emotion4) for clip in clips]
