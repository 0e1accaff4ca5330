from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.service.provider import machine_has_gpu, provider_name
from tonewatch.workers.encoder.encoder import Encoder
from tonewatch.workers.encoder.session import OUTPUTS, Session, encoder_digest, encoder_files
from tonewatch.workers.encoder.weights_set import default_encoder_path
from tonewatch.workers.onnx_runtime import CPU
from tonewatch.workers.reasons.engines.small import default_explainer_path


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(default_encoder_path([CPU]), threads=1, providers=[CPU])


def test_it_says_what_it_runs_on_and_so_does_its_encoder(session: Session) -> None:
    assert not session.on_gpu
    assert session.provider == provider_name(on_gpu=False, has_gpu=machine_has_gpu())
    assert Encoder(default_encoder_path([CPU]), providers=[CPU]).provider == session.provider


def test_every_output_has_a_row_for_each_segment_of_a_batch(session: Session) -> None:
    mel = np.zeros((2, session.bands, 100), dtype=np.float32)
    answers = session.run(mel, np.array([100, 60], dtype=np.int64))
    assert set(OUTPUTS) <= answers.keys()
    assert {len(rows) for rows in answers.values()} == {2}


def test_another_network_is_named_as_one_that_is_no_encoder() -> None:
    with pytest.raises(ModelError, match="not a speech emotion encoder"):
        Session(default_explainer_path(), threads=1, providers=[CPU])


def test_the_digest_covers_the_weights_beside_the_graph(tmp_path: Path) -> None:
    for file in encoder_files(default_encoder_path([CPU])):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    graph, *weights = (tmp_path / file.name for file in encoder_files(default_encoder_path([CPU])))
    before = encoder_digest(graph)
    weights[0].write_bytes(weights[0].read_bytes() + b"\0")
    assert encoder_digest(graph) != before


def test_a_graph_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"nowhere\.onnx"):
        encoder_digest(tmp_path / "nowhere.onnx")
