"""The bench on a tiny corpus that the test makes; needs Praat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
import typer
from typer.testing import CliRunner

from tonewatch.models.corpora import Clip
from tonewatch.models.prosody import bench, praat
from tonewatch.models.prosody.prosody_command import prosody
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.pitch import FLOOR_HZ


def every(clips: Sequence[Clip], name: str) -> Iterable[Clip]:
    return clips


def buzz(f0_hz: float) -> np.ndarray:
    """Five syllables of harmonics at 16 kHz, a pause after the third."""
    t = np.arange(4_800) / 16_000
    tone = sum(np.cos(2 * np.pi * k * f0_hz * t + k * k) / k for k in range(1, int(7_000 / f0_hz)))
    one = np.concatenate((0.1 * tone * np.hanning(len(t)), np.zeros(320)))
    return np.asarray(np.concatenate((*[one] * 3, np.zeros(6_400), *[one] * 2)), dtype=np.float32)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    lines = ["path,speaker,emotion4"]
    for name, f0_hz in (("low", 110.0), ("high", 210.0), ("middle", 160.0)):
        soundfile.write(folder / f"{name}.wav", buzz(f0_hz), 16_000)
        lines.append(f"{name}.wav,{name},neutral")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return tmp_path


def test_praat_reads_what_was_put_in() -> None:
    pytest.importorskip("parselmouth")
    reading = praat.read(buzz(150.0), 16_000)
    assert reading.f0_median_st == pytest.approx(12 * np.log2(150 / FLOOR_HZ), abs=0.1)
    assert reading.syllables_per_s == pytest.approx(5 / 1.6, rel=0.2)
    assert reading.pause_share == pytest.approx(0.2, abs=0.06)


def test_both_methods_get_a_row_for_the_corpus(corpus: Path) -> None:
    pytest.importorskip("parselmouth")
    rows = bench.run(bench.chosen(corpus, 3), every)
    assert list(rows) == [bench.OURS, bench.PRAAT]
    ours = rows[bench.OURS]["made"]
    assert ours.clips == 3
    assert (ours.gross_error or 0) < 0.05
    assert (ours.median_st or 0) < 0.5
    assert ours.ms_per_s > 0


def test_as_many_clips_of_each_speaker_are_chosen(corpus: Path) -> None:
    lines = (corpus / "made" / "manifest.csv").read_text().splitlines()
    (corpus / "made" / "manifest.csv").write_text("\n".join([*lines, *[lines[1]] * 4]))
    speakers = [clip.speaker for clip in bench.chosen(corpus, 4)["made"]]
    assert sorted(speakers) == ["high", "low", "low", "middle"]


def test_a_folder_without_a_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"no manifest\.csv"):
        bench.chosen(tmp_path, 3)


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


def test_without_praat_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "parselmouth", None)
    with pytest.raises(DependencyError, match="pip install praat-parselmouth"):
        praat.load()
