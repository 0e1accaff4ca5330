from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tonewatch.models.degradation.folder import CallFile, all_but, find_calls, those_of
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.doors.audio_file import AudioFile
from tonewatch.stream.errors import AudioFileError, DependencyError, SettingsError


def sound(path: Path, channels: int, **kind: str) -> None:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.zeros((8_000, channels), dtype=np.float32), 8_000, **kind)


def known(folder: Path, *files: str) -> None:
    entries = [{"file": file, "kind": "steady", "onset_s": None} for file in files]
    (folder / "truth.json").write_text(json.dumps(entries))


def test_the_truth_names_the_calls_and_other_audio_is_left_alone(tmp_path: Path) -> None:
    sound(tmp_path / "b.wav", 2, subtype="ULAW")
    sound(tmp_path / "a.flac", 1)
    sound(tmp_path / "other.wav", 2)
    known(tmp_path, "b.wav", "a.flac")
    assert [(call.name, call.roles) for call in find_calls(tmp_path)] == [
        ("b.wav", ("customer", "agent")),
        ("a.flac", ("customer",)),
    ]


def test_without_a_truth_one_channel_holds_both_parties(tmp_path: Path) -> None:
    sound(tmp_path / "audio" / "one.flac", 1)
    sound(tmp_path / "two.wav", 2)
    found = {call.name: (call.roles, call.truth) for call in find_calls(tmp_path)}
    assert found == {"audio/one.flac": (("mixed",), None), "two.wav": (("customer", "agent"), None)}


def test_a_manifest_names_the_calls_too(tmp_path: Path) -> None:
    sound(tmp_path / "two.wav", 2)
    sound(tmp_path / "not_named.wav", 2)
    columns = "path,corpus,speaker,gender,emotion,emotion4,language,text,duration_s"
    (tmp_path / "manifest.csv").write_text(f"{columns}\ntwo.wav,calls,,,,,en,,1.0\n")
    assert [call.name for call in find_calls(tmp_path)] == ["two.wav"]


def test_the_demo_calls_can_be_scored_as_they_are() -> None:
    found = find_calls(default_folder())
    assert len(found) == 10
    assert any(call.truth and call.truth.onset_s is not None for call in found)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match="no call in"):
        find_calls(tmp_path)
    with pytest.raises(DependencyError, match="is no folder"):
        find_calls(tmp_path / "nowhere")
    known(tmp_path, "gone.wav")
    with pytest.raises(AudioFileError, match=r"gone\.wav: no such file"):
        find_calls(tmp_path)


def test_a_third_channel_is_nobodys(tmp_path: Path) -> None:
    sound(tmp_path / "three.wav", 3)
    with pytest.raises(AudioFileError, match="3 channels"):
        find_calls(tmp_path)


def test_an_odd_file_is_left_out_in_a_line_unless_all_must_be_good(tmp_path: Path) -> None:
    sound(tmp_path / "good.wav", 2)
    sound(tmp_path / "six.wav", 6)
    (tmp_path / "text.wav").write_text("a letter")
    said: list[str] = []
    assert [call.name for call in find_calls(tmp_path, strict=False, say=said.append)] == ["good.wav"]
    assert [line.split(":")[0].split("/")[-1] for line in said] == ["six.wav", "text.wav"]
    with pytest.raises(AudioFileError):
        find_calls(tmp_path)
    (tmp_path / "good.wav").unlink()
    with pytest.raises(DependencyError, match="all 2 files were left out"):
        find_calls(tmp_path, strict=False)


def test_a_call_that_was_cut_off_is_judged_as_far_as_it_goes_and_said(tmp_path: Path) -> None:
    sound(tmp_path / "cut.wav", 1)
    whole = (tmp_path / "cut.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    said: list[str] = []
    (found,) = find_calls(tmp_path, say=said.append)
    assert 400 < found.audio.duration_ms < 600
    assert "its header says 1.00 s" in said[0]


AUDIO = AudioFile(path=Path("a.wav"), channels=2, rate_hz=8000, duration_ms=1000)


def call(speaker: str, corpus: str) -> CallFile:
    truth = Truth(file=f"{speaker}.wav", kind="steady", onset_s=None, speaker=speaker, corpus=corpus)
    return CallFile(f"{speaker}.wav", AUDIO, ("customer", "agent"), truth)


CALLS = [call("anna", "one"), call("bert", "one"), call("carl", "two"), CallFile("d.wav", AUDIO, ("customer",), None)]


@pytest.mark.parametrize(
    ("corpora", "speakers", "wanted", "others"),
    [
        ([], [], ["anna.wav", "bert.wav", "carl.wav", "d.wav"], ["anna.wav", "bert.wav", "carl.wav"]),
        (["one"], [], ["anna.wav", "bert.wav"], ["carl.wav"]),
        ([], ["bert", "carl"], ["bert.wav", "carl.wav"], ["anna.wav"]),
        (["two"], ["bert"], [], ["anna.wav"]),
    ],
)
def test_calls_are_chosen_and_held_out_by_speaker_and_corpus(
    corpora: list[str], speakers: list[str], wanted: list[str], others: list[str]
) -> None:
    assert [found.name for found in those_of(CALLS, speakers=speakers, corpora=corpora)] == wanted
    assert [found.name for found in all_but(CALLS, speakers=speakers, corpora=corpora)] == others


@pytest.mark.parametrize("chosen", [those_of, all_but])
def test_a_name_that_nobody_has_is_no_name_of_somebody_who_is_not_there(chosen: Any) -> None:
    with pytest.raises(SettingsError, match=r"speaker berta: there are anna, bert, carl"):
        chosen(CALLS, speakers=["anna", "berta"])
    with pytest.raises(SettingsError, match=r"corpus three: there are one, two"):
        chosen(CALLS, corpora=["three"])
