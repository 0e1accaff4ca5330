from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from tonewatch.models.evaluation.evaluate_command import evaluate


def test_recall_and_precision_of_each_split_are_printed(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text(
        "train en it is {card:4111 1111 1111 1111}\ntrain en {phone:all of it}\nheld_out de nichts davon\n", "utf-8"
    )
    result = CliRunner().invoke(evaluate, ["redaction", "--lines", str(lines), "--misses"], env={"COLUMNS": "140"})
    assert result.exit_code == 0
    assert "0.500" in result.stdout
    assert "train missed: all of it" in result.stdout
