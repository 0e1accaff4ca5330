from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")

from tonewatch.models.encoder.features import describe  # noqa: E402
from tonewatch.models.encoder.frozen_layers import FrozenLayers, write_frozen  # noqa: E402
from tonewatch.models.encoder.network import Body, SpeechEncoder  # noqa: E402
from tonewatch.models.shipped import voice_like  # noqa: E402

pytestmark = pytest.mark.train


def test_the_int8_graph_of_the_frozen_layers_says_nearly_what_torch_says(tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = SpeechEncoder(2, 250, Body()).eval()
    path = write_frozen({name: value.numpy() for name, value in encoder.state_dict().items()}, tmp_path)
    samples = voice_like(1.3, 140.0)
    last, wanted = describe(encoder, samples)
    statistics, length = FrozenLayers(path).describe(samples)
    assert (length, statistics.shape) == (last.shape[0], wanted.shape)
    assert np.corrcoef(statistics, wanted.numpy())[0, 1] > 0.99
