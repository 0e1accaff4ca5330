from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.gpu.onnx_weights import initialisers, read_state
from tonewatch.models.shipped_weights import folder


def test_the_weights_of_a_shipped_graph_have_torch_s_names_and_shapes() -> None:
    state = read_state(folder() / "full-fp32.onnx")
    shapes = {name: state[name].shape for name in ("encoder.conv1.weight", "encoder.positions", "head.hidden.weight")}
    assert list(shapes.values()) == [(384, 80, 3), (500, 384), (128, 2304)]
    assert state["encoder.layers.2.feed_in.weight"].shape == (1536, 384)
    assert all(np.isfinite(value).all() and value.dtype == np.float32 for value in state.values())


def test_what_is_read_without_onnx_is_what_onnx_reads() -> None:
    onnx = pytest.importorskip("onnx")
    from onnx import numpy_helper

    path = folder() / "commercial-fp32.onnx"
    found = initialisers(path)
    wanted = {one.name: numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize("name", ["explainer.onnx", "full-gate.npz"])
def test_a_file_that_is_no_encoder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"no (graph of an emotion encoder|protobuf)"):
        read_state(Path(folder()) / name)
