"""Which class a sound is of, and which of them weights for commercial use may hear."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.models.corpora import CORPORA
from tonewatch.models.encoder.gate_data import SOUNDS, label_of, pieces
from tonewatch.models.encoder.noises import melody
from tonewatch.models.shipped import voice_like
from tonewatch.stream.errors import DependencyError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sounds, one of them free, and a voice of each corpus, of which one is free."""
    for corpus in CORPORA:
        (tmp_path / corpus).mkdir()
        soundfile.write(tmp_path / corpus / "a.flac", voice_like(2.0, 120.0), 16_000)
        row = f"a.flac,{corpus},{corpus}_1,,neutral,neutral,en,,2.0"
        header = "path,corpus,speaker,gender,emotion,emotion4,language,text,duration_s"
        (tmp_path / corpus / "manifest.csv").write_text(f"{header}\n{row}\n")
    folder = tmp_path / SOUNDS
    folder.mkdir()
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "kind", "label", "licence", "speaker"])
        for name, kind, label, licence in (
            ("m.flac", "hold_music", "a piece", "CC BY-SA 3.0"),
            ("l.flac", "nonverbal", "laughing", "CC BY-NC-ND 4.0"),
        ):
            soundfile.write(folder / name, melody(9.0, 1), 16_000)
            writer.writerow([name, kind, label, licence, ""])
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "label", "wanted"),
    [
        ("hold_music", "a piece", "music"),
        ("ivr_prompt", "agent-pass", "speech"),
        ("phone_tone", "ringback", "not_speech"),
        ("nonverbal", "laughing", "laughter"),
        ("nonverbal", "crying", "crying"),
        ("nonverbal", "coughing", "not_speech"),
        ("esc10", "Rain", "not_speech"),
    ],
)
def test_a_sound_has_a_class_by_the_words_of_its_manifest(kind: str, label: str, wanted: str) -> None:
    assert label_of(kind, label) == wanted


def test_a_long_sound_is_cut_and_every_voice_is_speech(data: Path) -> None:
    made = list(pieces(data, np.random.default_rng(0), commercial=False))
    labels = [piece.label for piece in made]
    assert labels.count("music") >= 2 and labels.count("laughter") >= 2 and labels.count("speech") == len(CORPORA)
    assert all(0.2 < piece.samples.size / 16_000 < 5.0 for piece in made)


def test_the_commercial_set_hears_only_what_its_licence_allows(data: Path) -> None:
    made = list(pieces(data, np.random.default_rng(0), commercial=True))
    assert {piece.label for piece in made} == {"music", "speech"}
    assert not any("NC" in piece.licence for piece in made)


def test_without_sounds_it_is_said_what_is_missing(data: Path) -> None:
    (data / SOUNDS / "manifest.csv").unlink()
    with pytest.raises(DependencyError, match="music, noise and laughter"):
        list(pieces(data, np.random.default_rng(0), commercial=False))
