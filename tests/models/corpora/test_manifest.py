from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.models import corpora
from tonewatch.stream.errors import AudioFileError, DependencyError

HEADER = "path,corpus,speaker,gender,emotion,emotion4,language,text,duration_s\n"


def clip(speaker: str, corpus: str = "made", emotion4: str = "angry") -> corpora.Clip:
    return corpora.Clip(Path("x.flac"), corpus, speaker, "female", "anger", emotion4, "en", "", 1.0)


def manifest(folder: Path, *rows: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "manifest.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_a_manifest_becomes_clips_with_paths_beside_it(tmp_path: Path) -> None:
    path = manifest(tmp_path, 'audio/a.flac,made,made_1,male,anger,angry,de,"Ja, gut.",1.5')
    (read,) = corpora.read_manifest(path)
    assert read.path == tmp_path / "audio/a.flac"
    assert (read.speaker, read.text, read.duration_s, read.label) == ("made_1", "Ja, gut.", 1.5, 0)


def test_calm_and_other_emotions_outside_the_four_are_left_out(tmp_path: Path) -> None:
    manifest(tmp_path / "one", "a,one,s,male,calm,,en,,1", "b,one,s,male,sad,sad,en,,1")
    manifest(tmp_path / "two", "c,two,t,male,boredom,,de,,2", "d,two,t,male,neutral,neutral,de,,1")
    read = corpora.read_corpora(tmp_path, ["one", "two"])
    assert [one.emotion4 for one in read] == ["sad", "neutral"]


def test_a_manifest_without_emotion4_is_read_by_the_label_map(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    columns = HEADER.replace("emotion4,", "")
    path.write_text(columns + "a,x,s,male,happiness,en,,1\nb,x,s,male,calm,en,,1\n", encoding="utf-8")
    assert [one.emotion4 for one in corpora.read_manifest(path)] == ["happy", ""]


@pytest.mark.parametrize("row", ["a,x,s,male,rage,furious,en,,1", "a,x,s,male,anger,angry,en,,long"])
def test_a_wrong_manifest_is_named(tmp_path: Path, row: str) -> None:
    with pytest.raises(DependencyError, match=r"manifest\.csv is not a manifest"):
        corpora.read_manifest(manifest(tmp_path, row))


def test_a_missing_manifest_and_a_missing_folder_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DependencyError, match="cannot read the manifest"):
        corpora.read_manifest(tmp_path / "manifest.csv")
    monkeypatch.delenv("TONEWATCH_DATA", raising=False)
    with pytest.raises(DependencyError, match="TONEWATCH_DATA"):
        corpora.data_root()


def test_the_environment_names_the_data_unless_an_argument_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONEWATCH_DATA", str(tmp_path))
    assert corpora.data_root() == tmp_path
    (tmp_path / "other").mkdir()
    assert corpora.data_root(tmp_path / "other") == tmp_path / "other"


def test_samples_come_at_sixteen_kilohertz_from_the_first_channel(tmp_path: Path) -> None:
    stereo = np.stack([np.full(8000, 0.5), np.zeros(8000)], axis=1)
    soundfile.write(tmp_path / "a.wav", stereo, 8000)
    samples = corpora.load_samples(tmp_path / "a.wav")
    assert samples.shape == (16_000,)
    assert samples.dtype == np.dtype(np.float32)
    assert samples[8000] == pytest.approx(0.5, abs=0.01)


def test_what_is_no_audio_or_holds_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.flac").write_text("words")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16_000)
    for name in ("text.flac", "empty.wav"):
        with pytest.raises(AudioFileError, match=name):
            corpora.load_samples(tmp_path / name)


def test_folds_keep_a_speaker_whole_and_spread_every_corpus() -> None:
    clips = [clip(f"{corpus}_{i}", corpus) for corpus in ("one", "two") for i in range(6) for _ in range(3)]
    folds = corpora.speaker_folds(clips, 3, seed=0)
    assert sorted(speaker for fold in folds for speaker in fold) == sorted({c.speaker for c in clips})
    assert all(sum(speaker.startswith(corpus) for speaker in fold) == 2 for fold in folds for corpus in ("one", "two"))
    assert folds == corpora.speaker_folds(clips, 3, seed=0)


def test_a_corpus_can_be_kept_aside_as_a_whole() -> None:
    clips = [clip(f"{corpus}_{i}", corpus) for corpus in ("one", "two") for i in range(2)]
    aside = corpora.folds(clips, corpora.Split.CORPUS, 5, seed=0)
    assert aside == [["one_0", "one_1"], ["two_0", "two_1"]]


def test_the_shared_recordings_hold_what_is_trained_on(data_dir: Path) -> None:
    clips = corpora.read_corpora(data_dir)
    assert {one.corpus for one in clips} == set(corpora.CORPORA)
    assert {one.emotion4 for one in clips} == set(corpora.EMOTIONS)
    assert all(one.emotion not in ("calm", "boredom", "fear", "disgust") for one in clips)
