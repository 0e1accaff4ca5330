from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Voice = Callable[..., Samples]


def _voice(seconds: float, *, f0_hz: float = 140.0, rate_hz: int = 8000, level: float = 0.1, seed: int = 1) -> Samples:
    """A buzz through three formants, four syllables a second: WebRTC's detector takes it for speech."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * np.cumsum(f0_hz * (1 + 0.05 * np.sin(2 * np.pi * 1.3 * t))) / rate_hz
    buzz = np.zeros_like(t)
    for harmonic in range(1, int(0.45 * rate_hz / f0_hz)):
        hz = harmonic * f0_hz
        gain = sum(1 / (1 + ((hz - formant) / 120) ** 2) for formant in (500, 1500, 2500))
        buzz += gain * np.sin(harmonic * phase + rng.uniform(0, 6))
    syllables = 0.05 + np.maximum(0, np.sin(2 * np.pi * 4 * t)) ** 0.7
    shaped = buzz * syllables
    return np.asarray(level * shaped / np.sqrt(np.mean(shaped**2)), dtype=np.float32)


@pytest.fixture(scope="session")
def voice() -> Voice:
    """voice(seconds, f0_hz=, rate_hz=, level=, seed=) -> samples; `level` is their root mean square."""
    return _voice


@pytest.fixture(scope="session")
def speech_data() -> Path:
    """The folder of recorded speech that lies beside the project."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("TONEWATCH_DATA", str(default)))
    if not (folder / "calls").is_dir():
        pytest.skip("no recorded speech: set TONEWATCH_DATA to the folder that holds it")
    return folder
