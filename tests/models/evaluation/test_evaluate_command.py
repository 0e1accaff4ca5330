from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tonewatch.models.evaluation.evaluate_command import evaluate
from tonewatch.stream.errors import AudioFileError, DependencyError

from .conftest import MakeManifest


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(evaluate, ["emotion", *map(str, words)])


def test_metrics_and_report_are_written_where_told(make_manifest: MakeManifest, tmp_path: Path) -> None:
    one, two = make_manifest("one"), make_manifest("two")
    json_file, report = tmp_path / "new" / "metrics.json", tmp_path / "report"
    result = run("--manifest", one, "--manifest", two, "--band", "wide", "--json", json_file, "--report", report)
    assert result.exit_code == 0, result.output
    written = json.loads(json_file.read_text())
    assert (written["band"], written["overall"]["clips"]) == ("wide", 16)
    assert {name: one["clips"] for name, one in written["manifests"].items()} == {"made": 8, "made-2": 8}
    assert "made-2" in (report / "index.html").read_text(encoding="utf-8")


def test_a_clip_that_cannot_be_read_is_told_and_ends_nothing(make_manifest: MakeManifest) -> None:
    row = ["made", "made_0", "male", "anger", "angry", "en", "", 1.0]
    result = run("--manifest", make_manifest("one", extra=[["audio/gone[1].flac", *row]]))
    assert result.exit_code == 0, result.output
    assert "1 clips could not be read" in result.output
    assert "made: audio/gone[1].flac: no such file" in result.output


def test_manifests_without_a_usable_clip_are_an_error(make_manifest: MakeManifest) -> None:
    path = make_manifest("one")
    for audio in (path.parent / "audio").iterdir():
        audio.unlink()
    assert isinstance(run("--manifest", path).exception, AudioFileError)
    unlabelled = make_manifest("two", speakers=0, extra=[["a.flac", "made", "s", "", "calm", "", "en", "", 1.0]])
    assert isinstance(run("--manifest", unlabelled).exception, DependencyError)


def test_reference_systems_without_data_are_refused_before_any_clip_is_read(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TONEWATCH_DATA", raising=False)
    error = run("--manifest", make_manifest("one"), "--references").exception
    assert isinstance(error, DependencyError)
    assert "--data" in str(error)


def test_the_command_needs_no_package_of_training_to_start() -> None:
    module = "tonewatch.models.evaluation.evaluate_command"
    code = f"import sys, {module} as _; print({{'torch', 'sklearn', 'onnx'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
