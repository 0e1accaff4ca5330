from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from tonewatch.models.prosody import bench
from tonewatch.models.prosody.prosody_command import prosody, table
from tonewatch.models.prosody.reading import ProsodyMetrics


def test_the_command_writes_the_metrics_with_machine_and_command(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("parselmouth")
    app = typer.Typer()
    app.command()(prosody)
    wanted = ["--data", str(corpus), "--clips", "2", "--json", str(tmp_path / "out" / "prosody.json")]
    ended = CliRunner().invoke(app, wanted)
    assert ended.exit_code == 0, ended.output
    found = msgspec.json.decode((tmp_path / "out" / "prosody.json").read_bytes(), type=bench.Bench)
    assert found.rows[bench.PRAAT]["made"].clips == 2
    assert "--clips 2" in found.command
    assert "Praat, telephone" in ended.output


def test_a_measure_without_a_value_is_a_dash() -> None:
    none = dict.fromkeys(ProsodyMetrics.__struct_fields__) | {"clips": 1, "median_carried": 0.0, "pause_share": 0.125}
    row = ProsodyMetrics(**{**none, "ms_per_s": 3.0})  # type: ignore[arg-type]
    shown = table(bench.Bench(machine="m", command="c", rows={"ours": {"made": row}}))
    cells = [next(iter(column.cells)) for column in shown.columns]
    assert cells[:3] == ["ours", "made", "1"]
    assert (cells[3], cells[-2]) == ("-", "12.5")
