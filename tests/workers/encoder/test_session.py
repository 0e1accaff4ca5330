"""One ONNX session: its files, its digest and what it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.shipped_weights import folder
from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.encoder import CPU, encoder_digest, encoder_files
from tonewatch.workers.encoder.session import OUTPUTS, Session

GRAPH = folder() / "full-int8.onnx"
EXPLAINER = folder() / "explainer.onnx"


def test_a_session_answers_a_batch_by_the_names_of_its_outputs() -> None:
    session = Session(GRAPH, threads=1, providers=[CPU])
    found = session.run(np.zeros((2, session.bands, 100), np.float32), np.array([100, 60]))
    assert set(OUTPUTS) <= found.keys() == set(session.outputs)
    assert {len(value) for value in found.values()} == {2}
    assert not session.on_gpu


def test_padding_behind_a_segments_frames_changes_nothing() -> None:
    session = Session(GRAPH, threads=1, providers=[CPU])
    mel = np.random.default_rng(1).standard_normal((1, session.bands, 80)).astype(np.float32)
    padded = np.pad(mel, ((0, 0), (0, 0), (0, 40)))
    alone, wide = (session.run(batch, np.array([80]))["emotion"] for batch in (mel, padded))
    np.testing.assert_allclose(wide, alone, atol=0.05)


def test_a_graph_belongs_together_with_the_weights_that_it_names(tmp_path: Path) -> None:
    files = encoder_files(GRAPH)
    assert [path.name for path in files] == ["full-int8.onnx", "full.bin", "whisper-3.bin", "full-gate.npz"]
    copies = [Path(shutil.copy(path, tmp_path)) for path in files]
    (tmp_path / "other.bin").write_bytes(b"of another graph")
    assert encoder_files(copies[0]) == copies


def test_the_digest_is_of_graph_and_weights(tmp_path: Path) -> None:
    graph, blob, *_ = (Path(shutil.copy(path, tmp_path)) for path in encoder_files(GRAPH))
    assert encoder_digest(graph) == encoder_digest(GRAPH)
    blob.write_bytes(blob.read_bytes()[:-1])
    assert encoder_digest(graph) != encoder_digest(GRAPH)


def test_a_model_that_is_no_encoder_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(ModelError, match=r"not a speech emotion encoder.*embedding"):
        Session(EXPLAINER, threads=1, providers=[CPU])


def test_a_graph_without_its_weights_is_a_model_error(tmp_path: Path) -> None:
    graph = Path(shutil.copy(GRAPH, tmp_path))
    with pytest.raises(ModelError, match="weights beside it"):
        Session(graph, threads=1, providers=[CPU])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"gone\.onnx"):
        encoder_digest(tmp_path / "gone.onnx")
