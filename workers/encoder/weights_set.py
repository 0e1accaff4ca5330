"""Which encoder file to open: by what may be done with its weights, and by what this machine computes with."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from tonewatch.stream.weights import weights_folder
from tonewatch.workers.onnx_runtime import CUDA, available_providers


class WeightsSet(StrEnum):
    """`full`: trained on every corpus, some non-commercial; `commercial`: only on data that allows commercial use."""

    FULL = "full"
    COMMERCIAL = "commercial"


def default_encoder_path(
    providers: Sequence[str] | None = None, weights: WeightsSet = WeightsSet.FULL, folder: Path | None = None
) -> Path:
    """The shipped graph: float16 where a CUDA provider is available, int8 for a CPU."""
    providers = available_providers() if providers is None else providers
    precision = "fp16" if CUDA in providers else "int8"
    return (folder or weights_folder()) / f"{weights}-{precision}.onnx"


def relative_head_path(encoder: Path) -> Path:
    """The head that goes with an encoder file: it lies beside it under the name of the set."""
    return encoder.with_name(f"{encoder.stem.rpartition('-')[0]}-relative.npz")
