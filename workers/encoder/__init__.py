"""The speech emotion encoder: an ONNX graph, log-mel in, posteriors and their uncertainty out."""

from __future__ import annotations

from tonewatch.stream.weights import weights_folder
from tonewatch.workers.encoder.card import Calibration, Card, Uncertainty
from tonewatch.workers.encoder.encoder import (
    LONGEST_S,
    SHORTEST_S,
    Encoder,
    EncoderOutput,
    softmax,
)
from tonewatch.workers.encoder.session import encoder_digest, encoder_files
from tonewatch.workers.encoder.weights_set import (
    WeightsSet,
    default_encoder_path,
    relative_head_path,
)
from tonewatch.workers.onnx_runtime import CPU, CUDA, available_providers

__all__ = [
    "CPU",
    "CUDA",
    "LONGEST_S",
    "SHORTEST_S",
    "Calibration",
    "Card",
    "Encoder",
    "EncoderOutput",
    "Uncertainty",
    "WeightsSet",
    "available_providers",
    "default_encoder_path",
    "encoder_digest",
    "encoder_files",
    "relative_head_path",
    "softmax",
    "weights_folder",
]
