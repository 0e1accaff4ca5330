from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tonewatch.models.reasons.evaluate_reasons_command import reasons, spread
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.messages import FactsTable

from .conftest import asked

app = typer.Typer()
app.command()(reasons)


def invoke(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_moments_are_chosen_evenly_from_the_first_to_the_last(tables: dict[str, FactsTable]) -> None:
    many = asked(tables) * 10
    random.Random(0).shuffle(many)
    chosen = spread(many, 7)
    assert len(chosen) == 7
    assert (chosen[0], chosen[-1]) == (many[0], many[-1])
    assert spread(many[:3], 7) == many[:3]


def test_the_shipped_explainer_is_evaluated_on_a_demo_call(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    [entry] = [one for one in json.loads((default_folder() / "truth.json").read_text()) if one["kind"] == "distressed"]
    (folder / "truth.json").write_text(json.dumps([entry]))
    (folder / entry["file"]).write_bytes((default_folder() / entry["file"]).read_bytes())
    output = invoke(
        *("--calls", folder, "--json", tmp_path / "out.json", "--report", tmp_path / "report", "--llm", "small"),
        *("--no-words", "--cache", tmp_path / "listened", "--moments", "2"),
    )
    written = json.loads((tmp_path / "out.json").read_text())
    assert 1 <= written["rationales"] <= 2
    assert written["texts"][0]["call_id"] == entry["file"]
    assert "report:" in output and (tmp_path / "report" / "index.html").is_file()


def test_a_variant_and_a_speaker_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    common = ("--calls", default_folder(), "--json", tmp_path / "out.json", "--no-words")
    with pytest.raises((SettingsError, DependencyError), match="nobody"):
        invoke(*common, "--speaker", "nobody")
