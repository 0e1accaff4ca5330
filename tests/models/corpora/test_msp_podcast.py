from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models.corpora.msp_podcast import read_msp_podcast
from tonewatch.stream.errors import DataError

Sounds = Callable[..., Path]
Text = Callable[..., None]

HEADER = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set\n"


def test_msp_podcast_rescales_its_ratings_and_groups_unknown_speakers_by_podcast(sounds: Sounds, text: Text) -> None:
    folder = sounds("Audios/MSP-PODCAST_0001_0008.wav", "Audios/MSP-PODCAST_0023_0001.wav")
    known = "MSP-PODCAST_0001_0008.wav,A,7.0,1.0,4.0,127,Female,Test1\n"
    unknown = "MSP-PODCAST_0023_0001.wav,X,4.0,2.5,4.0,Unknown,Unknown,Train\n"
    text("Labels/labels_concensus.csv", HEADER + known + unknown)
    text("Transcripts/MSP-PODCAST_0001_0008.txt", "No way.\n")
    angry, nobody = read_msp_podcast(folder)
    assert (angry.speaker, angry.gender, angry.partition, angry.text) == (
        "msp_podcast_127",
        "female",
        "test1",
        "No way.",
    )
    assert (angry.arousal, angry.valence, nobody.arousal, nobody.valence) == (1.0, 0.0, 0.5, 0.25)
    assert (nobody.speaker, nobody.gender, nobody.emotion4) == ("msp_podcast_podcast0023", "", "")


def test_a_rating_outside_the_scale_of_msp_podcast_is_an_error(sounds: Sounds, text: Text) -> None:
    folder = sounds("Audios/MSP-PODCAST_0001_0008.wav")
    text("Labels/labels_consensus.csv", HEADER + "MSP-PODCAST_0001_0008.wav,A,7.5,1.0,4.0,1,Male,Train\n")
    with pytest.raises(DataError, match=r"MSP-PODCAST_0001_0008\.wav: rating 7\.5"):
        read_msp_podcast(folder)


def test_clips_of_msp_podcast_without_labels_are_passed_over(sounds: Sounds, text: Text) -> None:
    folder = sounds("Audios/MSP-PODCAST_0001_0008.wav")
    text("Labels/labels_consensus.csv", HEADER + "MSP-PODCAST_test3_0001.wav,,,,,,,Test3\n")
    assert read_msp_podcast(folder) == []
