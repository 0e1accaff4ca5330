"""No weights are loaded that have other bytes than their folder says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tonewatch.models.shipped_weights import folder
from tonewatch.stream.errors import ModelError
from tonewatch.stream.tone.evidence.manner import load_manners
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.weights import SUMS, checked_bytes, read_sums, sums_of
from tonewatch.workers.encoder import CPU, Encoder
from tonewatch.workers.encoder.gate import load_gate
from tonewatch.workers.reasons.engines.small import SmallExplainer

ROOT = Path(__file__).resolve().parents[2]

LOADERS: dict[str, Callable[[Path], Any]] = {
    "full-relative.npz": load_head,
    "words-en.npz": load_manners,
    "full-gate.npz": load_gate,
    "explainer.onnx": SmallExplainer,
    "full-int8.onnx": lambda path: Encoder(path, providers=[CPU]),
    "whisper-3.bin": lambda path: Encoder(path.with_name("full-int8.onnx"), providers=[CPU]),
    "full.bin": lambda path: Encoder(path.with_name("full-int8.onnx"), providers=[CPU]),
}


def flipped(tmp_path: Path, name: str) -> Path:
    """A copy of the shipped weights in which one bit of one byte in the midst of a file is another."""
    copy = Path(shutil.copytree(folder(), tmp_path / "weights"))
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(bytes(data))
    return copy / name


def test_every_shipped_file_is_named_with_its_sum() -> None:
    assert (folder() / SUMS).read_text() == sums_of(folder())


@pytest.mark.parametrize("name", LOADERS)
def test_a_flipped_bit_is_an_error_that_names_the_file(tmp_path: Path, name: str) -> None:
    file = flipped(tmp_path, name)
    with pytest.raises(ModelError, match=rf"{re.escape(name)} was altered or is damaged"):
        LOADERS[name](file)


def test_sums_of_a_folder_are_written_by_a_command_and_hold_from_then_on(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from tonewatch.models.commands import models

    (tmp_path / "head.npz").write_bytes(b"x")
    assert CliRunner().invoke(models, ["sums", str(tmp_path)]).exit_code == 0
    assert checked_bytes(tmp_path / "head.npz") == b"x"
    (tmp_path / "head.npz").write_bytes(b"y")
    with pytest.raises(ModelError, match="was altered"):
        checked_bytes(tmp_path / "head.npz")


def test_a_file_that_is_not_named_is_refused(tmp_path: Path) -> None:
    (tmp_path / SUMS).write_text(f"{'0' * 64}  other.npz\n")
    (tmp_path / "head.npz").write_bytes(b"x")
    with pytest.raises(ModelError, match="not among the weights"):
        checked_bytes(tmp_path / "head.npz")


def test_a_folder_of_ones_own_need_not_have_sums(tmp_path: Path) -> None:
    (tmp_path / "head.npz").write_bytes(b"x")
    assert checked_bytes(tmp_path / "head.npz") == b"x"
    assert read_sums(tmp_path) is None


def test_sums_that_are_no_sums_are_an_error(tmp_path: Path) -> None:
    (tmp_path / SUMS).write_text("nonsense\n")
    with pytest.raises(ModelError, match="install the package again"):
        read_sums(tmp_path)


def test_the_packaged_speech_to_text_with_a_flipped_bit_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tonewatch.workers.listen import speech_to_text

    pytest.importorskip("ctranslate2")
    (tmp_path / "model.bin").write_bytes(b"not the weights")
    monkeypatch.setattr(speech_to_text, "_packaged_model", lambda: tmp_path)
    with pytest.raises(ModelError, match="was altered or is damaged"):
        speech_to_text.Transcriber()


_PICKLES = re.compile(
    r"^\s*(?:import|from) (?:c?pickle|dill|joblib|shelve|marshal)\b|allow_pickle=True|weights_only=False|"
    r"torch\.load\((?!.*weights_only=True)|np\.load\((?!.*allow_pickle=False)",
    re.MULTILINE,
)


def test_nothing_of_ours_is_read_or_written_as_a_pickle() -> None:
    rooms = [ROOT / name for name in ("stream", "workers", "models", "dashboard", "examples", "tests", ".ci")]
    files = [f for room in rooms for f in room.rglob("*.py") if "node_modules" not in f.parts]
    found = {
        f"{file.relative_to(ROOT)}: {match.group().strip()}"
        for file in files
        if file.name != Path(__file__).name
        for match in _PICKLES.finditer(file.read_text())
    }
    assert len(files) > 800
    assert found == set()


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from joblib import load", "x = torch.load(path)", "np.load(p, allow_pickle=True)", "np.load(p)"],
)
def test_the_search_for_pickles_finds_each_kind(line: str) -> None:
    assert _PICKLES.search(line)
