from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from tonewatch.models.degradation.options import LISTENED, FoldsFile, ListenedFolder, MixedReason

app = typer.Typer()


@app.command()
def command(folds: FoldsFile = None, cache: ListenedFolder = LISTENED, mixed_reason: MixedReason = "") -> None:
    typer.echo(f"{folds} {cache} {mixed_reason}")


def test_the_reason_for_mixed_recordings_comes_from_the_environment_unless_an_option_gives_it() -> None:
    env = {"TONEWATCH_ANALYSE_MIXED_REASON": "trial"}
    assert CliRunner().invoke(app, [], env=env).output.split() == ["None", str(LISTENED), "trial"]
    given = CliRunner().invoke(app, ["--mixed-reason", "other", "--folds", "f.json", "--cache", "x"], env=env)
    assert given.output.split() == [str(Path("f.json")), "x", "other"]
