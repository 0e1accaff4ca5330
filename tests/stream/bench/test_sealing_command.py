from __future__ import annotations

from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import sealing_command
from tonewatch.stream.bench.sealing_command import best_us, sealing


def test_the_best_of_the_rounds_counts_and_every_value_is_worked_on() -> None:
    seen: list[bytes] = []
    assert best_us(seen.append, [b"a", b"b"], 3) >= 0.0
    assert seen == [b"a", b"b"] * 3


def test_audio_is_always_measured_and_json_where_a_folder_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sealing_command, "MOST_CHUNKS", 5)
    (tmp_path / "one.json").write_text('{"a": 1}')
    app = Typer()
    app.command()(sealing)
    out = CliRunner().invoke(app, ["--messages", str(tmp_path), "--rounds", "1"]).output
    assert [line.split()[0] for line in out.splitlines() if " sealed in " in line] == ["audio", "JSON"]
    assert "a second of two-channel call" in out
