from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.errors import DataError
from tonewatch.stream.plan.plan_command import plan


def run(*words: str) -> Any:
    app = Typer()
    app.command()(plan)
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize("calls", ["1000", "100000"])
def test_a_plan_tells_what_is_needed_and_what_breaks_first(tmp_path: Path, calls: str) -> None:
    result = run("--calls", calls, "--json", str(tmp_path / "plan.json"))
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "plan.json").read_text())
    assert found["size"]["calls"] == int(calls) and found["size"]["gpus"] is None
    assert 0.4 < found["late"]["p95_s"] < 3 and found["size"]["limits"][0]["used"] > 1
    for word in ("listeners", "partitions", "GPUs", "memory", "breaks first", "a day"):
        assert word in result.output


def test_a_measurement_is_simulated_beside_what_it_found(tmp_path: Path) -> None:
    report = {
        "calls": 5,
        "machine": "2 cores, x86_64",
        "cpu_cores_by_role": {"listen": 0.1, "monitor": 0.05, "bench": 0.05, "broker": 0.1},
        "others_cores": 0.2,
        "speech_to_board_s_p95": 1.0,
    }
    crowded = {**report, "calls": 10, "others_cores": 1.2, "speech_to_board_s_p95": None}
    (tmp_path / "live.json").write_text(json.dumps({**report, "tried": [crowded, report]}))
    result = run("--check", str(tmp_path / "live.json"), "--json", str(tmp_path / "check.json"))
    assert result.exit_code == 0, result.output
    few, many = json.loads((tmp_path / "check.json").read_text())
    assert (few["calls"], many["calls"]) == (5, 10) and few["simulated_p95_s"] < many["simulated_p95_s"]
    assert few["simulated_over_measured_p95"] == pytest.approx(few["simulated_p95_s"], abs=0.01)
    assert many["simulated_over_measured_p95"] is None and "measured p50 -" in result.output


def test_a_file_that_is_no_measurement_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    assert isinstance(run("--check", str(tmp_path / "other.json")).exception, DataError)
