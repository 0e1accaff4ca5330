from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")

from tonewatch.models.encoder.export import PRECISIONS, export_whole
from tonewatch.models.shipped import voice_like
from tonewatch.workers.encoder import CPU, Encoder, encoder_digest, encoder_files

from .conftest import CARD

pytestmark = pytest.mark.train


def test_every_file_carries_the_card(files: dict[str, Path]) -> None:
    assert list(files) == list(PRECISIONS)
    for path in files.values():
        assert Encoder(path, providers=[CPU]).card == CARD


def test_the_weights_of_all_precisions_are_kept_once_and_frozen_ones_apart(files: dict[str, Path]) -> None:
    named = {path.name: [file.name for file in encoder_files(path)[1:]] for path in files.values()}
    assert set(map(tuple, named.values())) == {("made.bin", "whisper-1.bin")}
    graphs = sum(path.stat().st_size for path in files.values())
    weights = sum(file.stat().st_size for file in encoder_files(files["fp32"])[1:])
    assert graphs < 0.1 * weights


def test_the_digest_is_of_the_weights_too(files: dict[str, Path], tmp_path: Path) -> None:
    for file in encoder_files(files["int8"]):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    copy = tmp_path / files["int8"].name
    assert encoder_digest(copy) == encoder_digest(files["int8"])
    blob = bytearray((tmp_path / "made.bin").read_bytes())
    blob[-1] ^= 1
    (tmp_path / "made.bin").write_bytes(bytes(blob))
    assert encoder_digest(copy) != encoder_digest(files["int8"])


def test_a_whole_file_needs_none_beside_it_and_answers_alike(files: dict[str, Path], tmp_path: Path) -> None:
    export_whole(files["fp32"], tmp_path / "whole.onnx")
    assert encoder_files(tmp_path / "whole.onnx") == [tmp_path / "whole.onnx"]
    sounds = [voice_like(1.0, 130.0)]
    beside, whole = (
        np.array(Encoder(path, providers=[CPU]).posteriors(sounds)) for path in (files["fp32"], tmp_path / "whole.onnx")
    )
    np.testing.assert_allclose(whole, beside, atol=1e-5)
