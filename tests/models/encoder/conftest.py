"""A small network of random weights with its card, and its files in every precision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tonewatch.workers.encoder import EMOTIONS, Calibration, Card, Uncertainty

if TYPE_CHECKING:
    from tonewatch.models.encoder.network import EmotionNetwork

CARD = Card(
    "made-up",
    EMOTIONS,
    "0000000",
    Calibration(float(np.log(2.0))),
    Uncertainty((0.0, -1.0, 0.0, 0.5), 0.9),
    "space",
    ("tv",),
)
State = dict[str, np.ndarray]


@pytest.fixture(scope="session")
def network() -> EmotionNetwork:
    torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
    from tonewatch.models.encoder.network import EmotionNetwork, Shape

    torch.manual_seed(0)
    shape = Shape(layers=2, positions=250, hidden=32, heads=("emotion", "eight", "degraded", "affect"))
    made = EmotionNetwork(shape).eval()
    for parameter in made.head.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    made.head.standardise.running_mean += 0.3 * torch.randn(2 * 384 * 2)
    return made


@pytest.fixture(scope="session")
def state(network: EmotionNetwork) -> State:
    from tonewatch.models.encoder.graph import EMBEDDING

    projection = np.random.default_rng(0).standard_normal((8, 2 * 384 * 2)).astype(np.float32) / 40.0
    return {name: value.detach().numpy() for name, value in network.state_dict().items()} | {EMBEDDING: projection}


@pytest.fixture(scope="session")
def files(state: State, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")
    from tonewatch.models.encoder.export import export_set

    written = export_set(state, CARD, tmp_path_factory.mktemp("weights"), "made", frozen=1)
    return {str(precision): path for precision, path in written.items()}
