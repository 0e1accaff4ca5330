from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import stage_command
from tonewatch.stream.bench.stage_command import THREADS, on_one_thread, stage
from tonewatch.stream.bench.stages import Material, Stage


def test_the_report_adds_up_the_stages_that_are_no_part_of_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def found(material: Material) -> list[Stage]:
        material.speech_s = 1.0
        work = lambda: sum(range(20_000))  # noqa: E731
        return [Stage("whole", work), Stage("part", work, within="whole"), Stage("words", None, note="not run: none")]

    monkeypatch.setenv(THREADS, "1")
    monkeypatch.setattr(stage_command, "find_stages", found)
    app = Typer()
    app.command()(stage)
    result = CliRunner().invoke(app, ["--calls", "1", "--rounds", "1", "--json", str(tmp_path / "stages.json")])
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "stages.json").read_text())
    assert report["calls"] == 1 and report["call_s"] > 10
    assert report["ms_per_call_second"] == pytest.approx(report["stages"][0]["ms_per_call_second"], abs=0.01)
    assert "not run: none" in result.output and "calls a core" in result.output


def test_a_run_with_more_threads_begins_again_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda *given: begun.append(given))
    monkeypatch.setenv(THREADS, "2")
    on_one_thread()
    ((program, words, environment),) = begun
    assert (program, words, environment[THREADS]) == (sys.executable, sys.orig_argv, "1")
