from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tonewatch.stream.cli import build
from tonewatch.stream.demo import demo_command


def run(*arguments: str) -> str:
    return str(CliRunner().invoke(build(["demo"]), ["demo", *arguments]).exception)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The board is built and the weights are there."""
    monkeypatch.setattr(demo_command, "check_files", lambda _weights: None)


def test_what_is_wrong_is_said_before_anything_is_started(tmp_path: Path, free_port: int) -> None:
    assert "--llm gpt" in run("--llm", "gpt")
    assert f"No demo calls in {tmp_path}" in run("--port", str(free_port), "--calls", str(tmp_path))


def test_the_help_names_every_engine_that_can_be_chosen() -> None:
    said = CliRunner().invoke(build(["demo"]), ["demo", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert all(name in said for name in ("small", "llama", "torch", "omni", "http", "none"))
