"""A tiny corpus of made-up voices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile


def buzz(f0_hz: float) -> np.ndarray:
    """Five syllables of harmonics at 16 kHz, a pause after the third."""
    t = np.arange(4_800) / 16_000
    tone = sum(np.cos(2 * np.pi * k * f0_hz * t + k * k) / k for k in range(1, int(7_000 / f0_hz)))
    one = np.concatenate((0.1 * tone * np.hanning(len(t)), np.zeros(320)))
    return np.asarray(np.concatenate((*[one] * 3, np.zeros(6_400), *[one] * 2)), dtype=np.float32)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    lines = ["path,speaker,emotion4"]
    for name, f0_hz in (("low", 110.0), ("high", 210.0), ("middle", 160.0)):
        soundfile.write(folder / f"{name}.wav", buzz(f0_hz), 16_000)
        lines.append(f"{name}.wav,{name},neutral")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return tmp_path
