from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models import corpora
from tonewatch.stream.errors import DataError, DependencyError

HEADER = "path,corpus,speaker,gender,emotion,emotion4,language,text,duration_s\n"


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


def test_only_path_speaker_and_a_label_are_needed(sounds: Callable[..., Path]) -> None:
    folder = sounds("calls/a.wav")
    (folder / "calls/manifest.csv").write_text("path,speaker,emotion\na.wav,anna,surprised\n", encoding="utf-8-sig")
    (read,) = corpora.read_manifest(folder / "calls/manifest.csv")
    assert (read.corpus, read.speaker, read.duration_s) == ("calls", "anna", 0.1)
    assert (read.emotion4, read.emotion8, read.arousal, read.commercial) == ("", "surprised", None, None)


def test_optional_columns_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    columns = HEADER.replace("\n", ",emotion8,arousal,valence,dialogue,partition,licence,commercial\n")
    row = "a,x,s,male,stern,,en,,1,disgust,0.75,0,call-7,train,our own,yes\n"
    path.write_text(columns + row, encoding="utf-8")
    (read,) = corpora.read_manifest(path)
    assert (read.emotion, read.emotion4, read.emotion8) == ("stern", "", "disgust")
    assert (read.arousal, read.valence, read.dialogue, read.partition) == (0.75, 0.0, "call-7", "train")
    assert (read.licence, read.commercial) == ("our own", True)


def test_the_licence_of_a_known_corpus_is_known(tmp_path: Path) -> None:
    rows = ["a,emodb,s,male,anger,angry,de,,1", "b,ravdess,t,male,angry,angry,en,,1"]
    read = corpora.read_manifest(manifest(tmp_path, *rows))
    assert [one.licence for one in read] == ["CC BY 4.0", "CC BY-NC-SA 4.0"]
    assert [one.corpus for one in corpora.commercially_usable(read)] == ["emodb"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a,x,s,male,rage,furious,en,,1", "emotion4 'furious' is not one of angry, happy, neutral, sad, nor empty"),
        ("a,x,s,male,anger,angry,en,,long", "duration_s 'long' is not a number"),
    ],
)
def test_a_wrong_line_of_a_manifest_is_named(tmp_path: Path, row: str, complaint: str) -> None:
    with pytest.raises(DataError, match=rf"manifest\.csv, line 3 \(a\): {complaint}"):
        corpora.read_manifest(manifest(tmp_path, "b,x,s,male,calm,,en,,1", row))


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("emotion8", "bored", "emotion8 'bored' is not one of neutral, calm"),
        ("arousal", "1.5", r"arousal 1\.5 does not lie in 0 to 1"),
        ("valence", "low", "valence 'low' is not a number"),
        ("commercial", "perhaps", "commercial 'perhaps' is neither yes nor no nor empty"),
        ("emotion", "smug", "label 'smug' is unknown in x"),
    ],
)
def test_a_wrong_value_of_an_optional_column_is_named(tmp_path: Path, column: str, value: str, complaint: str) -> None:
    path = tmp_path / "manifest.csv"
    label = "" if column == "emotion" else ",emotion4"
    path.write_text(f"path,speaker,corpus,duration_s,{column}{label}\na,s,x,1,{value}\n", encoding="utf-8")
    with pytest.raises(DataError, match=complaint):
        corpora.read_manifest(path)


@pytest.mark.parametrize(("header", "lacking"), [("speaker,emotion", "path"), ("path,speaker", "emotion or emotion4")])
def test_a_missing_column_is_named(tmp_path: Path, header: str, lacking: str) -> None:
    (tmp_path / "manifest.csv").write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"is not a manifest: it lacks the column {lacking};"):
        corpora.read_manifest(tmp_path / "manifest.csv")


def test_clips_of_emodb_that_were_cut_to_two_seconds_are_marked_where_all_of_them_were(tmp_path: Path) -> None:
    rows = ["a,emodb,s,male,fear,,de,,2.0", "b,emodb,s,male,boredom,,de,,2", "c,emodb,s,male,anger,angry,de,,2.0"]
    assert [one.cut for one in corpora.read_manifest(manifest(tmp_path / "cut", *rows))] == [True, True, False]
    whole = corpora.read_manifest(manifest(tmp_path / "whole", *rows, "d,emodb,s,male,fear,,de,,1.71"))
    assert not any(one.cut for one in whole)


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


def test_the_shared_recordings_hold_what_is_trained_on(data_dir: Path) -> None:
    clips = corpora.read_corpora(data_dir)
    assert {one.corpus for one in clips} == set(corpora.CORPORA)
    assert {one.emotion4 for one in clips} == set(corpora.EMOTIONS)
    assert all(one.emotion not in ("calm", "boredom", "fear", "disgust") for one in clips)
