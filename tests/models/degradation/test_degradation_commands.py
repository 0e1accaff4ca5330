from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile
import typer
from typer.testing import CliRunner

from tonewatch.models.degradation.degradation_commands import degradation, stitch
from tonewatch.models.degradation.degradation_metrics import DegradationMetrics
from tonewatch.stream.errors import DependencyError

app = typer.Typer()
app.command("stitch")(stitch)
app.command("degradation")(degradation)


def invoke(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def calls(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two kinds of call of one German voice; the other corpus lends the agents."""
    folder = tmp_path_factory.mktemp("stitched")
    lines = (data_dir / "emodb" / "manifest.csv").read_text().splitlines()
    audio = data_dir / "emodb"
    kept = [line for line in lines[1:] if ",emodb_14," in line]
    (folder / "manifest.csv").write_text("\n".join([lines[0], *(f"{audio}/{line}" for line in kept)]) + "\n")
    output = invoke(
        "stitch", "--manifest", folder / "manifest.csv", "--out", folder, "--kind", "escalate", "--kind", "happy"
    )
    assert "1 escalate, 1 happy" in output
    return folder


def test_the_json_has_exactly_the_promised_keys(calls: Path, tmp_path: Path) -> None:
    invoke("degradation", "--calls", calls, "--json", tmp_path / "out.json", "--cache", tmp_path / "listened")
    document = json.loads((tmp_path / "out.json").read_text())
    assert set(document) == {"overall", "per_kind", "per_corpus", "per_rule", "calls"}
    groups = [document["overall"], *document["per_kind"].values(), *document["per_corpus"].values()]
    assert {tuple(group) for group in groups} == {DegradationMetrics.__struct_fields__}
    assert (set(document["per_kind"]), set(document["per_corpus"])) == ({"escalate", "happy"}, {"emodb"})
    assert {"file", "kind", "truth", "alerts", "tone"} <= set(document["calls"][0])


def test_the_report_is_written_beside_it(calls: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [
        "degradation",
        "--calls",
        calls,
        "--json",
        tmp_path / "out.json",
        "--cache",
        tmp_path / "listened",
    ]
    output = invoke(*command, "--report", tmp_path / "report")
    assert "emodb_14-escalate.wav" in (tmp_path / "report" / "index.html").read_text()
    assert "2 calls" in output


def test_calls_without_a_truth_are_listed_and_mixed_ones_say_why_they_are_not_judged(
    calls: Path, tmp_path: Path
) -> None:
    samples, rate_hz = soundfile.read(calls / "emodb_14-escalate.wav")
    (tmp_path / "calls").mkdir()
    soundfile.write(tmp_path / "calls" / "one.wav", samples.mean(axis=1), rate_hz)
    soundfile.write(tmp_path / "calls" / "two.wav", samples, rate_hz, subtype="ULAW")
    command: list[str | Path] = [
        "degradation",
        "--calls",
        tmp_path / "calls",
        "--json",
        tmp_path / "out.json",
        "--cache",
        tmp_path / "listened",
    ]
    output = invoke(*command, "--no-words")
    assert "one.wav: 0 alerts, 0 of" in output
    assert "mixed_channel" in output
    document = json.loads((tmp_path / "out.json").read_text())
    assert (document["overall"]["calls"], document["overall"]["onset_recall"], document["per_kind"]) == (2, None, {})


def test_manifests_without_a_usable_voice_are_refused(tmp_path: Path) -> None:
    columns = "path,corpus,speaker,gender,emotion,emotion4,language,text,duration_s"
    (tmp_path / "manifest.csv").write_text(f"{columns}\na.flac,made,anna,,fear,,en,,2.0\n")
    with pytest.raises(DependencyError, match="anna steady \\(too few clips: 0 calm\\)"):
        invoke("stitch", "--manifest", tmp_path / "manifest.csv", "--out", tmp_path / "out")
