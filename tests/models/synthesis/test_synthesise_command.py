from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from tonewatch.models.synthesis.synthesise_command import read_truth, synthesise, write_truth
from tonewatch.stream.demo.truth import default_folder

app = typer.Typer()
app.command()(synthesise)


def test_the_truth_that_is_written_is_read_again(tmp_path: Path) -> None:
    truths = read_truth(default_folder())
    assert len(truths) == 10
    write_truth(tmp_path, truths)
    assert read_truth(tmp_path) == truths
    assert (tmp_path / "truth.json").read_bytes() == (default_folder() / "truth.json").read_bytes()


def test_a_folder_without_a_truth_has_none(tmp_path: Path) -> None:
    assert read_truth(tmp_path) == []


def test_calls_that_are_not_chosen_stay(tmp_path: Path) -> None:
    write_truth(tmp_path, read_truth(default_folder()))
    before = (tmp_path / "truth.json").read_bytes()
    done = CliRunner().invoke(app, [str(tmp_path), "--only", "no such call"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "truth.json").read_bytes() == before
