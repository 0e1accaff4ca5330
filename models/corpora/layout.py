"""Recognition of the corpus in a folder by its published layout, and its clips."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tonewatch.models.corpora import acted, emotioncot, esd, iemocap, meld, msp_podcast
from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.files import Reader, audio_files
from tonewatch.models.corpora.manifest import MANIFEST, read_manifest
from tonewatch.stream.errors import DataError, DependencyError


@dataclass(frozen=True)
class Layout:
    """`example` is a file that identifies a folder of this layout."""

    name: str
    example: str
    is_here: Callable[[Path], bool]
    read: Reader


def _named(pattern: re.Pattern[str]) -> Callable[[Path], bool]:
    """One file's name is enough to tell: a reader refuses a folder in which another file does not fit."""
    return lambda folder: any(pattern.fullmatch(path.stem) for path in audio_files(folder))


def _savee(folder: Path) -> bool:
    return any(
        (found := acted.SAVEE_NAME.fullmatch(path.stem)) and (found[1] or path.parent.name in acted.SAVEE_SPEAKERS)
        for path in audio_files(folder)
    )


# Tables before file names: a corpus with a table may have files that are named like those of another one.
LAYOUTS = (
    Layout("manifest", MANIFEST, lambda folder: (folder / MANIFEST).is_file(), lambda f: read_manifest(f / MANIFEST)),
    Layout(
        "nemo",
        "data.tsv and samples/SM0_anger_66.wav",
        lambda folder: (folder / "data.tsv").is_file() and (folder / "samples").is_dir(),
        acted.read_nemo,
    ),
    Layout(
        "iemocap",
        "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt",
        lambda folder: bool(iemocap.sessions(folder)),
        iemocap.read_iemocap,
    ),
    Layout("meld", "train_sent_emo.csv", lambda folder: bool(meld.tables(folder)), meld.read_meld),
    Layout(
        "msp_podcast",
        "Labels/labels_consensus.csv",
        lambda folder: msp_podcast.labels_file(folder) is not None,
        msp_podcast.read_msp_podcast,
    ),
    Layout("esd", "0011/Angry/0011_000351.wav", lambda folder: bool(esd.speakers(folder)), esd.read_esd),
    Layout(
        "emotioncot",
        "annotations.jsonl",
        lambda folder: bool(emotioncot.annotation_files(folder)),
        emotioncot.read_emotioncot,
    ),
    Layout("ravdess", "Actor_01/03-01-01-01-01-01-01.wav", _named(acted.RAVDESS_NAME), acted.read_ravdess),
    Layout("emodb", "wav/03a01Fa.wav", _named(acted.EMODB_NAME), acted.read_emodb),
    Layout("crema_d", "AudioWAV/1001_DFA_ANG_XX.wav", _named(acted.CREMA_D_NAME), acted.read_crema_d),
    Layout("tess", "OAF_angry/OAF_back_angry.wav", _named(acted.TESS_NAME), acted.read_tess),
    Layout("savee", "DC/a01.wav", _savee, acted.read_savee),
)


def layout_of(folder: Path) -> Layout:
    """The first layout that fits; DependencyError when there is no folder, DataError when none fits."""
    if not folder.is_dir():
        raise DependencyError(f"no folder {folder}")
    found = next((layout for layout in LAYOUTS if layout.is_here(folder)), None)
    if found is None:
        known = "; ".join(f"{layout.name} ({layout.example})" for layout in LAYOUTS)
        raise DataError(f"{folder} holds no corpus that is known. Known are: {known}. Or write a {MANIFEST}")
    return found


def read_corpus(folder: Path) -> list[Clip]:
    """Every clip of the corpus in a folder, labelled or not, whichever of LAYOUTS it has.

    Raises DataError where files or labels are not the published ones, DependencyError where something cannot be read.
    """
    clips = layout_of(folder).read(folder)
    if not clips:
        raise DataError(f"{folder} has the layout of {layout_of(folder).name} and holds no clip")
    return clips
