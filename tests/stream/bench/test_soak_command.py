from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import soak_command
from tonewatch.stream.bench.soak import Sample, judge
from tonewatch.stream.bench.soak_command import SoakReport, soak

SAMPLES = [Sample(60.0 * minute, {"listen-1": 200.0}, {"listen-1": 30}, 0, 0.6) for minute in range(9)]
FLAT = SoakReport("x86_64", "Apache Kafka", 9.0, 5, 20, 0, 0, True, judge(SAMPLES), SAMPLES)


@pytest.mark.parametrize(
    "changed", [{}, {"flat": False}, {"deaths": 1}, {"behind": 7}], ids=["flat", "grew", "a death", "unread records"]
)
def test_only_a_flat_run_without_a_death_that_read_all_ends_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: dict[str, Any]
) -> None:
    async def run(*_asked: object) -> SoakReport:
        return msgspec.structs.replace(FLAT, **changed)

    monkeypatch.setattr(soak_command, "_run", run)
    app = Typer()
    app.command()(soak)
    report, plots = tmp_path / "soak.json", tmp_path / "soak.svg"
    result = CliRunner().invoke(app, ["--json", str(report), "--svg", str(plots)])
    assert result.exit_code == bool(changed)
    assert json.loads(report.read_text())["calls_sent"] == 20 and plots.read_text().startswith("<svg")
    assert "memory listen-1" in result.output


def test_a_process_that_is_being_started_again_is_left_out_of_a_look() -> None:
    gone, between = SimpleNamespace(pid=2**22 + 1), SimpleNamespace(pid=None)
    pool: Any = SimpleNamespace(workers={"here": SimpleNamespace(pid=os.getpid()), "gone": gone, "between": between})
    memory, files = soak_command._processes(pool)
    assert (set(memory), set(files)) == ({"here"}, {"here"}) and memory["here"] > 1
