from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import kill_command
from tonewatch.stream.bench.checker import KillReport, Tally, report
from tonewatch.stream.bench.faults import Fault
from tonewatch.stream.bench.kill_command import WORKERS, Plan, kill

FAULTS = [Fault("sigkill", "listen-1", 0.0, "listen")]


@pytest.mark.parametrize(
    ("missing", "behind", "status"), [(0, 0, 0), (1, 0, 1), (0, 3, 1)], ids=["clean", "a loss", "unread records"]
)
def test_only_a_run_that_lost_nothing_and_read_all_ends_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: int, behind: int, status: int
) -> None:
    asked: list[Plan] = []

    async def run(plan: Plan) -> tuple[KillReport, Tally, int]:
        asked.append(plan)
        total = Tally(segments_expected=9, segments_missing=missing, notes=["call: segment 0/0 was not heard"])
        return report("Apache Kafka", 1.0, FAULTS, (total, {"sigkill": total}), [2.5]), total, behind

    monkeypatch.setattr(kill_command, "_run", run)
    app = Typer()
    app.command()(kill)
    file = tmp_path / "report.json"
    result = CliRunner().invoke(app, ["--json", str(file), "--pause", "8", "--seed", "3"])
    assert (result.exit_code, asked[0].pause_s, asked[0].seed) == (status, (4.0, 12.0), 3)
    assert json.loads(file.read_text())["segments_missing"] == missing
    assert "was not heard" in result.output


def test_every_role_that_keeps_state_has_another_that_takes_over() -> None:
    roles = [role for _, role in WORKERS]
    assert roles.count("listen") > 1 and roles.count("monitor") > 1
    assert len({name for name, _ in WORKERS}) == len(WORKERS)
