"""MELD as released: three tables, and a folder of clips for each.

Dialogue numbers begin anew in every part. The speaker is the part played, by name: six people speak most of the lines
and appear in every part, so the owners' own split holds no voice out; `folds` does. A name that several people share
(a waiter, a man) groups voices that are not one; no voice is in two groups.
"""

from __future__ import annotations

import re
from pathlib import Path

from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.files import AUDIO, make_clip, refuse_missing, sound_of, table
from tonewatch.stream.errors import DataError

PARTS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
GENDER = {
    "Chandler": "male",
    "Joey": "male",
    "Monica": "female",
    "Phoebe": "female",
    "Rachel": "female",
    "Ross": "male",
}
# Known to be broken or absent in the release.
WITHOUT_SOUND = {("train", "dia125_utt3"), ("dev", "dia110_utt7")}
_COLUMNS = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID", "StartTime", "EndTime")
_SEVERAL = re.compile(r"^(all|both|everyone|the \w+s)$| and |[,/&]", re.IGNORECASE)
_TIME = re.compile(r"(\d+):(\d+):(\d+)[,.](\d+)")


def tables(folder: Path) -> dict[str, Path]:
    """Table of each part that is there; its archive may have been unpacked into a folder of its own."""
    candidates = {part: [place / f"{part}_sent_emo.csv" for place in (folder, folder / part)] for part in PARTS}
    return {part: path for part, two in candidates.items() for path in two if path.is_file()}


def read_meld(folder: Path) -> list[Clip]:
    """Sound from WAV or FLAC files beside the videos where they are there, otherwise from the videos."""
    clips, missing = [], []
    for part, listed in tables(folder).items():
        for row in table(listed, columns=_COLUMNS):
            name = f"dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"
            if (part, name) in WITHOUT_SOUND:
                continue
            path = sound_of(folder / PARTS[part], name) or sound_of(folder / part / PARTS[part], name)
            if path is None:
                missing.append(f"{part} {name}")
            else:
                clips.append(_clip(part, path, row))
    refuse_missing("meld", missing)
    return clips


def _clip(part: str, path: Path, row: dict[str, str]) -> Clip:
    speaker = row["Speaker"]
    return make_clip(
        "meld",
        path,
        speaker="several" if _SEVERAL.search(speaker) else re.sub(r"\W+", "_", speaker).strip("_").lower(),
        emotion=row["Emotion"],
        language="en",
        gender=GENDER.get(speaker, ""),
        text=row["Utterance"],
        duration_s=None if path.suffix.lower() in AUDIO else _seconds(path, row),
        dialogue=f"meld_{part}_{row['Dialogue_ID']}",
        partition=part,
    )


def _seconds(path: Path, row: dict[str, str]) -> float:
    """Length of a video by the table: its header would need a library for videos."""
    ends = [_TIME.fullmatch(row[column]) for column in ("StartTime", "EndTime")]
    if ends[0] is None or ends[1] is None:
        raise DataError(f"{path}: StartTime {row['StartTime']!r} or EndTime {row['EndTime']!r} is no time of meld")
    start_s, end_s = (
        int(one[1]) * 3600 + int(one[2]) * 60 + int(one[3]) + float(f"0.{one[4]}") for one in ends if one is not None
    )
    return round(end_s - start_s, 3)
