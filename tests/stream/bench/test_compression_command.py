from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import compression_command
from tonewatch.stream.bench.compression_command import CODECS, compression, measure


def test_what_is_left_is_a_share_of_all_batches_together() -> None:
    share, ms_per_mb = measure(lambda batch: batch[: len(batch) // 4], [bytes(400), bytes(1200)])
    assert share == 0.25 and ms_per_mb >= 0.0


@pytest.mark.parametrize("name", list(CODECS))
def test_a_codec_makes_a_monotonous_batch_smaller(name: str) -> None:
    share, _ = measure(CODECS[name], [b"the same again and again " * 400])
    assert share < 0.2


def test_json_is_measured_only_where_a_folder_of_it_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compression_command, "MOST_CHUNKS", 20)
    monkeypatch.setattr(compression_command, "CODECS", {"gzip": gzip.compress})
    (tmp_path / "one.json").write_text('{"a": 1}')
    app = Typer()
    app.command()(compression)
    alone, both = (CliRunner().invoke(app, words).output for words in ([], ["--messages", str(tmp_path)]))
    assert [line.split(",")[0] for line in alone.splitlines()] == ["audio"] * 2
    assert [line.split(",")[0] for line in both.splitlines()] == ["audio", "audio", "JSON", "JSON"]
