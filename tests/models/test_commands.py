from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tonewatch.models.commands import models as models_command
from tonewatch.models.commands import train


def test_the_shipped_encoders_are_listed_and_verified() -> None:
    listed = CliRunner().invoke(models_command, ["list"])
    assert "full-int8.onnx" in listed.output
    assert "full.bin: " in listed.output
    assert "commercial: whisper-tiny.en-emotion; weights saw emodb" in listed.output
    verified = CliRunner().invoke(models_command, ["verify"])
    assert verified.exit_code == 0, verified.output
    assert all(f"{name}: its encoders open" in verified.output for name in ("full", "commercial"))


def test_an_encoder_is_exported_as_one_file(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")
    done = CliRunner().invoke(models_command, ["export", str(tmp_path / "whole.onnx"), "--set", "commercial"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "whole.onnx").stat().st_size > 1_000_000


def test_every_training_is_a_subcommand() -> None:
    shown = CliRunner().invoke(train, ["--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).output
    assert {"encoder", "tone", "explainer"} <= set(re.findall(r"\w+", shown))


def test_more_frozen_layers_than_layers_are_refused() -> None:
    pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
    pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")
    done = CliRunner().invoke(train, ["encoder", "--layers", "2", "--frozen", "3"])
    assert done.exit_code == 2
    assert "--frozen 3 of --layers 2" in done.output
