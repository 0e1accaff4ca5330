from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.encoder import default_encoder_path
from tonewatch.workers.onnx_runtime import CPU, CUDA, available_providers, on_gpu, onnx_runtime, open_session


@pytest.fixture
def forgotten() -> Iterator[None]:
    """onnxruntime is looked for anew, in this test and after it."""
    onnx_runtime.cache_clear()
    yield
    onnx_runtime.cache_clear()


@pytest.mark.usefixtures("forgotten")
def test_without_either_build_both_extras_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DependencyError, match=r"tonewatch\[cpu\].*tonewatch\[gpu\]"):
        available_providers()


def test_a_cpu_is_always_there_and_asked_last() -> None:
    assert available_providers()[-1] == CPU


def test_a_session_says_what_it_runs_on_and_not_what_it_was_asked_for() -> None:
    session = open_session(default_encoder_path([CPU]), threads=1, providers=[CPU])
    assert on_gpu(session) == (CUDA in session.get_providers()) is False


def test_a_file_that_is_no_graph_is_a_model_error(tmp_path: Path) -> None:
    path = tmp_path / "half.onnx"
    path.write_bytes(default_encoder_path([CPU]).read_bytes()[:1000])
    with pytest.raises(ModelError, match="not a whole ONNX model"):
        open_session(path, threads=1, providers=[CPU])
    with pytest.raises(ModelError, match=r"half\.onnx"):
        open_session(path, threads=1, providers=[CPU], data=path.read_bytes())
