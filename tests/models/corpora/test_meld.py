from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models.corpora.meld import read_meld
from tonewatch.stream.errors import DataError

Sounds = Callable[..., Path]
Text = Callable[..., None]

HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"


def test_the_same_dialogue_number_in_two_parts_of_meld_is_two_dialogues(sounds: Sounds, text: Text) -> None:
    folder = sounds("train_splits/dia0_utt0.wav", "dev_splits_complete/dia0_utt0.wav")
    row = '1,"Also, I was",{},{},neutral,0,0,8,21,"00:16:16,059","00:16:21,731"\n'
    text("train_sent_emo.csv", HEADER + row.format("Chandler", "joy"))
    text("dev_sent_emo.csv", HEADER + row.format("Dr. Miller", "anger"))
    lead, guest = read_meld(folder)
    assert (lead.dialogue, guest.dialogue) == ("meld_train_0", "meld_dev_0")
    assert (lead.speaker, lead.gender, guest.speaker, guest.gender) == ("meld_chandler", "male", "meld_dr_miller", "")
    assert (lead.emotion4, guest.emotion4, lead.text, lead.partition) == ("happy", "angry", "Also, I was", "train")


@pytest.mark.parametrize("speaker", ["All", "Both", "Ross and Joey", "Monica/Rachel", "The Girls"])
def test_several_people_of_meld_are_no_speaker(sounds: Sounds, text: Text, speaker: str) -> None:
    folder = sounds("train/train_splits/dia1_utt2.wav")
    text("train/train_sent_emo.csv", HEADER + f'1,Hi!,{speaker},surprise,x,1,2,1,1,"0:0:1,0","0:0:2,5"\n')
    assert [clip.speaker for clip in read_meld(folder)] == ["meld_several"]


def test_a_video_of_meld_has_its_length_from_the_table(text: Text, tmp_path: Path) -> None:
    text("output_repeated_splits_test/dia3_utt1.mp4", "not opened")
    text("test_sent_emo.csv", HEADER + '1,Hi,Ross,sadness,x,3,1,1,1,"01:59:59,500","02:00:01,059"\n')
    (clip,) = read_meld(tmp_path)
    assert clip.duration_s == pytest.approx(1.559)


def test_what_the_release_of_meld_lacks_is_passed_over_and_nothing_else(sounds: Sounds, text: Text) -> None:
    folder = sounds("train_splits/dia0_utt0.wav")
    rows = [f'1,Hi,Ross,fear,x,{d},{u},1,1,"0:0:1,0","0:0:2,0"' for d, u in ((0, 0), (125, 3))]
    text("train_sent_emo.csv", HEADER + "\n".join(rows) + "\n")
    assert [clip.path.stem for clip in read_meld(folder)] == ["dia0_utt0"]
    text("train_sent_emo.csv", HEADER + "\n".join([*rows, rows[0].replace(",0,0,", ",7,7,")]) + "\n")
    with pytest.raises(DataError, match="first train dia7_utt7"):
        read_meld(folder)
