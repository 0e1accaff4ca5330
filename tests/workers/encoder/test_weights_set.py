"""Which encoder file is opened, and which head goes with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.workers.encoder import (
    CPU,
    CUDA,
    WeightsSet,
    available_providers,
    default_encoder_path,
    relative_head_path,
)


@pytest.mark.parametrize(("providers", "precision"), [([CUDA, CPU], "fp16"), ([CPU], "int8"), ([], "int8")])
def test_the_precision_follows_the_provider(providers: list[str], precision: str, tmp_path: Path) -> None:
    path = default_encoder_path(providers, WeightsSet.COMMERCIAL, tmp_path)
    assert path == tmp_path / f"commercial-{precision}.onnx"


def test_without_a_choice_the_shipped_file_for_this_machine_is_taken() -> None:
    path = default_encoder_path()
    assert path == default_encoder_path(available_providers(), WeightsSet.FULL)
    assert path.is_file()


@pytest.mark.parametrize("weights", WeightsSet)
def test_every_precision_of_a_set_has_the_sets_own_head(weights: WeightsSet, tmp_path: Path) -> None:
    heads = {relative_head_path(default_encoder_path(p, weights, tmp_path)) for p in ([CUDA], [CPU])}
    assert heads == {tmp_path / f"{weights}-relative.npz"}
