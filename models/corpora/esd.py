"""ESD as released: a folder a speaker (0001 to 0010 Chinese, 0011 to 0020 English) with a transcript and five emotions.

The clips of an emotion lie in its folder, or in `train/`, `evaluation/` and `test/` under it. The transcripts come in
four encodings and some of their lines are damaged; a text that cannot be read is left empty, the label is the folder's.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.files import audio_files, make_clip
from tonewatch.stream.errors import DataError

NAME = re.compile(r"(00(?:0[1-9]|1\d|20))_(\d{6})")
EMOTIONS = ("Angry", "Happy", "Neutral", "Sad", "Surprise")
PARTITION = {"train": "train", "evaluation": "dev", "test": "test"}
# From the ReadMe of the release.
MEN = ("0004", "0005", "0006", "0008", "0010", "0011", "0012", "0013", "0014", "0020")
_LAST_CHINESE = "0010"


def speakers(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.glob("00[012][0-9]") if any((path / emotion).is_dir() for emotion in EMOTIONS)
    )


def read_esd(folder: Path) -> list[Clip]:
    clips = []
    for speaker in speakers(folder):
        spoken = transcript(speaker / f"{speaker.name}.txt", speaker.name <= _LAST_CHINESE)
        clips += [_clip(speaker, path, spoken) for path in audio_files(speaker)]
    return clips


def transcript(path: Path, chinese: bool) -> dict[str, str]:
    """Text of each clip by its name; empty when there is no file."""
    if not path.is_file():
        return {}
    content = path.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            # Neither UTF-16 nor UTF-8: the encoding of the speaker's language on Windows.
            text = content.decode("gb18030" if chinese else "cp1252", errors="replace")
    lines = (line.split("\t") for line in text.splitlines())
    return {parts[0].strip(): parts[1].strip() for parts in lines if len(parts) == 3}


def _clip(speaker: Path, path: Path, spoken: dict[str, str]) -> Clip:
    within = path.relative_to(speaker).parts
    found = NAME.fullmatch(path.stem)
    if found is None or found[1] != speaker.name or within[0] not in EMOTIONS:
        raise DataError(f"{path} is not placed as a file of esd: {speaker.name}/Angry/{speaker.name}_000351.wav")
    return make_clip(
        "esd",
        path,
        speaker=speaker.name,
        emotion=within[0].lower(),
        language="zh" if speaker.name <= _LAST_CHINESE else "en",
        gender="male" if speaker.name in MEN else "female",
        text=spoken.get(path.stem, ""),
        partition=PARTITION.get(within[1], "") if len(within) > 2 else "",
    )
