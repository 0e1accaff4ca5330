"""Samples of a clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.stream.errors import AudioFileError

RATE_HZ = 16_000


def load_samples(path: Path) -> NDArray[np.float32]:
    """First channel as float32 at 16 kHz; AudioFileError when the file cannot be read or is empty."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise AudioFileError(f"cannot read {path} as audio: {error}") from error
    if samples.shape[0] == 0:
        raise AudioFileError(f"{path} holds no audio")
    mono = np.ascontiguousarray(samples[:, 0])
    return mono if rate_hz == RATE_HZ else np.asarray(soxr.resample(mono, rate_hz, RATE_HZ), dtype=np.float32)
