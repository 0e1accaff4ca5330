from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models.corpora.files import audio_files, code, make_clip, refuse_missing, sound_of, table
from tonewatch.stream.errors import DataError, DependencyError

Sounds = Callable[..., Path]
Text = Callable[..., None]


def test_audio_is_found_at_any_depth_sorted_and_without_hidden_files(sounds: Sounds) -> None:
    folder = sounds("b/c.wav", "a.flac", "b/._c.wav")
    assert [path.relative_to(folder).as_posix() for path in audio_files(folder)] == ["a.flac", "b/c.wav"]


def test_audio_goes_before_video(sounds: Sounds, text: Text) -> None:
    folder = sounds("one.wav")
    text("one.mp4", "a video")
    text("two.mp4", "a video")
    found = [sound_of(folder, stem) for stem in ("one", "two", "three")]
    assert [path and path.name for path in found] == ["one.wav", "two.mp4", None]


def test_a_table_is_read_without_spaces_and_a_missing_column_is_named(text: Text, tmp_path: Path) -> None:
    text("t.csv", "a,b\n 1 , 2\n", "utf-8-sig")
    assert table(tmp_path / "t.csv", columns=("a", "b")) == [{"a": "1", "b": "2"}]
    with pytest.raises(DataError, match=r"t\.csv lacks the column c: it needs a, c"):
        table(tmp_path / "t.csv", columns=("a", "c"))
    with pytest.raises(DependencyError, match=r"gone\.csv"):
        table(tmp_path / "gone.csv")


def test_a_clip_has_its_labels_licence_and_length(sounds: Sounds) -> None:
    path = sounds("x.wav") / "x.wav"
    clip = make_clip("iemocap", path, speaker="7", emotion="exc", language="en")
    assert (clip.speaker, clip.emotion4, clip.emotion8) == ("iemocap_7", "happy", "happy")
    assert (clip.duration_s, clip.commercial) == (0.1, False)
    assert make_clip("iemocap", path, speaker="7", emotion="exc", language="en", duration_s=4.5).duration_s == 4.5


def test_an_unknown_code_and_missing_audio_are_errors_that_name_the_first(tmp_path: Path) -> None:
    assert code({"W": "anger"}, "W", "emotion", tmp_path) == "anger"
    with pytest.raises(DataError, match="emotion 'X' is unknown; known are W"):
        code({"W": "anger"}, "X", "emotion", tmp_path)
    refuse_missing("made", [])
    with pytest.raises(DataError, match="made lists 2 clips whose audio is not there, first a"):
        refuse_missing("made", ["a", "b"])
