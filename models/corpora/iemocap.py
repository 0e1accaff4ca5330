"""IEMOCAP as released: Session1 to Session5, each with `sentences/wav` and `dialog/EmoEvaluation`.

An utterance is named Ses01F_impro01_M003: session 1, the woman wears the markers, the man speaks. The speaker is the
session and the last letter; the first letter says nothing about who speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.files import make_clip, refuse_missing, sound_of
from tonewatch.stream.errors import DataError

# [start - end] utterance label [valence, activation, dominance], the means over the raters on a scale of 1 to 5
LINE = re.compile(r"\[[\d.]+ - [\d.]+\]\t(\S+)\t(\w+)\t\[([\d.]+), ([\d.]+), ([\d.]+)\]")
UTTERANCE = re.compile(r"Ses0(\d)[FM]_(?:impro|script)\w+_([FM])\w+")
SPOKEN = re.compile(r"(\S+) \[[\d.]+-[\d.]+\]: (.*)")
GENDER = {"F": "female", "M": "male"}


def sessions(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("Session[1-5]") if (path / "dialog" / "EmoEvaluation").is_dir())


def speaker_of(utterance: str) -> tuple[str, str] | None:
    """Speaker, as `Ses01M`, and gender of an utterance's name; None for any other name."""
    found = UTTERANCE.fullmatch(utterance)
    return None if found is None else (f"Ses0{found[1]}{found[2]}", GENDER[found[2]])


def read_iemocap(folder: Path) -> list[Clip]:
    clips, missing = [], []
    for session in sessions(folder):
        for clip in _session(session):
            if isinstance(clip, Clip):
                clips.append(clip)
            else:
                missing.append(clip)
    refuse_missing("iemocap", missing)
    return clips


def _session(session: Path) -> Iterator[Clip | str]:
    for judged in sorted((session / "dialog" / "EmoEvaluation").glob("[!.]*.txt")):
        spoken = _transcript(session / "dialog" / "transcriptions" / judged.name)
        for line in judged.read_text(encoding="utf-8", errors="replace").splitlines():
            if found := LINE.match(line):
                yield _clip(session, judged, found, spoken)


def _clip(session: Path, judged: Path, found: re.Match[str], spoken: dict[str, str]) -> Clip | str:
    utterance, label, valence, activation, _ = found.groups()
    who = speaker_of(utterance)
    if who is None:
        raise DataError(f"{judged}: {utterance} does not name a speaker as iemocap does")
    path = sound_of(session / "sentences" / "wav" / judged.stem, utterance)
    if path is None:
        return utterance
    return make_clip(
        "iemocap",
        path,
        speaker=who[0],
        emotion=label,
        language="en",
        gender=who[1],
        text=spoken.get(utterance, ""),
        arousal=_share(activation),
        valence=_share(valence),
        dialogue=f"iemocap_{judged.stem}",
        partition=session.name,
    )


def _share(rating: str) -> float:
    """1 to 5 becomes 0 to 1; a few means in the release lie above 5."""
    return round(min(max((float(rating) - 1.0) / 4.0, 0.0), 1.0), 4)


def _transcript(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {found[1]: found[2].strip() for line in lines if (found := SPOKEN.match(line))}
