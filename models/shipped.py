"""The weights that come with the package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.workers.audio.mel import RATE_HZ, Samples
from tonewatch.workers.encoder import CPU, Encoder, WeightsSet, relative_head_path, weights_folder

LARGEST_DIFFERENCE = 0.15
"""Seven-bit weights cost a posterior at most this much; files that differ more are not of one network."""


def shipped_encoders(weights: WeightsSet | None = None) -> list[Path]:
    """Every encoder in the package, or those of one set; DependencyError when there is none."""
    found = sorted(weights_folder().glob(f"{weights or '*'}-*.onnx"))
    if not found:
        raise DependencyError(f"no encoder in {weights_folder()}: the installation is incomplete")
    return found


def check_set(weights: WeightsSet) -> float:
    """Largest difference of any posterior between the encoders of a set.

    Raises:
        DependencyError: a file is missing.
        ModelError: a file is damaged, belongs to another head, or answers differently by over LARGEST_DIFFERENCE.
    """
    paths = shipped_encoders(weights)
    for path in paths:
        space, head = Encoder(path, providers=[CPU]).card.space, load_head(relative_head_path(path))
        if head.space != space:
            raise ModelError(f"{path.name} has embeddings of {space}, its head expects {head.space}: export them again")
    difference = agreement(paths)
    if difference > LARGEST_DIFFERENCE:
        raise ModelError(f"the {weights} encoders answer differently by {difference:.3f}: export them again")
    return difference


def voice_like(seconds: float, f0_hz: float, seed: int = 0) -> Samples:
    """A buzz of falling harmonics in syllables four times a second, over faint noise: no speech, but no silence."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    glide = 2.0 * np.pi * np.cumsum(f0_hz * (1.0 + 0.1 * np.sin(2.0 * np.pi * 0.7 * time_s))) / RATE_HZ
    buzz = sum((np.sin(k * glide) / k for k in range(1, int(3400.0 / f0_hz))), start=np.zeros_like(time_s))
    syllables = np.square(np.sin(np.pi * 4.0 * time_s))
    return (0.1 * buzz * syllables + 0.001 * rng.standard_normal(time_s.size)).astype(np.float32)


def agreement(paths: Sequence[Path]) -> float:
    """Largest difference of any posterior between the encoders, over a few made-up sounds."""
    sounds = [voice_like(seconds, f0_hz) for seconds, f0_hz in ((0.8, 110.0), (2.0, 180.0), (4.0, 260.0))]
    answers = np.array([Encoder(path, providers=[CPU]).posteriors(sounds) for path in paths])
    return float((answers.max(0) - answers.min(0)).max())
