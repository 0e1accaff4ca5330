from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from tonewatch.models.reasons.evaluate_reasons_command import reasons
from tonewatch.models.reasons.rating.rating_run import make, read, show
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import FactsTable

from ..conftest import honest, records

app = typer.Typer()
app.command()(reasons)


def rated(folder: Path) -> Path:
    """A person's scores of the folder's sheet: five for what argues, one for a tone score."""
    sheet = json.loads((folder / "sheet.json").read_text())
    scores = [{"id": item["id"], "useful": 1 if "tone" in item["text"] else 5} for item in sheet["items"]]
    file = folder.parent / "anna.json"
    file.write_text(json.dumps({"sheet": sheet["sheet"], "rater": "anna", "rated_by": "a person", "scores": scores}))
    return file


def test_a_sheet_that_was_rated_is_read_back_by_source(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    key = make(tmp_path / "sheet", records(honest, tables), [], seed=1)
    assert {author.source for origin in key.origins for author in origin.authors} == {"model", "realiser"}
    found = read(tmp_path / "sheet", [rated(tmp_path / "sheet")], tmp_path / "out.json", seed=1)
    written = json.loads((tmp_path / "out.json").read_text())
    assert {one["rated_by"] for one in written["scores"]} == {"a person"}
    assert written["sources"]["model"]["means"]["useful"]["mean"] == found.sources["model"].means["useful"].mean


def test_the_terminal_shows_means_faults_and_who_rated(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    make(tmp_path / "sheet", records(honest, tables), [], seed=1)
    console = Console(record=True, width=160)
    show(console, read(tmp_path / "sheet", [rated(tmp_path / "sheet")], tmp_path / "out.json", seed=1))
    shown = console.export_text()
    assert all(word in shown for word in ("useful", "realiser", "cut quotation", "rated by anna (a person)"))


def test_the_command_reads_scores_without_calls(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    make(tmp_path / "sheet", records(honest, tables), [], seed=1)
    words = ["--sheet", tmp_path / "sheet", "--scores", rated(tmp_path / "sheet"), "--json", tmp_path / "out.json"]
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0 and "rated by anna" in result.output


@pytest.mark.parametrize(("words", "told"), [(["--scores", "a.json"], "--sheet"), ([], "--calls is missing")])
def test_what_the_command_needs_is_told(words: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=told):
        CliRunner().invoke(app, [*words, "--json", str(tmp_path / "out.json")], catch_exceptions=False)
