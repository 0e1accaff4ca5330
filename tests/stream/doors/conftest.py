from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.fixture
def tone() -> Callable[..., Path]:
    """`tone(path, rate_hz=, channels=, seconds=, subtype=)`: a file of sines, 100 Hz higher on each channel."""
    return _tone


def _tone(
    path: Path, *, rate_hz: int = 8000, channels: int = 1, seconds: float = 1.0, subtype: str | None = None
) -> Path:
    t = np.arange(int(rate_hz * seconds)) / rate_hz
    samples = np.stack([0.5 * np.sin(2 * np.pi * (200 + 100 * c) * t) for c in range(channels)], axis=1)
    soundfile.write(str(path), samples, rate_hz, subtype=subtype)
    return path
