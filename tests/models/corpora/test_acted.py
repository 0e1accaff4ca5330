from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tonewatch.models.corpora import Clip, read_corpus, read_manifest
from tonewatch.models.corpora.acted import (
    read_crema_d,
    read_emodb,
    read_nemo,
    read_ravdess,
    read_savee,
    read_tess,
)
from tonewatch.stream.errors import DataError

Sounds = Callable[..., Path]
Text = Callable[..., None]


def test_ravdess_says_speaker_gender_emotion_and_sentence(sounds: Sounds) -> None:
    folder = sounds("Actor_01/03-01-05-02-01-01-01.wav", "Actor_12/03-01-02-01-02-02-12.wav")
    angry, calm = read_ravdess(folder)
    assert (angry.speaker, angry.gender, angry.emotion4, angry.emotion8) == ("ravdess_01", "male", "angry", "angry")
    assert (calm.speaker, calm.gender, calm.emotion4, calm.emotion8) == ("ravdess_12", "female", "", "calm")
    assert (angry.text, calm.text) == ("Kids are talking by the door", "Dogs are sitting by the door")
    assert (angry.duration_s, angry.language, angry.commercial) == (0.1, "en", False)


def test_songs_and_the_sound_of_videos_are_not_speech_of_ravdess(sounds: Sounds) -> None:
    folder = sounds("03-02-05-02-01-01-01.wav", "01-01-05-02-01-01-01.wav", "03-01-05-02-01-01-01.wav")
    assert [clip.path.stem for clip in read_ravdess(folder)] == ["03-01-05-02-01-01-01"]


def test_a_copy_of_the_set_inside_the_set_is_read_once(sounds: Sounds) -> None:
    folder = sounds("Actor_01/03-01-05-02-01-01-01.wav", "all/Actor_01/03-01-05-02-01-01-01.wav", "._03-01.wav")
    assert len(read_ravdess(folder)) == 1


def test_a_code_that_nobody_published_is_an_error_with_file_and_code(sounds: Sounds) -> None:
    with pytest.raises(DataError, match=r"03-01-09-02-01-01-01\.wav: emotion '09' is unknown; known are 01"):
        read_ravdess(sounds("03-01-09-02-01-01-01.wav"))


def test_a_file_of_another_name_is_refused(sounds: Sounds) -> None:
    with pytest.raises(DataError, match=r"note\.wav is not named as a file of emodb"):
        read_emodb(sounds("wav/03a01Fa.wav", "wav/note.wav"))


def test_emodb_says_speaker_gender_emotion_and_text(sounds: Sounds) -> None:
    happy, bored = read_emodb(sounds("wav/03a01Fa.wav", "wav/08b10Lb.wav"))
    assert (happy.speaker, happy.gender, happy.emotion, happy.emotion4) == ("emodb_03", "male", "happiness", "happy")
    assert happy.text == "Der Lappen liegt auf dem Eisschrank."
    assert (bored.gender, bored.emotion, bored.emotion4, bored.emotion8) == ("female", "boredom", "", "")
    assert (happy.licence, happy.commercial) == ("CC BY 4.0", True)


def test_nemo_is_read_from_its_table(sounds: Sounds, text: Text) -> None:
    folder = sounds("samples/WR0_surprised_64.wav")
    header = "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
    row = 'WR0_surprised_64.wav\tsurprised\tUcho „wykrywa" dźwięki.\tucho\t        WR0\tmale\t23\n'
    text("data.tsv", header + row)
    (clip,) = read_nemo(folder)
    assert (clip.speaker, clip.gender, clip.language) == ("nemo_WR0", "male", "pl")
    assert (clip.emotion4, clip.emotion8, clip.text) == ("", "surprised", 'Ucho „wykrywa" dźwięki.')


def test_a_listed_clip_without_audio_is_an_error_that_counts(sounds: Sounds, text: Text) -> None:
    header = "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
    text("data.tsv", header + "A_anger_1.wav\tanger\t\t\tA\tmale\t1\nB_anger_1.wav\tanger\t\t\tB\tmale\t1\n")
    with pytest.raises(DataError, match=r"nemo lists 1 clips whose audio is not there, first B_anger_1\.wav"):
        read_nemo(sounds("samples/A_anger_1.wav"))


def test_crema_d_takes_gender_from_its_table_and_the_odd_intensity(sounds: Sounds, text: Text) -> None:
    folder = sounds("AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1040_ITH_SAD_X.wav")
    text("VideoDemographics.csv", "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n")
    angry, sad = read_crema_d(folder)
    assert (angry.speaker, angry.gender, angry.emotion4) == ("crema_d_1001", "male", "angry")
    assert (sad.gender, sad.emotion4, sad.text) == ("", "sad", "I think I have a doctor's appointment.")
    assert read_crema_d(folder / "AudioWAV") == [angry, sad]


def test_tess_knows_both_actresses_and_the_one_misspelt_name(sounds: Sounds) -> None:
    folder = sounds("OAF_neutral/OA_bite_neutral.wav", "OAF_ps/OAF_back_ps.wav", "YAF_fear/YAF_back_fear.wav")
    bite, surprise, fear = read_tess(folder)
    assert [clip.speaker for clip in (bite, surprise, fear)] == ["tess_OAF", "tess_OAF", "tess_YAF"]
    assert (bite.emotion4, bite.text) == ("neutral", "Say the word bite")
    assert (surprise.emotion, surprise.emotion8, fear.emotion8) == ("pleasant surprise", "surprised", "fearful")


def test_savee_takes_the_speaker_from_the_folder_or_the_name(sounds: Sounds) -> None:
    folder = sounds("AudioData/DC/sa01.wav", "AudioData/JE/sa01.wav", "ALL/KL_su03.wav")
    surprised, first, second = read_savee(folder)
    assert [clip.speaker for clip in (surprised, first, second)] == ["savee_KL", "savee_DC", "savee_JE"]
    assert [clip.emotion8 for clip in (surprised, first, second)] == ["surprised", "sad", "sad"]


def test_savee_without_a_speaker_is_refused(sounds: Sounds) -> None:
    with pytest.raises(DataError, match="names a speaker of savee"):
        read_savee(sounds("mixed/a01.wav"))


@pytest.mark.parametrize(("corpus", "read"), [("ravdess", read_ravdess), ("emodb", read_emodb)])
def test_the_names_of_the_shared_recordings_say_what_their_manifest_says(
    data_dir: Path, corpus: str, read: Callable[[Path], list[Clip]]
) -> None:
    listed = {clip.path.name: clip for clip in read_manifest(data_dir / corpus / "manifest.csv")}
    assert len(read(data_dir / corpus)) == len(listed)
    for clip in read(data_dir / corpus):
        said = listed[clip.path.name]
        assert replace(clip, duration_s=said.duration_s, cut=said.cut) == said


def test_a_shared_folder_is_read_by_its_manifest(data_dir: Path) -> None:
    assert {clip.corpus for clip in read_corpus(data_dir / "nemo")} == {"nemo"}
