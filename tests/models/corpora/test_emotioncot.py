from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models.corpora.emotioncot import read_annotations, read_emotioncot, source_of
from tonewatch.stream.errors import DataError

Sounds = Callable[..., Path]
Text = Callable[..., None]

RECORD = {
    "audio_path": "audio/Ses05F_impro02_M001.wav",
    "transcription": "I told you twice.",
    "emotion": "Angry",
    "gender": "Male",
    "age_level": "Young Adult",
    "pitch_level": "high",
    "energy_level": "high",
    "speed_level": "fast",
    "intonation": "falling",
    "stressed_words": ["told", "twice"],
    "cot_analysis": "A fast, loud voice ...",
}


def test_a_record_becomes_an_annotation_with_its_classes_and_its_reason(text: Text, tmp_path: Path) -> None:
    text("emotioncot.jsonl", json.dumps(RECORD) + "\n\n")
    (one,) = read_annotations(tmp_path)
    assert (one.emotion, one.gender, one.text) == ("angry", "male", "I told you twice.")
    assert (one.pitch_level, one.energy_level, one.speed_level, one.intonation) == ("high", "high", "fast", "falling")
    assert (one.stressed_words, one.reason) == (("told", "twice"), "A fast, loud voice ...")


def test_the_older_field_names_and_absent_measurements_are_read_too(text: Text, tmp_path: Path) -> None:
    record = {"audio_path": "a.wav", "gt": "fear", "text": "No.", "stress": "no, way", "pitch_level": None}
    text("old.jsonl", json.dumps(record))
    (one,) = read_annotations(tmp_path)
    assert (one.emotion, one.text, one.stressed_words, one.pitch_level) == ("fear", "No.", ("no", "way"), "")


def test_a_clip_keeps_the_corpus_and_the_speaker_it_comes_from(sounds: Sounds, text: Text) -> None:
    folder = sounds("audio/Ses05F_impro02_M001.wav")
    text("annotations/iemocap.jsonl", json.dumps(RECORD))
    (clip,) = read_emotioncot(folder / "annotations")
    assert (clip.corpus, clip.speaker, clip.emotion4) == ("iemocap", "iemocap_Ses05M", "angry")
    assert clip.licence == "USC release form, research use"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("MSP-PODCAST_0153_0042.wav", ("msp_podcast", "podcast0153")),
        ("train_splits/dia12_utt3.wav", ("meld", "unknown")),
        ("ex02_confused_00012.wav", ("expresso", "ex02")),
        ("p017/emo_anger_sentences.wav", ("ears", "p017")),
        ("other.wav", ("emotioncot", "unknown")),
    ],
)
def test_the_source_is_told_by_the_name_of_the_file(path: str, source: tuple[str, str]) -> None:
    assert source_of(Path(path)) == source


@pytest.mark.parametrize("emotion", ["whisper", "confused", "contempt or disgust"])
def test_labels_without_a_place_among_ours_are_kept_without_one(sounds: Sounds, text: Text, emotion: str) -> None:
    folder = sounds("a.wav")
    text("a.jsonl", json.dumps({"audio_path": "a.wav", "emotion": emotion}))
    (clip,) = read_emotioncot(folder)
    assert (clip.emotion, clip.emotion4, clip.emotion8) == (emotion, "", "")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", r"a\.jsonl, line 1 is not JSON"),
        ("[]", r"a\.jsonl, line 1 is not a JSON object"),
        ('{"emotion": "sad"}', r"a\.jsonl, line 1 has none of audio_path"),
        ('{"audio_path": "a.wav"}', r"a\.jsonl, line 1 has none of emotion"),
        ('{"audio_path": "a.wav", "emotion": "smug"}', r"a\.wav: label 'smug' is unknown in emotioncot"),
        (
            '{"audio_path": "b.wav", "emotion": "sad"}',
            r"emotioncot lists 1 clips whose audio is not there, first b\.wav",
        ),
    ],
)
def test_a_wrong_record_is_named(sounds: Sounds, text: Text, line: str, complaint: str) -> None:
    folder = sounds("a.wav")
    text("a.jsonl", line + "\n")
    with pytest.raises(DataError, match=complaint):
        read_emotioncot(folder)
