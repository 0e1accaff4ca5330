"""MSP-Podcast as released: `Audios/`, `Labels/labels_consensus.csv` (older releases: labels_concensus), `Transcripts/`.

Clips of unknown speakers are grouped by podcast, so that the same voice is not in two folds. Clips without labels (the
hidden third test set) are passed over.
"""

from __future__ import annotations

import re
from pathlib import Path

from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.files import code, make_clip, refuse_missing, sound_of, table
from tonewatch.stream.errors import DataError

LABEL_FILES = ("labels_consensus.csv", "labels_concensus.csv")
NAME = re.compile(r"MSP-PODCAST_(\d+)_\d+(?:_\d+)?")
EMOTION = {
    "A": "anger",
    "S": "sadness",
    "H": "happiness",
    "U": "surprise",
    "F": "fear",
    "D": "disgust",
    "C": "contempt",
    "N": "neutral",
    "O": "other",
    "X": "no agreement",
}
GENDER = {"Male": "male", "Female": "female", "Unknown": "", "": ""}
PARTITION = {"Train": "train", "Development": "dev", "Test1": "test1", "Test2": "test2", "Test3": "test3"}
_COLUMNS = ("FileName", "EmoClass", "EmoAct", "EmoVal", "SpkrID", "Gender", "Split_Set")


def labels_file(folder: Path) -> Path | None:
    return next((path for name in LABEL_FILES if (path := folder / "Labels" / name).is_file()), None)


def speaker_of(name: str) -> str | None:
    """Group of a clip whose speaker is unknown, by the podcast in its name; None for any other name."""
    found = NAME.fullmatch(name)
    return None if found is None else f"podcast{found[1]}"


def read_msp_podcast(folder: Path) -> list[Clip]:
    listed = labels_file(folder)
    if listed is None:
        raise DataError(f"{folder} has no Labels/{LABEL_FILES[0]}")
    clips, missing = [], []
    for row in table(listed, columns=_COLUMNS):
        if not row["EmoClass"]:
            continue
        stem = Path(row["FileName"]).stem
        path = sound_of(folder / "Audios", stem)
        if path is None:
            missing.append(row["FileName"])
        else:
            clips.append(_clip(folder, path, row))
    refuse_missing("msp_podcast", missing)
    return clips


def _clip(folder: Path, path: Path, row: dict[str, str]) -> Clip:
    podcast = speaker_of(path.stem)
    if podcast is None:
        raise DataError(f"{path} is not named as a file of msp_podcast")
    words = folder / "Transcripts" / f"{path.stem}.txt"
    return make_clip(
        "msp_podcast",
        path,
        speaker=podcast if row["SpkrID"] in ("", "Unknown") else row["SpkrID"],
        emotion=code(EMOTION, row["EmoClass"], "EmoClass", path),
        language="en",
        gender=code(GENDER, row["Gender"], "Gender", path),
        text=words.read_text(encoding="utf-8", errors="replace").strip() if words.is_file() else "",
        arousal=_share(row["EmoAct"], path),
        valence=_share(row["EmoVal"], path),
        dialogue=f"msp_podcast_{podcast}",
        partition=code(PARTITION, row["Split_Set"], "Split_Set", path),
    )


def _share(rating: str, path: Path) -> float:
    """1 to 7 becomes 0 to 1."""
    share = (float(rating) - 1.0) / 6.0
    if not 0.0 <= share <= 1.0:
        raise DataError(f"{path}: rating {rating} is not on msp_podcast's scale of 1 to 7")
    return round(share, 4)
