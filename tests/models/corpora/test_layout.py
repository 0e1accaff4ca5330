from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tonewatch.models.corpora import LAYOUTS, layout_of, read_corpus, read_manifest, write_manifest
from tonewatch.stream.errors import DataError, DependencyError

Sounds = Callable[..., Path]
Text = Callable[..., None]

MELD = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID,StartTime,EndTime\nHi,Ross,fear,0,0,,\n"
MSP = "FileName,EmoClass,EmoAct,EmoVal,SpkrID,Gender,Split_Set\nMSP-PODCAST_0001_0008.wav,A,7,1,127,Female,Test1\n"
NEMO = "file_id\temotion\traw_text\tspeaker_id\tgender\nA0_anger_1.wav\tanger\tTak.\tA0\tmale\n"

# Layout -> a sound of it, and the tables that go with it.
TREES: dict[str, tuple[str, dict[str, str]]] = {
    "manifest": ("a.wav", {"manifest.csv": "path,speaker,emotion\na.wav,anna,calm\n"}),
    "nemo": ("samples/A0_anger_1.wav", {"data.tsv": NEMO}),
    "iemocap": (
        "Session2/sentences/wav/Ses02F_script01_1/Ses02F_script01_1_M001.wav",
        {
            "Session2/dialog/EmoEvaluation/Ses02F_script01_1.txt": (
                "[1.0 - 2.0]\tSes02F_script01_1_M001\tfru\t[2.0, 2.0, 2.0]\n"
            )
        },
    ),
    "meld": ("dev_splits_complete/dia0_utt0.wav", {"dev_sent_emo.csv": MELD}),
    "msp_podcast": ("Audios/MSP-PODCAST_0001_0008.wav", {"Labels/labels_consensus.csv": MSP}),
    "esd": ("0011/Angry/0011_000351.wav", {}),
    "emotioncot": ("a.wav", {"cot.jsonl": json.dumps({"audio_path": "a.wav", "emotion": "sad"})}),
    "ravdess": ("Actor_01/03-01-05-02-01-01-01.wav", {}),
    "emodb": ("wav/03a01Fa.wav", {}),
    "crema_d": ("AudioWAV/1001_DFA_ANG_XX.wav", {}),
    "tess": ("YAF_fear/YAF_back_fear.wav", {}),
    "savee": ("DC/a01.wav", {}),
}


def test_every_layout_has_a_made_up_tree() -> None:
    assert {layout.name for layout in LAYOUTS} == set(TREES)


@pytest.mark.parametrize("name", TREES)
def test_a_folder_is_read_by_the_layout_it_has(sounds: Sounds, text: Text, name: str) -> None:
    sound, tables = TREES[name]
    folder = sounds(sound)
    for table, content in tables.items():
        text(table, content)
    assert layout_of(folder).name == name
    (clip,) = read_corpus(folder)
    assert clip.path == folder / sound


@pytest.mark.parametrize("name", [name for name in TREES if name != "manifest"])
def test_a_manifest_written_from_any_corpus_says_the_same(sounds: Sounds, text: Text, name: str) -> None:
    sound, tables = TREES[name]
    folder = sounds(sound)
    for table, content in tables.items():
        text(table, content)
    clips = read_corpus(folder)
    write_manifest(clips, folder / "manifest.csv")
    assert read_manifest(folder / "manifest.csv") == clips


def test_a_folder_without_a_known_layout_is_told_which_are_known(sounds: Sounds) -> None:
    folder = sounds("call.wav")
    with pytest.raises(DataError, match=r"savee \(DC/a01\.wav\)\. Or write a manifest\.csv") as told:
        read_corpus(folder)
    assert all(layout.name in str(told.value) for layout in LAYOUTS)


def test_a_folder_that_is_not_there_and_a_corpus_without_clips_are_named(tmp_path: Path, text: Text) -> None:
    with pytest.raises(DependencyError, match=r"no folder .*nowhere"):
        read_corpus(tmp_path / "nowhere")
    text("manifest.csv", "path,speaker,emotion\n")
    with pytest.raises(DataError, match="has the layout of manifest and holds no clip"):
        read_corpus(tmp_path)
