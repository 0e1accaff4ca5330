from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models.corpora.esd import read_esd, transcript
from tonewatch.stream.errors import DataError

Sounds = Callable[..., Path]
Text = Callable[..., None]


def test_esd_has_chinese_and_english_speakers_with_their_own_texts(sounds: Sounds, text: Text) -> None:
    folder = sounds("0003/Surprise/train/0003_001401.wav", "0011/Angry/0011_000351.wav")
    text("0003/0003.txt", "0003_001401\t打远一看\t惊喜\n", encoding="utf-16")
    text("0011/0011.txt", "0011_000351\tThe nine the eggs, I keep.\tAngry\nbroken line\n")
    chinese, english = read_esd(folder)
    assert (chinese.language, chinese.text, chinese.emotion8, chinese.partition) == (
        "zh",
        "打远一看",
        "surprised",
        "train",
    )
    assert (english.language, english.text, english.emotion4) == ("en", "The nine the eggs, I keep.", "angry")
    assert (chinese.gender, english.gender, english.partition) == ("female", "male", "")


@pytest.mark.parametrize(
    ("encoding", "chinese", "words"),
    [
        ("gb2312", True, "他的确很美丽"),
        ("utf-16", True, "他的确很美丽"),
        ("utf-8", False, "I’d go"),
        ("cp1252", False, "I’d go"),
    ],
)
def test_transcripts_of_esd_come_in_four_encodings(
    text: Text, tmp_path: Path, encoding: str, chinese: bool, words: str
) -> None:
    text("0001.txt", f"0001_000001\t{words}\tNeutral\n", encoding=encoding)
    assert transcript(tmp_path / "0001.txt", chinese) == {"0001_000001": words}


@pytest.mark.parametrize("name", ["0011/Angry/0012_000351.wav", "0011/Bored/0011_000351.wav"])
def test_a_clip_of_esd_in_the_wrong_place_is_refused(sounds: Sounds, name: str) -> None:
    with pytest.raises(DataError, match="is not placed as a file of esd"):
        read_esd(sounds("0011/Angry/0011_000352.wav", name))
