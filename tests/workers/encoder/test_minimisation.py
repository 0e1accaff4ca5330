"""What the shipped networks answer: emotions and an embedding, and nothing of who speaks."""

from __future__ import annotations

import pytest

from tonewatch.workers.encoder import WeightsSet, default_encoder_path
from tonewatch.workers.encoder.session import Session
from tonewatch.workers.onnx_runtime import CPU

TOLD = {"emotion", "distance", "embedding", "eight", "degraded", "affect", "statistics"}


@pytest.mark.parametrize("weights", list(WeightsSet))
def test_the_encoder_answers_emotions_and_an_embedding_and_nothing_of_who_speaks(weights: WeightsSet) -> None:
    outputs = set(Session(default_encoder_path(weights=weights), threads=1, providers=[CPU]).outputs)
    assert {"emotion", "embedding"} <= outputs <= TOLD
