"""EmotionCoT annotations: JSON Lines with emotion, prosody classes and a written reason, for audio of other corpora.

Field names are those of the published pipeline (Wang et al. 2026, arXiv 2601.15668) and of the older ones that it reads
too. The audio is not part of it: it is looked for at `audio_path` under the folder of the annotations and under the one
above. A clip keeps the corpus it comes from, known from its file's name, so that no voice gets a second name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tonewatch.models.corpora import iemocap, msp_podcast
from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.files import make_clip, refuse_missing
from tonewatch.stream.errors import DataError, DependencyError

AUDIO_PATH = ("audio_path",)
EMOTION = ("emotion", "gt", "groundtruth_emotion", "label")
TEXT = ("transcription", "text", "transcript")
SEX = ("gender", "gender_new", "speaker_gender")
AGE = ("age_level", "age_group", "speaker_age")
STRESS = ("stressed_words", "stress", "stress_words")
CONTOUR = ("intonation", "intonation_contour", "contour_shape")
REASON = ("cot_analysis", "reasoning")
GENDER = {"male": "male", "female": "female"}

_MELD = re.compile(r"dia\d+_utt\d+")
_EXPRESSO = re.compile(r"(ex\d\d)(?:-ex\d\d)?_\w+")
_EARS = re.compile(r"p\d{3}")


@dataclass(frozen=True)
class Annotation:
    """One record. Classes are the release's words (low, normal, high; slow, normal, fast), empty where it has none."""

    where: str
    audio_path: str
    emotion: str
    text: str
    gender: str
    age_level: str
    pitch_level: str
    energy_level: str
    speed_level: str
    intonation: str
    stressed_words: tuple[str, ...]
    reason: str


def annotation_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*.jsonl") if not path.name.endswith(".errors.jsonl"))


def read_annotations(folder: Path) -> list[Annotation]:
    """Records of every `.jsonl` file of a folder; DataError names the file and line of one without path or emotion."""
    return [_annotation(where, record) for path in annotation_files(folder) for where, record in _records(path)]


def read_emotioncot(folder: Path) -> list[Clip]:
    clips, missing = [], []
    for one in read_annotations(folder):
        path = next((path for root in (folder, folder.parent) if (path := root / one.audio_path).is_file()), None)
        if path is None:
            missing.append(one.audio_path)
        else:
            clips.append(_clip(path, one))
    refuse_missing("emotioncot", missing)
    return clips


def source_of(path: Path) -> tuple[str, str]:
    """Corpus and speaker by a file's name; speaker `unknown` where the name has none."""
    if who := iemocap.speaker_of(path.stem):
        return "iemocap", who[0]
    if podcast := msp_podcast.speaker_of(path.stem):
        return "msp_podcast", podcast
    if _MELD.fullmatch(path.stem):
        return "meld", "unknown"
    if found := _EXPRESSO.fullmatch(path.stem):
        return "expresso", found[1]
    if _EARS.fullmatch(path.parent.name):
        return "ears", path.parent.name
    return "emotioncot", "unknown"


def _clip(path: Path, one: Annotation) -> Clip:
    corpus, speaker = source_of(path)
    return make_clip(
        corpus,
        path,
        speaker=speaker,
        emotion=one.emotion,
        language="en",
        gender=one.gender,
        text=one.text,
        words_of="emotioncot",
    )


def _records(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DependencyError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{where} is not JSON: {error.msg}") from error
        if not isinstance(record, dict):
            raise DataError(f"{where} is not a JSON object")
        yield where, record


def _annotation(where: str, record: Mapping[str, object]) -> Annotation:
    def word(*names: str) -> str:
        value = next((record[name] for name in names if record.get(name)), "")
        return str(value).strip()

    need = _needed(where, word)
    return Annotation(
        where=where,
        audio_path=need(AUDIO_PATH),
        emotion=need(EMOTION).lower(),
        text=word(*TEXT),
        gender=GENDER.get(word(*SEX).lower(), ""),
        age_level=word(*AGE),
        pitch_level=word("pitch_level"),
        energy_level=word("energy_level"),
        speed_level=word("speed_level"),
        intonation=word(*CONTOUR),
        stressed_words=_words(next((record[name] for name in STRESS if record.get(name)), ())),
        reason=word(*REASON),
    )


def _needed(where: str, word: Callable[..., str]) -> Callable[[tuple[str, ...]], str]:
    def need(names: tuple[str, ...]) -> str:
        value = word(*names)
        if not value:
            raise DataError(f"{where} has none of {', '.join(names)}")
        return value

    return need


def _words(value: object) -> tuple[str, ...]:
    """A list of words, or one text with commas between them."""
    parts = value if isinstance(value, list | tuple) else str(value).split(",")
    return tuple(word for part in parts if (word := str(part).strip()))
