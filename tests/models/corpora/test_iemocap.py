from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models.corpora.iemocap import read_iemocap
from tonewatch.stream.errors import DataError

Sounds = Callable[..., Path]
Text = Callable[..., None]


def iemocap(text: Text, *judged: str) -> None:
    header = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
    text("Session1/dialog/EmoEvaluation/Ses01F_impro01.txt", header + "\n".join(judged) + "\nA-E1:\tNeutral; ()\n")


def test_iemocap_tells_who_speaks_from_the_turn_and_not_from_the_recording(sounds: Sounds, text: Text) -> None:
    wav = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_"
    folder = sounds(f"{wav}F000.wav", f"{wav}M003.wav")
    iemocap(
        text,
        "[6.2901 - 8.2357]\tSes01F_impro01_F000\texc\t[4.0000, 3.0000, 2.5000]",
        "[9.1 - 9.9]\tSes01F_impro01_M003\txxx\t[1.0000, 5.5000, 2.0000]",
    )
    text("Session1/dialog/transcriptions/Ses01F_impro01.txt", "Ses01F_impro01_F000 [006.29-008.23]: Excuse me.\n")
    woman, man = read_iemocap(folder)
    assert (woman.speaker, woman.gender, man.speaker, man.gender) == (
        "iemocap_Ses01F",
        "female",
        "iemocap_Ses01M",
        "male",
    )
    assert (woman.emotion4, man.emotion, man.emotion4, man.emotion8) == ("happy", "xxx", "", "")
    assert (woman.valence, woman.arousal, man.valence, man.arousal) == (0.75, 0.5, 0.0, 1.0)
    assert (woman.text, woman.dialogue, woman.partition) == ("Excuse me.", "iemocap_Ses01F_impro01", "Session1")


def test_a_label_that_iemocap_does_not_have_names_file_and_label(sounds: Sounds, text: Text) -> None:
    folder = sounds("Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav")
    iemocap(text, "[6.2 - 8.2]\tSes01F_impro01_F000\tbored\t[4.0, 3.0, 2.5]")
    with pytest.raises(
        DataError, match=r"Ses01F_impro01_F000\.wav: label 'bored' is unknown in iemocap; known are ang"
    ):
        read_iemocap(folder)


def test_an_utterance_of_iemocap_without_audio_is_an_error(text: Text, tmp_path: Path) -> None:
    iemocap(text, "[6.2 - 8.2]\tSes01F_impro01_F000\tang\t[4.0, 3.0, 2.5]")
    with pytest.raises(DataError, match="iemocap lists 1 clips whose audio is not there, first Ses01F_impro01_F000"):
        read_iemocap(tmp_path)
