"""Shared by all readers of published layouts: finding files, reading tables, making a clip."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tonewatch.models.corpora.audio import VIDEO, length_s
from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.labels import map_label
from tonewatch.models.corpora.licences import LICENCES
from tonewatch.stream.errors import DataError, DependencyError

AUDIO = (".wav", ".flac", ".ogg", ".mp3")

Reader = Callable[[Path], list[Clip]]


def audio_files(folder: Path) -> list[Path]:
    """Sorted, at any depth, but for hidden ones (some archives carry a `._name` beside every file)."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in AUDIO and not path.name.startswith("."))
    return sorted(found)


def sound_of(folder: Path, stem: str) -> Path | None:
    """The file of this name without its ending: audio before video, None when there is neither."""
    named = (folder / f"{stem}{suffix}" for suffix in (*AUDIO, *VIDEO))
    return next((path for path in named if path.is_file()), None)


def table(path: Path, delimiter: str = ",", columns: Sequence[str] = ()) -> list[dict[str, str]]:
    """Rows of a table with a header, spaces around values removed; an error names the file and a missing column."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == "\t" else 0)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path} lacks the column {missing[0]}: it needs {', '.join(columns)}")
            return [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
    except OSError as error:
        raise DependencyError(f"cannot read {path}: {error.strerror}") from error


def make_clip(
    corpus: str,
    path: Path,
    *,
    speaker: str,
    emotion: str,
    language: str,
    gender: str = "",
    text: str = "",
    duration_s: float | None = None,
    arousal: float | None = None,
    valence: float | None = None,
    dialogue: str = "",
    partition: str = "",
    words_of: str = "",
) -> Clip:
    """A clip with its labels looked up, its licence, and its length read from the file unless given.

    `words_of` names the corpus whose label words are used, where it is another one.
    """
    emotion4, emotion8 = map_label(words_of or corpus, emotion, str(path))
    licence = LICENCES[corpus]
    return Clip(
        path=path,
        corpus=corpus,
        speaker=f"{corpus}_{speaker}",
        gender=gender,
        emotion=emotion,
        emotion4=emotion4,
        language=language,
        text=text,
        duration_s=length_s(path) if duration_s is None else duration_s,
        emotion8=emotion8,
        arousal=arousal,
        valence=valence,
        dialogue=dialogue,
        partition=partition,
        licence=licence.name,
        commercial=licence.commercial,
    )


def code(meaning: Mapping[str, str], value: str, what: str, path: Path) -> str:
    """The meaning of a code in a file name or a table; DataError when it is not a published one."""
    if value not in meaning:
        raise DataError(f"{path}: {what} {value!r} is unknown; known are {', '.join(meaning)}")
    return meaning[value]


def refuse_missing(corpus: str, missing: Iterable[str]) -> None:
    """DataError with the number and the first of the clips that are listed but not on disk."""
    names = list(missing)
    if names:
        raise DataError(
            f"{corpus} lists {len(names)} clips whose audio is not there, first {names[0]}: "
            "complete the copy, or take the lines out of the annotations"
        )
