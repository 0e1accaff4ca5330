from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.models.corpora import Clip, labelled, labelled8, read_manifest


def clip(emotion8: str, duration_s: float = 2.0, cut: bool = False, corpus: str = "emodb") -> Clip:
    four = emotion8 if emotion8 in ("angry", "sad") else ""
    return Clip(Path("x.flac"), corpus, "s", "", "word", four, "de", "", duration_s, emotion8, cut=cut)


def test_a_label_is_an_index_and_its_absence_an_error() -> None:
    assert (clip("sad").label, clip("sad").label8, clip("fearful").label8) == (3, 3, 5)
    with pytest.raises(ValueError, match="not in"):
        _ = clip("fearful").label


def test_eight_emotions_leave_out_clips_whose_length_tells_their_label() -> None:
    clips = [clip("angry", 3.1), clip("fearful", cut=True), clip(""), clip("disgust", 3.0, corpus="other")]
    assert [one.emotion8 for one in labelled8(clips)] == ["angry", "disgust"]
    assert [one.emotion4 for one in labelled(clips)] == ["angry"]


def test_or_all_clips_of_that_corpus_are_cut_to_the_same_length() -> None:
    clips = [clip("angry", 3.1), clip("fearful", cut=True), clip("disgust", 3.0, corpus="other")]
    assert [(one.emotion8, one.head_s) for one in labelled8(clips, head_s=2.0)] == [
        ("angry", 2.0),
        ("fearful", 2.0),
        ("disgust", None),
    ]
    with pytest.raises(ValueError, match=r"longer than a cut clip of 2\.0 s"):
        labelled8(clips, head_s=2.5)


def test_the_shared_emodb_gives_fear_and_disgust_only_when_all_clips_are_cut(data_dir: Path) -> None:
    clips = read_manifest(data_dir / "emodb" / "manifest.csv")
    assert {one.emotion8 for one in labelled8(clips)} == {"angry", "happy", "neutral", "sad"}
    cut = labelled8(clips, head_s=2.0)
    assert {one.emotion8 for one in cut} == {"angry", "happy", "neutral", "sad", "fearful", "disgust"}
    assert {one.head_s for one in cut} == {2.0}
