from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tonewatch.models import corpora
from tonewatch.models.commands import models as models_command
from tonewatch.models.evaluation.command import evaluate as evaluate_command
from tonewatch.models.evaluation.emotion import Band, evaluate, heard
from tonewatch.models.shipped import voice_like
from tonewatch.workers.encoder import CPU, Encoder, default_encoder_path


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    columns = ["path", "corpus", "speaker", "gender", "emotion", "emotion4", "language", "text", "duration_s"]
    with (tmp_path / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number, emotion in enumerate([*corpora.EMOTIONS, ""]):
            soundfile.write(tmp_path / f"{number}.flac", voice_like(1.0, 100.0 + 40.0 * number), 16_000)
            writer.writerow([f"{number}.flac", "made", f"s{number}", "male", emotion or "calm", emotion, "en", "", 1.0])
    return tmp_path / "manifest.csv"


def test_every_labelled_clip_is_counted_once(manifest: Path) -> None:
    clips = corpora.labelled(corpora.read_manifest(manifest))
    result = evaluate(Encoder(default_encoder_path([CPU]), providers=[CPU]), clips, Band.PHONE)
    assert result.corpora["made"].clips == 4
    assert np.sum(result.corpora["made"].confusion) == 4
    assert result.seconds_per_clip > 0.0


def test_the_phone_band_is_narrower_than_the_wide_one() -> None:
    hiss = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    above = np.fft.rfftfreq(16_000, 1 / 16_000) > 4500.0
    phone, wide = (np.abs(np.fft.rfft(heard(hiss, band)))[above].sum() for band in (Band.PHONE, Band.WIDE))
    assert phone < 0.01 * wide


def test_more_than_ten_seconds_are_cut() -> None:
    assert heard(voice_like(12.0, 150.0), Band.WIDE).size == 160_000


def test_the_command_writes_its_figures_as_json(manifest: Path) -> None:
    target = manifest.parent / "figures.json"
    command = ["emotion", "--manifest", str(manifest), "--band", "wide", "--json", str(target)]
    result = CliRunner().invoke(evaluate_command, command)
    assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text())
    assert (figures["band"], figures["corpora"]["made"]["clips"]) == ("wide", 4)


def test_the_shipped_encoders_are_listed_and_verified() -> None:
    listed = CliRunner().invoke(models_command, ["list"])
    assert "encoder-int8.onnx" in listed.output
    verified = CliRunner().invoke(models_command, ["verify"])
    assert verified.exit_code == 0, verified.output
    assert "2 encoders open" in verified.output
