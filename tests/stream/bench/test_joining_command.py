from __future__ import annotations

import random
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import joining_command
from tonewatch.stream.bench.joining_command import joining


@pytest.mark.parametrize(
    ("took_s", "status", "said"),
    [
        ([3.0, 9.0, 5.0], 0, "3 of 3 read, median 5.0 s, at most 9.0 s"),
        ([3.0, float("inf")], 1, "1 of 2 read, median 3.0 s"),
        ([float("inf")], 1, "0 of 1 read"),
    ],
)
def test_a_monitor_that_never_read_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, took_s: list[float], status: int, said: str
) -> None:
    async def measure(times: int, draw: random.Random, _folder: Path) -> list[float]:
        assert (times, draw.random()) == (len(took_s), random.Random(7).random())
        return took_s

    monkeypatch.setattr(joining_command, "_measure", measure)
    app = Typer()
    app.command()(joining)
    result = CliRunner().invoke(app, ["--times", str(len(took_s)), "--seed", "7"])
    assert result.exit_code == status and said in result.output
