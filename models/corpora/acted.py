"""Acted corpora whose file names say everything: RAVDESS, EmoDB, CREMA-D, TESS and SAVEE; nEMO, which has a table.

The codes are those of the corpora's own documentation. Copies on the net often hold the whole set twice, one inside the
other: of two files with the same code the first is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tonewatch.models.corpora.clip import Clip
from tonewatch.models.corpora.files import audio_files, code, make_clip, refuse_missing, sound_of, table
from tonewatch.stream.errors import DataError

# modality (03 sound only) - channel (01 speech, 02 song) - emotion - intensity - statement - repetition - actor
RAVDESS_NAME = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")
RAVDESS_EMOTION = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
RAVDESS_TEXT = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}

# speaker, text, emotion (the first letter of its German name), version
EMODB_NAME = re.compile(r"(\d\d)([ab]\d\d)([A-Z])([a-z]?)")
EMODB_EMOTION = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
EMODB_GENDER = dict.fromkeys(("03", "10", "11", "12", "15"), "male") | dict.fromkeys(
    ("08", "09", "13", "14", "16"), "female"
)
EMODB_TEXT = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}

# actor _ sentence _ emotion _ intensity (one published name has X for XX)
CREMA_D_NAME = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{1,2})")
CREMA_D_EMOTION = {"ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
CREMA_D_TEXT = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}

# actress (older, younger; one published name has OA for OAF) _ word _ emotion
TESS_NAME = re.compile(r"(OAF|YAF|OA)_([A-Za-z']+)_([a-z]+)")
TESS_SPEAKER = {"OAF": "OAF", "OA": "OAF", "YAF": "YAF"}
TESS_EMOTION = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "pleasant surprise",
    "sad": "sad",
}

# speaker, in the file's name or its folder's; emotion, sentence
SAVEE_NAME = re.compile(r"(?:(DC|JE|JK|KL)_)?([a-z]{1,2})(\d\d)")
SAVEE_SPEAKERS = ("DC", "JE", "JK", "KL")
SAVEE_EMOTION = {
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
    "sa": "sadness",
    "su": "surprise",
}


def read_ravdess(folder: Path) -> list[Clip]:
    """Spoken clips only: songs and the sound of videos are passed over."""
    return _read(folder, "ravdess", RAVDESS_NAME, _ravdess)


def read_emodb(folder: Path) -> list[Clip]:
    return _read(folder, "emodb", EMODB_NAME, _emodb)


def read_crema_d(folder: Path) -> list[Clip]:
    """The intended emotion, not the raters'; gender from VideoDemographics.csv where it lies in or above the folder."""
    demographics = next((path for path in (folder, folder.parent) if (path / "VideoDemographics.csv").is_file()), None)
    sex: dict[str, str] = {}
    if demographics is not None:
        rows = table(demographics / "VideoDemographics.csv", columns=("ActorID", "Sex"))
        sex = {row["ActorID"]: row["Sex"].lower() for row in rows}
    return _read(folder, "crema_d", CREMA_D_NAME, lambda path, found: _crema_d(path, found, sex))


def read_tess(folder: Path) -> list[Clip]:
    return _read(folder, "tess", TESS_NAME, _tess)


def read_savee(folder: Path) -> list[Clip]:
    return _read(folder, "savee", SAVEE_NAME, _savee)


def read_nemo(folder: Path) -> list[Clip]:
    """The owners' repository: `data.tsv` beside `samples/`."""
    listed = folder / "data.tsv"
    rows = table(listed, "\t", ("file_id", "emotion", "raw_text", "speaker_id", "gender"))
    clips, missing = [], []
    for row in rows:
        path = sound_of(folder / "samples", Path(row["file_id"]).stem)
        if path is None:
            missing.append(row["file_id"])
            continue
        clips.append(
            make_clip(
                "nemo",
                path,
                speaker=row["speaker_id"],
                emotion=row["emotion"],
                language="pl",
                gender=row["gender"],
                text=row["raw_text"],
            )
        )
    refuse_missing("nemo", missing)
    return clips


def _read(
    folder: Path, corpus: str, name: re.Pattern[str], clip: Callable[[Path, re.Match[str]], Clip | None]
) -> list[Clip]:
    return [made for path, found in _named(folder, corpus, name) if (made := clip(path, found)) is not None]


def _named(folder: Path, corpus: str, name: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
    seen: set[tuple[str, str]] = set()
    for path in audio_files(folder):
        found = name.fullmatch(path.stem)
        if found is None:
            raise DataError(f"{path} is not named as a file of {corpus}: take it out of the folder")
        key = (path.parent.name if corpus == "savee" else "", path.stem)
        if key not in seen:
            seen.add(key)
            yield path, found


def _ravdess(path: Path, found: re.Match[str]) -> Clip | None:
    modality, channel, emotion, _, statement, _, actor = found.groups()
    if modality != "03" or channel != "01":
        return None
    return make_clip(
        "ravdess",
        path,
        speaker=actor,
        emotion=code(RAVDESS_EMOTION, emotion, "emotion", path),
        language="en",
        gender="male" if int(actor) % 2 else "female",
        text=code(RAVDESS_TEXT, statement, "statement", path),
    )


def _emodb(path: Path, found: re.Match[str]) -> Clip:
    speaker, text, emotion, _ = found.groups()
    return make_clip(
        "emodb",
        path,
        speaker=speaker,
        emotion=code(EMODB_EMOTION, emotion, "emotion", path),
        language="de",
        gender=code(EMODB_GENDER, speaker, "speaker", path),
        text=code(EMODB_TEXT, text, "text", path),
    )


def _crema_d(path: Path, found: re.Match[str], sex: dict[str, str]) -> Clip:
    actor, sentence, emotion, _ = found.groups()
    return make_clip(
        "crema_d",
        path,
        speaker=actor,
        emotion=code(CREMA_D_EMOTION, emotion, "emotion", path),
        language="en",
        gender=sex.get(actor, ""),
        text=code(CREMA_D_TEXT, sentence, "sentence", path),
    )


def _tess(path: Path, found: re.Match[str]) -> Clip:
    actress, word, emotion = found.groups()
    return make_clip(
        "tess",
        path,
        speaker=TESS_SPEAKER[actress],
        emotion=code(TESS_EMOTION, emotion, "emotion", path),
        language="en",
        gender="female",
        text=f"Say the word {word}",
    )


def _savee(path: Path, found: re.Match[str]) -> Clip:
    named, emotion, _ = found.groups()
    speaker = named or path.parent.name
    if speaker not in SAVEE_SPEAKERS:
        raise DataError(
            f"{path}: neither the file nor its folder names a speaker of savee ({', '.join(SAVEE_SPEAKERS)})"
        )
    emotion_word = code(SAVEE_EMOTION, emotion, "emotion", path)
    return make_clip("savee", path, speaker=speaker, emotion=emotion_word, language="en", gender="male")
