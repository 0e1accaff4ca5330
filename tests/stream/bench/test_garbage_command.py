from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import garbage_command
from tonewatch.stream.bench.fuzz import KINDS, Fuzzer, is_malformed
from tonewatch.stream.bench.garbage_command import garbage
from tonewatch.stream.bench.garbage_report import GarbageReport
from tonewatch.stream.topics import CALLS

CLEAN = GarbageReport(
    broker="embedded",
    inputs=100,
    per_target={},
    malformed=40,
    malformed_without_letter=0,
    wrong_dead_letters=0,
    failed=0,
    crashes=0,
    hangs=0,
    doors_wrong=0,
    dead_letters={},
)


@pytest.mark.parametrize(
    "wrong", ["", "malformed_without_letter", "wrong_dead_letters", "failed", "crashes", "hangs", "doors_wrong"]
)
def test_a_run_in_which_anything_went_wrong_does_not_end_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: str
) -> None:
    async def run(_count: int, _seed: int, _keep: Path | None, _only: str | None) -> tuple[GarbageReport, list[str]]:
        return (msgspec.structs.replace(CLEAN, **{wrong: 1}) if wrong else CLEAN), ["a note"]

    monkeypatch.setattr(garbage_command, "_run", run)
    app = Typer()
    app.command()(garbage)
    file = tmp_path / "report.json"
    result = CliRunner().invoke(app, ["--count", "100", "--json", str(file)])
    assert result.exit_code == bool(wrong)
    assert json.loads(file.read_text())["malformed"] == 40


def test_every_topic_that_a_role_reads_gets_records_that_must_be_refused() -> None:
    fuzzer = Fuzzer(1)
    assert CALLS.name in KINDS
    for topic in KINDS:
        assert any(is_malformed(topic, fuzzer.record(topic)[1]) for _ in range(50))


def test_a_flood_that_nobody_knows_is_named_with_those_there_are() -> None:
    app = Typer()
    app.command()(garbage)
    result = CliRunner().invoke(app, ["--flood", "of tears"])
    assert result.exit_code == 2
    assert "short_calls" in result.output
